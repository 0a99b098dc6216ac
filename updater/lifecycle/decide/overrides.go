package decide

import (
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// Overrides are the settings of a repository combined with users' requests in comments
// and ticked boxes.
type Overrides struct {
	plan.Rules
	Ignored []Ignore
	Chosen  map[string]bool // by ID of the item
	Base    string          // "" for the default branch
}

// For implements plan.Rules.
func (t Overrides) For(d ecosystems.Dependency, file string, now time.Time) policy.Policy {
	p := t.Rules.For(d, file, now)
	for _, i := range t.Ignored {
		if Named(d, i.Name) && (i.On == "" || i.On == t.Base) {
			p.Ignore = "told to ignore by " + i.By + " in " + Ref(i.Number)
		}
	}
	if t.IsChosen(d) {
		// Who asks for it does not want to wait until it is old enough.
		p.Allow, p.Packages, p.Rebuilds = version.Major, 0, 0
		p.Why = append(p.Why, "allow: major by a tick in the dashboard")
	}
	return p
}

// IsChosen reports whether the box of a dependency is ticked. One box covers all
// places of a file that name the package.
func (t Overrides) IsChosen(d ecosystems.Dependency) bool {
	if len(d.At) == 0 {
		return false
	}
	// An ID ends with the occurrence in the file, which differs between its places.
	for id := range t.Chosen {
		rest, ok := strings.CutPrefix(id, d.At[0].File+"#"+d.Ecosystem+":"+d.Package.Name+"#")
		if _, base, _ := strings.Cut(rest, "@"); ok && base == t.Base {
			return true
		}
	}
	return false
}

// Named reports whether a name in a command means the dependency.
func Named(d ecosystems.Dependency, name string) bool {
	hub := strings.TrimPrefix(d.Package.Name, "docker.io/")
	for _, one := range []string{d.Name, d.Package.Name, hub, strings.TrimPrefix(hub, "library/")} {
		if strings.EqualFold(one, name) {
			return true
		}
	}
	return false
}
