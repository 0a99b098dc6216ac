package updater

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/policy"
)

// A manifestKey names a manifest of a run.
type manifestKey struct{ tree, path string }

// place remembers a direct dependency of a manifest: a tool moves it whether or
// not somebody asked for it.
func (r *run) place(i *Item) {
	if _, ok := i.eco.(ecosystems.Fitter); !ok || !i.Dependency.Direct || i.Dependency.Skip.Code == ecosystems.Replaced {
		return
	}
	if r.placed == nil {
		r.placed = map[manifestKey][]Item{}
	}
	k := manifestKey{i.tree.Prefix, i.manifest}
	r.placed[k] = append(r.placed[k], *i)
}

// beside returns what stands beside an item in its manifest, and where to each may be dragged.
func (r *run) beside(i *Item) (list []ecosystems.Neighbour) {
	for _, n := range r.placed[manifestKey{i.tree.Prefix, i.manifest}] {
		list = append(list, ecosystems.Neighbour{Dependency: n.Dependency, Refuses: func(to version.Version) string {
			_, why := mayDrag(r.held(&n), n.Dependency, n.Dependency.Name, to)
			return why
		}})
	}
	return list
}

// held is the policy of a dependency with the line that its project's habits show.
func (r *run) held(i *Item) policy.Policy {
	p := i.Policy
	if l := r.listings[i.Dependency.Package]; p.Line == policy.LineAuto && l != nil && p.ShowsNoPatches(i.Dependency.Pin.Version, l.result.Candidates) {
		p.Line = policy.LineMajor
	}
	return p
}

// mayDrag returns how far a dependency would be dragged along with another
// one's update, and why it may not be; "" if it may.
func mayDrag(p policy.Policy, was ecosystems.Dependency, name string, to version.Version) (version.Level, string) {
	from := was.Pin.Version
	band := p.Between(from, to)
	switch c := version.Compare(to, from); {
	case c == 0:
		return band, ""
	case p.Ignore != "" || was.Ignored:
		return band, fmt.Sprintf("it would also move %s from %s to %s, which is told to be ignored", name, from, to)
	case c < 0:
		return band, fmt.Sprintf("it would also move %s back from %s to %s", name, from, to)
	case band > p.Allow:
		return band, fmt.Sprintf("it would also move %s from %s to %s (%s)", name, from, to, band)
	}
	return band, ""
}
