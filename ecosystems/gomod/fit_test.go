package gomod

import (
	"context"
	"errors"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// goLines is a source that knows go lines and nothing else, and counts what it is asked.
type goLines struct {
	Source
	lines map[string]string
	asked map[string]bool
}

func (g *goLines) GoLine(_ context.Context, _, v string) (string, error) {
	g.asked[v] = true
	if g.lines[v] == "down" {
		return "", errors.New("the proxy is down")
	}
	return g.lines[v], nil
}

// TestFit finds the newest version that leaves the go line alone (dependabot-core #11933, #7868).
func TestFit(t *testing.T) {
	lines := map[string]string{"v1.9.0": "1.26.0", "v1.8.0": "1.23", "v1.7.0": "1.23rc1", "v1.6.0": "1.21", "v1.5.0": "1.18", "v1.4.0": "1.18", "v1.3.0": "", "v2.0.0": "down"}
	all := []string{"v1.9.0", "v1.8.0", "v1.7.0", "v1.6.0", "v1.5.0", "v1.4.0", "v1.3.0"}
	for _, c := range []struct {
		name, grants, newest string
		list                 []string
		want                 string // the first that fits; "" for none
		why                  string
		asked                int
		fails                bool
	}{
		{"the newest of all fits: nothing more is asked", "1.26.0", "v1.9.0", all, "v1.9.0", "", 1, false},
		{"the newest proposal fits", "1.23", "v1.9.0", all[1:], "v1.8.0", "", 2, false},
		{"in the middle", "1.20", "v1.9.0", all, "v1.5.0", "v1.9.0 requires go 1.26.0, and the go line says 1.20", 4, false},
		{"a language version comes before its release candidates (package go/version)", "1.23rc1", "v1.9.0", all, "v1.8.0", "v1.9.0 requires go 1.26.0, and the go line says 1.23rc1", 4, false},
		{"only the oldest, which does not say", "1.16", "v1.9.0", all, "v1.3.0", "v1.9.0 requires go 1.26.0, and the go line says 1.16", 4, false},
		{"none", "1.11", "v1.9.0", all[:6], "", "v1.9.0 requires go 1.26.0, and the go line says 1.11", 4, false},
		{"one that does not", "1.18", "v1.9.0", all[:1], "", "v1.9.0 requires go 1.26.0, and the go line says 1.18", 1, false},
		{"a workspace grants nothing", "", "v1.9.0", all, "v1.9.0", "", 0, false},
		{"nothing to fit", "1.18", "v1.9.0", nil, "", "", 0, false},
		{"the proxy is down", "1.18", "v2.0.0", all, "", "", 1, true},
	} {
		source := &goLines{lines: lines, asked: map[string]bool{}}
		var list []version.Version
		for _, text := range c.list {
			list = append(list, parsed(t, text))
		}
		d := ecosystems.Dependency{Package: ecosystems.Package{Kind: kind, Name: "example.com/m"}, Pin: ecosystems.Pin{Runtime: c.grants}}
		first, why, err := New(source, nil).Fit(t.Context(), ecosystems.Fitting{Dependency: d, Newest: parsed(t, c.newest), Versions: list})
		got := ""
		if err == nil && first < len(list) {
			got = list[first].Text
		}
		if got != c.want || why.Text != c.why || (err != nil) != c.fails || len(source.asked) > c.asked {
			t.Errorf("%s: %q %q %v, asked %v", c.name, got, why.Text, err, source.asked)
		}
	}
}

func parsed(t *testing.T, text string) version.Version {
	t.Helper()
	v, ok := gosemver.Parse(text)
	if !ok {
		t.Fatalf("%q is no version", text)
	}
	return v
}
