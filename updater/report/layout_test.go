package report

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/freshpin/freshpin/updater/plan"
)

// TestWidths: at every width from 60 columns no word is cut, and nothing that could be broken is too long.
func TestWidths(t *testing.T) {
	p := sample()
	long := p.Items[0]
	long.Dependency.Name, long.Latest, long.Minor = "registry.example.com/a/very/long/path/to/an/image/that/has/no/end", "2026.11.30-rc.1-alpine3.22-slim-bookworm", "3.13.1-slim-bookworm-and-more"
	p.Items = append(p.Items, long)
	words := func(s string) []string {
		list := strings.Fields(text.StripEscape(s))
		slices.Sort(list)
		return slices.Compact(list)
	}
	all := printed(t, func(b *bytes.Buffer) error { return Table(b, p, Options{}) })
	for width := 60; width <= 160; width++ {
		got := printed(t, func(b *bytes.Buffer) error { return Table(b, p, Options{Width: width, Color: width%2 == 0}) })
		for _, w := range words(all) {
			if !slices.Contains(words(got), w) && !slices.Contains(words(got), w+",") {
				t.Errorf("width %d: %q is cut or gone", width, w)
			}
		}
		for line := range strings.Lines(got) {
			line = strings.TrimRight(text.StripEscape(line), "\n")
			if wide(line) > width && len(strings.Fields(line)) > 3 {
				t.Errorf("width %d: %d columns: %q", width, wide(line), line)
			}
		}
	}
}

// TestWider: rows that have an update count too when a wider policy would give more.
func TestWider(t *testing.T) {
	digest := plan.Item{Decision: plan.Decision{Status: plan.Update, Band: "digest", Current: "1.13", Safe: "1.13", Minor: "1.31", Latest: "1.31"}}
	digest.Target.Version.Text = "1.13"
	patch := plan.Item{Decision: plan.Decision{Status: plan.Update, Band: "patch", Current: "1.0.0", Safe: "1.0.1", Minor: "1.0.1", Latest: "2.0.0"}}
	patch.Target.Version.Text = "1.0.1"
	done := plan.Item{Decision: plan.Decision{Status: plan.Current, Current: "1", Safe: "1", Minor: "1", Latest: "1"}}
	for _, c := range []struct {
		items []plan.Item
		want  string
	}{
		{[]plan.Item{digest}, "--allow minor would propose 1"},
		{[]plan.Item{patch}, "--allow major would propose 1"},
		{[]plan.Item{digest, patch, done}, "--allow minor would propose 1; --allow major would propose 2"},
		{[]plan.Item{done}, ""},
	} {
		if got := widerSentence(&plan.Plan{Items: c.items}); got != c.want {
			t.Errorf("%d items: %q, want %q", len(c.items), got, c.want)
		}
	}
}

// TestDown: what is wrong with a host is said once; its rows point there.
func TestDown(t *testing.T) {
	p := &plan.Plan{Files: 1, FailedHosts: []plan.HostFailure{{Host: "pypi.org", Code: "unreachable", Packages: 2, Error: "GET https://pypi.org/simple/a/: no such host"}}}
	for range 2 {
		i := plan.Item{File: "requirements.txt", Line: 1}
		i.Status, i.Host, i.Reason.Code, i.Reason.Text = plan.Failed, "pypi.org", "unreachable", "GET https://pypi.org/simple/a/: no such host"
		p.Items = append(p.Items, i)
	}
	got := printed(t, func(b *bytes.Buffer) error { return Table(b, p, Options{}) })
	if strings.Count(got, "no such host") != 1 || strings.Count(got, "pypi.org did not answer (see below)") != 2 || strings.Contains(got, "GET ") {
		t.Error(got)
	}
}

// TestServerError: a host that answers with an error did answer.
func TestServerError(t *testing.T) {
	for cause, want := range map[string][2]string{
		"503 Service Unavailable": {"images.example answered with an error (see below)", "images.example answered with an error for 1 package: 503 Service Unavailable. Run again later; freshpin doctor"},
		"408 Request Timeout":     {"images.example answered with an error (see below)", "images.example answered with an error for 1 package: 408 Request Timeout. Run again later; freshpin doctor"},
		"EOF":                     {"images.example did not answer (see below)", "images.example did not answer for 1 package: EOF. Check the network"},
	} {
		p := &plan.Plan{Files: 1, Items: make([]plan.Item, 1), FailedHosts: []plan.HostFailure{{Host: "images.example", Code: "unreachable", Packages: 1, Error: "GET https://images.example/v2/: " + cause}}}
		i := &p.Items[0]
		i.Status, i.Host, i.Reason.Code = plan.Failed, "images.example", "unreachable"
		got := printed(t, func(b *bytes.Buffer) error { return Table(b, p, Options{}) })
		if !strings.Contains(got, want[0]) || !strings.Contains(got, want[1]) {
			t.Errorf("%s:\n%s", cause, got)
		}
	}
}

// TestLate: a time limit that ends many lookups is said once, with every host that was waited for.
func TestLate(t *testing.T) {
	cause := "the time limit of 2s (--timeout) was over"
	p := &plan.Plan{Files: 1, FailedHosts: []plan.HostFailure{
		{Host: "docker.io", Code: "timeout", Packages: 1, Error: "GET https://docker.io/v2/: " + cause},
		{Host: "pypi.org", Code: "timeout", Packages: 2, Error: "GET https://pypi.org/simple/a/: " + cause},
	}}
	for range 3 {
		i := plan.Item{File: "requirements.txt", Line: 1}
		i.Fail(fmt.Errorf("list: %w", context.DeadlineExceeded))
		p.Items = append(p.Items, i)
	}
	p.Advised.Err = fmt.Errorf("advisories: %w", context.DeadlineExceeded)
	got := printed(t, func(b *bytes.Buffer) error { return Table(b, p, Options{}) })
	for text, want := range map[string]int{
		"failed: not looked up in time (see below)":                              3,
		"docker.io (1 package), pypi.org (2 packages): " + cause + " before all": 1,
		cause:                          1,
		"Run again, or give more time": 1,
		"Vulnerabilities were not checked either.": 1,
		"deadline": 0,
	} {
		if n := strings.Count(got, text); n != want {
			t.Errorf("%q %d times, want %d", text, n, want)
		}
	}
	if t.Failed() {
		t.Log(got)
	}
}
