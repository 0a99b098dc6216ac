package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/service/web/webtest"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/pulls"
)

// dismissal is the form that dismisses an advisory of webtest.SecretPin.
func dismissal(advisory string) []string {
	return []string{"kind", "requirements", "package", "secret-lib", "advisory", advisory, "reason", "only tests use it", "until", day(7)}
}

// day is the date so many days after now.
func day(n int) string { return webtest.Now.AddDate(0, 0, n).Format(time.DateOnly) }

// imagesAlike tells that two kinds of files name images.
func imagesAlike(o *web.Options) {
	o.KindOf = func(ecosystem string) string {
		if ecosystem == "dockerfile" || ecosystem == "compose" {
			return "oci"
		}
		return ecosystem
	}
}

func leak(advisory, severity string) store.Pin {
	return store.Pin{Dependency: record.Dependency{
		ID: "requirements.txt#requirements:urllib3#1", File: "requirements.txt", Line: 1, Ecosystem: "requirements", Name: "urllib3",
		Package: "urllib3", Pin: "==1.26.5", Current: "1.26.5", Status: "update", Band: "patch", Advisories: []record.Advisory{{ID: advisory,
			Severity: severity, Fixed: "1.26.17"}}, Target: record.Target{Version: "1.26.20"},
	}}
}

// TestDismiss: who may write dismisses in what they may write, and nowhere
// else; what is wrong with a form is said, and nothing is done.
func TestDismiss(t *testing.T) {
	w := webtest.New(t)
	w.Repo("acme/shop", 1, true, leak("GHSA-aaaa-aaaa-aaaa", "HIGH"))
	w.Repo("acme/read", 2, true, leak("GHSA-aaaa-aaaa-aaaa", "HIGH"))
	w.Repo("evil/secret", 3, true, leak("GHSA-aaaa-aaaa-aaaa", "HIGH"))
	w.Door.Lets("grace", []int64{1, 2}, []int64{1})
	w.Door.Lets("ned", []int64{1, 2}, nil)
	form := func(pairs ...string) []string {
		return append([]string{"kind", "requirements", "package", "urllib3", "advisory", "GHSA-aaaa-aaaa-aaaa", "reason", "only tests use it", "until", day(7)}, pairs...)
	}
	for _, test := range []struct {
		name, login string
		form        []string
		want        int
		dismissed   string
	}{
		{"no reason", "grace", form("reason", " \t "), 400, ""},
		{"long reason", "grace", form("reason", strings.Repeat("x", 501)), 400, ""},
		{"no day", "grace", form("until", ""), 400, ""},
		{"yesterday", "grace", form("until", day(-1)), 400, ""},
		{"for ever", "grace", form("until", "9999-12-31"), 400, ""},
		{"may only read", "ned", form(), 403, ""},
		{"in one that is only read", "grace", form("repository", "acme/read"), 403, ""},
		{"in one of others", "grace", form("repository", "evil/secret"), 409, ""},
		{"another package", "grace", form("package", "requests"), 409, ""},
		{"take back what is not dismissed", "grace", form("take", "back"), 409, ""},
		{"all that may be written", "grace", form(), 303, "acme/shop"},
		{"again", "grace", form(), 403, "acme/shop"}, // what is left is only read
		{"take back", "ned", form("take", "back"), 403, "acme/shop"},
		{"take back", "grace", form("take", "back"), 303, ""},
		{"an operator", "Ada", form(), 303, "acme/read acme/shop evil/secret"},
	} {
		if r := w.As(test.login).Post("/vulnerable/dismiss", test.form...); r.StatusCode != test.want {
			t.Errorf("%s: %d, want %d", test.name, r.StatusCode, test.want)
		}
		if got := dismissed(t, w); got != test.dismissed {
			t.Errorf("%s: dismissed in %q, want %q", test.name, got, test.dismissed)
		}
	}
}

// dismissed returns the repositories with a dismissed finding.
func dismissed(t *testing.T, w *webtest.World) string {
	t.Helper()
	list, err := advisories.New(w.DB).List(context.Background(), store.Viewer{All: true}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range list {
		if a.Dismissed.Any() {
			names = append(names, a.Repo)
		}
	}
	return strings.Join(names, " ")
}

// TestVulnerablePage: the worst come first, what is dismissed stands apart, and
// a dismissal that has run out is shown again.
func TestVulnerablePage(t *testing.T) {
	w := webtest.New(t)
	w.Repo("acme/shop", 1, false, leak("GHSA-aaaa-aaaa-aaaa", "LOW"))
	w.Repo("acme/till", 2, false, leak("GHSA-bbbb-bbbb-bbbb", "CRITICAL"))
	b := w.As("Ada")
	r := b.Get("/vulnerable")
	if worst, other := strings.Index(r.Text, "GHSA-bbbb"), strings.Index(r.Text, "GHSA-aaaa"); worst < 0 || other < worst {
		t.Errorf("the worst is at %d, the other at %d", worst, other)
	}
	if r := b.Get("/vulnerable?severity=low&q=shop"); strings.Contains(r.Text, "GHSA-bbbb") || !strings.Contains(r.Text, "GHSA-aaaa") {
		t.Error("the filter does not narrow the list")
	}
	if r := b.Post("/vulnerable/dismiss", "kind", "requirements", "package", "urllib3", "advisory", "GHSA-bbbb-bbbb-bbbb", "reason", "<b>never called</b>", "until", day(1)); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("dismissing is %d", r.StatusCode)
	}
	if r := b.Get("/vulnerable"); strings.Contains(r.Text, "GHSA-bbbb") {
		t.Error("what is dismissed is among the open ones")
	}
	if r := b.Get("/vulnerable?show=dismissed"); !strings.Contains(r.Text, "&lt;b&gt;never called&lt;/b&gt;") || !strings.Contains(r.Text, "by Ada") {
		t.Error("it is not said who dismissed it, and why")
	}
	if r := b.Get("/api/v1/vulnerable?dismissed=true"); !strings.Contains(r.Text, `"until":"2026-11-25T00:00:00Z"`) {
		t.Errorf("programs are told %s", r.Text)
	}
	w.Advance(48 * time.Hour)
	if r := w.As("Ada").Get("/vulnerable"); !strings.Contains(r.Text, "GHSA-bbbb") {
		t.Error("a dismissal that has run out still hides")
	}
}

