package updater_test

import (
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/endoflife"
	"github.com/freshpin/freshpin/updater/plan"
)

// TestLivingLine leaves a dead release line for the nearest one that lives, once
// nothing is left to be had on it.
func TestLivingLine(t *testing.T) {
	const stale = "1.0.0@2020-01-01 1.0.1@2020-06-01 1.1.0@2021-01-01 1.2.0@2026-01-01 1.2.1@2026-02-01 2.0.0@2025-01-01 2.0.1@2026-03-01 3.0.0@2026-04-01"
	for _, c := range []struct {
		name, releases, pin, settings string
		off                           bool // the caller does not ask for it
		want, band                    string
	}{
		{"to the nearest", stale, "1.0.1", "lines: propose", false, "1.2.1", "minor"},
		{"the patches of the line come first", stale, "1.0.0", "lines: propose", false, "1.0.1", "patch"},
		{"a stale one is passed over", "1.0.0@2020-01-01 1.0.1@2020-02-01 1.1.0@2020-06-01 1.1.1@2020-07-01 2.0.0@2025-01-01 2.0.1@2026-01-01 3.0.0@2026-02-01", "1.0.1", "lines: propose", false, "2.0.1", "major"},
		{"shown by default", stale, "1.0.1", "", false, "", ""},
		{"shown where that is asked for", stale, "1.0.1", "lines: show", false, "", ""},
		{"not in a listing", stale, "1.0.1", "lines: propose", true, "", ""},
		{"the line lives", "1.0.0@2026-01-01 1.1.0@2026-02-01 1.1.1@2026-03-01 1.2.0@2026-04-01", "1.0.0", "lines: propose", false, "", ""},
		{"versions: leaves lines out", stale, "1.0.1", "lines: propose\nrules:\n  - match: {name: django}\n    versions: \"!=1.2.0,!=1.2.1\"", false, "2.0.1", "major"},
		{"a rule says so", stale, "1.0.1", "rules:\n  - match: {name: django}\n    lines: propose", false, "1.2.1", "minor"},
		{"fixes only", stale, "1.0.1", "lines: propose\nmode: security", false, "", ""},
		{"an announced end", "3.6.1@2026-01-01 3.7.1@2026-01-02 3.8.2@2026-01-03", "3.6.1", "lines: propose", false, "3.8.2", "minor"},
		{"all have ended", "3.6.1@2026-01-01 3.7.1@2026-01-02", "3.6.1", "lines: propose", false, "", ""},
	} {
		table, err := endoflife.Read([]byte(`{"products": [{"name": "django", "lines": [{"line": "3.6", "ends": "2026-02-01"}, {"line": "3.7", "ends": "2026-03-01"}]}]}`))
		if err != nil {
			t.Fatal(err)
		}
		w, err := world.Parse("pypi django " + c.releases)
		if err != nil {
			t.Fatal(err)
		}
		set := w.Start()
		tree := fstest.MapFS{"requirements.txt": {Data: []byte("django==" + c.pin + "\n")}, ".freshpin.yaml": {Data: []byte(c.settings)}}
		planner := &updater.Planner{
			Now: now, Living: !c.off, Ends: table,
			Ecosystems: all.New(all.Options{HTTP: fetch.New(fetch.Options{}), Getenv: func(name string) string { return set[name] }}),
		}
		p, err := planner.Plan(t.Context(), []plan.Tree{{FS: tree, Rules: config.Load(tree, config.Overrides{})}})
		w.Stop()
		if err != nil {
			t.Fatal(err)
		}
		i := only(t, p)
		moves := c.want != "" && c.band != "patch"
		if i.Target.Version.Text != c.want || i.Band != c.band || i.LineMove != moves || i.Exceeds != moves {
			t.Errorf("%s: %s to %q (%s), %q, line move %t, exceeds %t, notes %v", c.name, i.Status, i.Target.Version.Text, i.Band, i.Reason.Text, i.LineMove, i.Exceeds, i.Notes)
		}
	}
}
