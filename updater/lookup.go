package updater

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

// A listing is the result of one package's lookup. It is complete, with its
// groups, before the first decision.
type listing struct {
	pkg     ecosystems.Package
	eco     ecosystems.Ecosystem
	digests bool               // the candidates are tags
	result  ecosystems.Listing // without the candidates that no pin of the run needs
	listed  int                // number of candidates before that
	err     error
	groups  map[string][]int32 // positions in result.Candidates, by Track, Family and Base
}

// lookUp looks up the package of every undecided item, each package once, up to
// the limit on lookups.
func (r *run) lookUp(ctx context.Context, items []plan.Item) error {
	var wanted []*listing
	for n := range items {
		i := &items[n]
		d := i.Dependency
		if i.Status != "" || !needsListing(i) || r.listings[d.Package] != nil {
			continue
		}
		l := &listing{pkg: d.Package, eco: i.Origin.Ecosystem, digests: i.Kind().Digests}
		r.listings[d.Package] = l
		if l.err = r.mayLookUp(d.Package); l.err == nil {
			wanted = append(wanted, l)
		}
	}
	pins := r.pinsOfPackages(items)
	err := r.each(ctx, len(wanted), func(ctx context.Context, n int) {
		l := wanted[n]
		l.result, l.err = l.eco.Versions(ctx, l.pkg)
		l.index(pins[l.pkg])
		if l.err == nil {
			l.err = r.mayHold(l) // after index, because only the candidates that it keeps stay in memory
		}
	})
	r.reread(items)
	return err
}

// reread parses the pins again whose text is ambiguous without the listing.
func (r *run) reread(items []plan.Item) {
	for n := range items {
		i := &items[n]
		l, pin := r.listings[i.Dependency.Package], &i.Dependency.Pin
		if i.Status == "" && l != nil && l.rereads(*pin) {
			pin.Version, i.ReadNotes = l.read(*pin)
			// The text may have looked like a version, and decideEarly therefore not have skipped it.
			if pin.Version.IsName() && pin.Digest == "" && !i.Policy.Pin {
				skipUnpinned(i)
			}
		}
	}
}

// rereads reports whether the meaning of a pin depends on the listing.
func (l *listing) rereads(p ecosystems.Pin) bool {
	return l.result.ReadPin != nil || l.result.Read != nil && !p.Version.IsZero()
}

// read returns the version of a pin, given the published versions.
func (l *listing) read(p ecosystems.Pin) (version.Version, []ecosystems.Note) {
	switch {
	case l.result.ReadPin != nil:
		return l.result.ReadPin(p)
	case l.result.Read != nil && !p.Version.IsZero():
		return l.result.Read(p.Version.Text), nil
	}
	return p.Version, nil
}

// pinsOfPackages returns the pins of a run, each once, by package.
func (r *run) pinsOfPackages(items []plan.Item) map[ecosystems.Package]map[string]ecosystems.Pin {
	pins := map[ecosystems.Package]map[string]ecosystems.Pin{}
	// An unlisted item of the same package may join the plan later, when index has dropped what no pin needs.
	for _, list := range [][]plan.Item{items, r.unlisted} {
		for n := range list {
			d := &list[n].Dependency
			if pins[d.Package] == nil {
				pins[d.Package] = map[string]ecosystems.Pin{}
			}
			// The digest belongs to the key, because it may decide the version (Listing.ReadPin).
			pins[d.Package][d.Pin.Version.Text+"\x00"+d.Pin.Version.Track+"\x00"+d.Pin.Digest] = d.Pin
		}
	}
	return pins
}

// needsListing reports whether the decision needs the versions of the package. A
// tag that is only a name, such as "stable", has no newer tag, unless its digest
// leads to a version.
func needsListing(i *plan.Item) bool {
	return !i.Kind().Digests || !i.Dependency.Pin.Version.IsName() || i.Kind().Resolves && i.Dependency.Pin.Digest != ""
}

// index groups the candidates, so that a decision among ten thousand tags does not
// have to look at all of them. If an image has very many, index drops the groups
// that no pin needs, except for candidates that show the habits of the project.
func (l *listing) index(pins map[string]ecosystems.Pin) {
	l.listed, l.groups = len(l.result.Candidates), map[string][]int32{}
	needed, seen := l.needs(pins), map[habit][]uint64{}
	kept := 0
	for n, c := range l.result.Candidates {
		wanted := !l.digests || l.listed <= manyListed
		for _, key := range groupsOf(c.Version) {
			if needed.groups[key] {
				l.groups[key] = append(l.groups[key], int32(kept))
				wanted = true
			}
		}
		if wanted || needed.majors[c.Version.Major()] && shows(c.Version, seen) {
			if kept < n { // an ecosystem may have kept the list as it is
				l.result.Candidates[kept] = c
			}
			kept++
		}
	}
	if l.result.Candidates = l.result.Candidates[:kept]; kept < l.listed/2 {
		l.result.Candidates = slices.Clone(l.result.Candidates) // frees the rest
	}
}