// TestFirstScreen: the first screen answers the four questions, each with a link.
func TestFirstScreen(t *testing.T) {
	w := webtest.New(t)
	r := w.Repo("acme/shop", 1, false, leak("GHSA-aaaa-aaaa-aaaa", "HIGH"))
	for _, p := range []store.Pull{
		{Number: 7, State: "open", Title: "Update urllib3", Checks: "failed", Opened: webtest.Now.AddDate(0, 0, -20)},
		{Number: 8, State: "open", Title: "Update requests", Checks: "running", Opened: webtest.Now},
	} {
		p.Repository = r.ID
		if err := pulls.New(w.DB).Put(context.Background(), p); err != nil {
			t.Fatal(err)
		}
	}
	bad := leak("GHSA-cccc-cccc-cccc", "LOW")
	bad.Status = "failed"
	w.Repo("acme/till", 2, false, bad)
	body := w.As("Ada").Get("/").Text
	for _, want := range []string{
		`href="/vulnerable"`, "1 critical or high", `href="/pulls"`, "of 2 open pull requests", "acme/shop #7", "a fix for what its checks found",
		`href="/?state=unhealthy#list"`, "1 pin could not be looked up", "Improving?",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the first screen has no %q", want)
		}
	}
	if strings.Contains(body, "acme/shop #8") {
		t.Error("what waits for its checks is said to wait for a person")
	}
	body = w.As("Ada").Get("/r/acme/shop").Text
	trouble, pulls, pins := strings.Index(body, `id="trouble"`), strings.Index(body, `id="pulls"`), strings.Index(body, `id="pins"`)
	if trouble < 0 || pulls < trouble || pins < pulls {
		t.Errorf("trouble, pull requests and pins stand at %d, %d and %d", trouble, pulls, pins)
	}
	if body := w.As("Ada").Get("/?state=unhealthy").Text; !strings.Contains(body[strings.Index(body, `id="results"`):], "acme/till") || strings.Contains(body[strings.Index(body, `id="results"`):], "acme/shop") {
		t.Error("the list of unhealthy ones holds others")
	}
}

// TestWaits: what a pull request waits for follows from what is known of it.
func TestWaits(t *testing.T) {
	w := webtest.New(t)
	r := w.Repo("acme/shop", 1, false)
	for n, test := range []struct {
		p    store.Pull
		want string
	}{
		{store.Pull{}, "person"},
		{store.Pull{Outcome: "touched", Checks: "failed"}, "owner"},
		{store.Pull{Mergeable: "conflict", Checks: "failed"}, "rebuild"},
		{store.Pull{Checks: "failed", Review: "required"}, "fix"},
		{store.Pull{Checks: "passed", Review: "changes"}, "changes"},
		{store.Pull{Checks: "running", Review: "required"}, "checks"},
		{store.Pull{Checks: "passed", Mergeable: "blocked", Review: "required"}, "review"},
		{store.Pull{Checks: "passed", Mergeable: "blocked", Review: "approved"}, "rules"},
		{store.Pull{Mergeable: "yes", Review: "approved"}, "person"}, // without a word of its checks
		{store.Pull{Checks: "passed"}, "person"},
		{store.Pull{Checks: "passed", Mergeable: "yes", Review: "approved"}, "merge"},
		{store.Pull{Checks: "none", Mergeable: "yes"}, "merge"},
	} {
		test.p.Repository, test.p.Number, test.p.State, test.p.Title = r.ID, n+1, "open", "update "+test.want
		if err := pulls.New(w.DB).Put(context.Background(), test.p); err != nil {
			t.Fatal(err)
		}
		answer := w.As("Ada").Get("/api/v1/pulls?waits_for=" + test.want).Text
		if !strings.Contains(answer, fmt.Sprintf(`"number":%d,`, n+1)) {
			t.Errorf("%+v does not wait for %s: %s", test.p, test.want, answer)
		}
	}
}

// TestOneImage: an image has one page, whichever kind of file names it.
func TestOneImage(t *testing.T) {
	w := webtest.New(t, imagesAlike)
	compose := webtest.OpenPin()
	compose.ID, compose.File, compose.Ecosystem, compose.Pin, compose.Current = "compose.yaml#1", "compose.yaml", "compose", "3.9.1", "3.9.1"
	compose.Advisories = []record.Advisory{{ID: "GHSA-aaaa-aaaa-aaaa", Severity: "HIGH"}}
	compose.Notes = []ecosystems.Note{{Code: "end-of-life", Text: "Python 3.9 has had no fixes since October 2025"}}
	w.Repo("acme/shop", 1, false, webtest.OpenPin(), compose)
	b := w.As("Ada")
	for _, kind := range []string{"dockerfile", "compose", "oci"} {
		body := b.Get("/p/" + kind + "/docker.io/library/python").Text
		for _, want := range []string{"2 pins in 1 repository, 2 versions", "https://hub.docker.com/_/python", "GHSA-aaaa", "no fixes since October 2025"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the page has no %q", kind, want)
			}
		}
	}
	if body := b.Get("/p").Text; strings.Count(body, ">docker.io/library/python</a>") != 1 {
		t.Error("the list does not have it once")
	}
}
