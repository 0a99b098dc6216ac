package updater

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A listing is what one package's lookup brought. It is complete, by track and
// by family, before anything is decided.
type listing struct {
	pkg    ecosystems.Package
	eco    ecosystems.Ecosystem
	result ecosystems.Listing
	err    error
	groups map[string][]int32 // positions in result.Candidates, by Track, Family and Base
}

// lookUp asks for every package that an undecided item names, once each.
func (r *run) lookUp(ctx context.Context, items []Item) error {
	var wanted []*listing
	for n := range items {
		i := &items[n]
		d := i.Dependency
		if i.Status != "" || !needsListing(d) || r.listings[d.Package] != nil {
			continue
		}
		l := &listing{pkg: d.Package, eco: i.eco}
		r.listings[d.Package] = l
		wanted = append(wanted, l)
	}
	err := r.each(ctx, len(wanted), func(ctx context.Context, n int) {
		l := wanted[n]
		l.result, l.err = l.eco.Versions(ctx, l.pkg)
		l.index()
	})
	r.reread(items)
	return err
}

// reread reads the pins again whose text alone does not say what they mean.
func (r *run) reread(items []Item) {
	for n := range items {
		i := &items[n]
		l, pin := r.listings[i.Dependency.Package], &i.Dependency.Pin
		if i.Status == "" && l != nil && l.result.Read != nil && !pin.Version.IsZero() {
			pin.Version = l.result.Read(pin.Version.Text)
			if pin.Version.IsName() && pin.Digest == "" && !i.Policy.Pin {
				i.unpinned()
			}
		}
	}
}

// needsListing reports whether the versions of the package matter: not those of
// an image whose tag is a mere name, for which no other tag is newer.
func needsListing(d ecosystems.Dependency) bool {
	return !isImage(d) || !d.Pin.Version.IsName()
}

// index sorts the candidates into the groups that a choice looks at, so that
// one of ten thousand tags does not look at all the others.
func (l *listing) index() {
	l.groups = map[string][]int32{}
	for n, c := range l.result.Candidates {
		for _, key := range groupsOf(c.Version) {
			l.groups[key] = append(l.groups[key], int32(n))
		}
	}
}

// groupsOf returns the keys of the groups of a version. A family or base that
// is the track over again is no group of its own.
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

// near returns the candidates that matter for a pin: those of its track, its family and its base.
func (l *listing) near(v version.Version) []version.Candidate {
	var positions []int32
	for _, key := range groupsOf(v) {
		positions = append(positions, l.groups[key]...)
	}
	slices.Sort(positions)
	positions = slices.Compact(positions)
	near := make([]version.Candidate, len(positions))
	for n, at := range positions {
		near[n] = l.result.Candidates[at]
	}
	return near
}

// fail gives the item the status of a failed lookup.
func (i *Item) fail(err error) {
	i.err = err
	i.end(Failed, ecosystems.Reason{Code: fetch.Code(err), Text: err.Error()})
}

// failedHosts counts the packages whose lookup failed by the host that was asked.
func failedHosts(items []Item) []HostFailure {
	byHost := map[string]*HostFailure{}
	counted := map[ecosystems.Package]bool{}
	for n := range items {
		i := &items[n]
		var e *fetch.Error
		if !errors.As(i.err, &e) || !hostTrouble(e.Code) || counted[i.Dependency.Package] {
			continue
		}
		counted[i.Dependency.Package] = true
		u, err := url.Parse(e.URL)
		if err != nil || u.Host == "" {
			continue
		}
		f := byHost[u.Host]
		if f == nil {
			f = &HostFailure{Host: u.Host, Code: e.Code, Error: e.Error()}
			byHost[u.Host] = f
		}
		f.Packages++
	}
	out := make([]HostFailure, 0, len(byHost))
	for _, f := range byHost {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b HostFailure) int { return cmp.Compare(a.Host, b.Host) })
	return out
}

// hostTrouble reports whether a failure is the host's rather than the package's.
func hostTrouble(code string) bool {
	switch code {
	case fetch.Unauthorized, fetch.RateLimited, fetch.Unreachable, fetch.BadAnswer, fetch.TooLarge:
		return true
	}
	return false
}
