package updater

import (
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/policy"
)

// rememberDirect remembers a direct dependency of a manifest. A tool may move it even if
// the user selected other dependencies only.
func (r *run) rememberDirect(i *plan.Item) {
	if _, ok := i.Origin.Ecosystem.(ecosystems.Fitter); !ok || !i.Dependency.Direct || i.Dependency.Skip.Code == ecosystems.Replaced {
		return
	}
	r.directs[i.Origin.Key()] = append(r.directs[i.Origin.Key()], *i)
}

// beside returns the other dependencies in the manifest of an item, and how far a tool may move each.
func (r *run) beside(i *plan.Item) (list []ecosystems.Neighbour) {
	for _, n := range r.directs[i.Origin.Key()] {
		list = append(list, ecosystems.Neighbour{Dependency: n.Dependency, Refuses: func(to version.Version) string {
			_, why := plan.MayDrag(r.held(&n), n.Dependency, n.Dependency.Name, to)
			return why
		}})
	}
	return list
}

// held returns the policy of a dependency with the line that the versions of its project suggest.
func (r *run) held(i *plan.Item) policy.Policy {
	p := i.Policy
	if l := r.listings[i.Dependency.Package]; p.Line == policy.LineAuto && l != nil && p.ShowsNoPatches(i.Dependency.Pin.Version, l.result.Candidates) {
		p.Line = policy.LineMajor
	}
	return p
}