// manyListed is the number of tags of an image up to which all are kept.
const manyListed = 5_000

// needs are the groups that pins need from a listing.
type needs struct {
	groups map[string]bool
	majors map[uint64]bool
}

func (l *listing) needs(pins map[string]ecosystems.Pin) needs {
	a := needs{map[string]bool{}, map[uint64]bool{}}
	for _, p := range pins {
		v, _ := l.read(p)
		a.majors[v.Major()] = true
		for _, key := range groupsOf(v) {
			a.groups[key] = true
		}
	}
	return a
}

// A habit is the part of a version of another track, without its second number,
// that shows how its project counts (see policy.Input.Published).
type habit struct {
	epoch, major                                        uint64
	pre, padded, short, third, patched, revised, behind bool
}

// shows reports whether a version shows a habit that has not been seen yet. For
// each habit three second numbers are enough.
func shows(v version.Version, seen map[habit][]uint64) bool {
	if v.IsName() {
		return false
	}
	h := habit{epoch: v.Epoch, major: v.Major(), pre: v.Pre, padded: v.Padded, short: len(v.Release) < 2, third: len(v.Release) > 2, revised: v.Revised, behind: v.NumberBehind()}
	h.patched = h.third && slices.ContainsFunc(v.Release[2:], func(n uint64) bool { return n != 0 })
	if len(seen[h]) >= 3 || slices.Contains(seen[h], v.Minor()) {
		return false
	}
	seen[h] = append(seen[h], v.Minor())
	return true
}

// groupsOf returns the keys of the groups of a version. It omits a family or base
// that equals the track.
func groupsOf(v version.Version) []string {
	keys := []string{"track " + v.Track}
	if v.Family != v.Track {
		keys = append(keys, "family "+v.Family)
	}
	if v.Base != "" {
		keys = append(keys, "base "+v.Base)
	}
	return keys
}

// manyNear is the number of candidates from which on only one decision at a time
// may copy them, since a hundred decisions may run concurrently.
const manyNear = 10_000

// near calls use with the candidates of a pin's track, family and base. use must
// not keep them.
func (r *run) near(l *listing, v version.Version, use func([]version.Candidate)) {
	positions := l.positions(v)
	if len(positions) > manyNear {
		r.spent.crowd.Lock()
		defer r.spent.crowd.Unlock()
	}
	use(l.at(positions))
}

func (l *listing) positions(v version.Version) (positions []int32) {
	for _, key := range groupsOf(v) {
		positions = append(positions, l.groups[key]...)
	}
	return positions
}

// at returns the candidates at the positions, each once.
func (l *listing) at(positions []int32) []version.Candidate {
	slices.Sort(positions)
	positions = slices.Compact(positions) // a candidate may be in the groups of its track and of its family
	near := make([]version.Candidate, len(positions))
	for n, at := range positions {
		near[n] = l.result.Candidates[at]
	}
	return near
}

// failedHosts counts the packages whose lookup failed, by host.
func failedHosts(items []plan.Item) []plan.HostFailure {
	byHost := map[string]plan.HostFailure{}
	counted := map[ecosystems.Package]bool{}
	for n := range items {
		i := &items[n]
		var e *fetch.Error
		if !errors.As(i.Err, &e) || !hostTrouble(e.Code) || i.Host == "" || counted[i.Dependency.Package] {
			continue
		}
		counted[i.Dependency.Package] = true
		f, known := byHost[i.Host]
		if !known {
			f = plan.HostFailure{Host: i.Host, Code: e.Code, Error: e.Error()}
		}
		f.Packages++
		byHost[i.Host] = f
	}
	return slices.SortedFunc(maps.Values(byHost), func(a, b plan.HostFailure) int { return cmp.Compare(a.Host, b.Host) })
}

// hostTrouble reports whether a failure concerns the host rather than the package.
func hostTrouble(code string) bool {
	switch code {
	case fetch.Unauthorized, fetch.RateLimited, fetch.Unreachable, fetch.TimedOut, fetch.BadAnswer, fetch.TooLarge:
		return true
	}
	return false
}
