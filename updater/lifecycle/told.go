package lifecycle

import (
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/policy"
)

// overrides are the settings of a repository together with what people told us in
// comments and with ticks.
type overrides struct {
	Rules
	ignored []Ignore
	chosen  map[string]bool // by ID of the item
	base    string          // "" for the default branch
}

// For implements plan.Rules.
func (t overrides) For(d ecosystems.Dependency, file string, now time.Time) policy.Policy {
	p := t.Rules.For(d, file, now)
	for _, i := range t.ignored {
		if named(d, i.Name) && (i.On == "" || i.On == t.base) {
			p.Ignore = "told to ignore by " + i.By + " in " + number(i.Number)
		}
	}
	if t.isChosen(d) {
		p.Allow, p.Packages, p.Rebuilds = version.Major, 0, 0
		p.Why = append(p.Why, "allow: major by a tick in the dashboard")
	}
	return p
}

// isChosen reports whether the box of a dependency is ticked. One box stands for
// every place of the file that names the package.
func (t overrides) isChosen(d ecosystems.Dependency) bool {
	if len(d.At) == 0 {
		return false
	}
	for id := range t.chosen {
		rest, ok := strings.CutPrefix(id, d.At[0].File+"#"+d.Ecosystem+":"+d.Package.Name+"#")
		if _, base, _ := strings.Cut(rest, "@"); ok && base == t.base {
			return true
		}
	}
	return false
}

// named reports whether somebody who writes name means the dependency.
func named(d ecosystems.Dependency, name string) bool {
	hub := strings.TrimPrefix(d.Package.Name, "docker.io/")
	for _, one := range []string{d.Name, d.Package.Name, hub, strings.TrimPrefix(hub, "library/")} {
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}
