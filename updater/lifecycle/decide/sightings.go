package decide

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// Sightings determine the time from which a version counts as public: its first
// sighting here or its publication, whichever is later. For versions that existed when
// their package was first seen it is the publication.
type Sightings struct {
	now   time.Time
	known map[string]bool      // packages known before this run
	old   map[string]time.Time // first sightings before this run

	mu   sync.Mutex
	seen map[string]time.Time // first sightings of versions requested in this run
}

// Sightings returns the sightings of a run at now, based on what earlier runs recorded.
// It shares m.Seen, so m must not change before Learn.
func (m *Memory) Sightings(now time.Time) *Sightings {
	s := &Sightings{now: now.UTC().Truncate(time.Second), known: map[string]bool{}, old: m.Seen, seen: map[string]time.Time{}}
	for _, p := range m.Packages {
		s.known[p] = true
	}
	return s
}

// FirstSeen implements updater.Sightings.
func (s *Sightings) FirstSeen(pkg ecosystems.Package, id string, published time.Time) time.Time {
	key := packageKey(pkg) + " " + id
	first, seen := s.old[key]
	switch {
	case seen:
	case s.known[packageKey(pkg)]:
		first = s.now
	case published.IsZero():
		first = longAgo
	default:
		first = published.UTC()
	}
	s.mu.Lock() // lookups of several packages ask at the same time
	s.seen[key] = first
	s.mu.Unlock()
	switch {
	case published.After(first), first.Equal(longAgo):
		return published
	}
	return first
}

// longAgo is the date of versions without a date that existed when their package was first seen.
var longAgo = time.Unix(0, 0).UTC()

// maxSeen is the most sightings that are kept for one package, the newest ones.
const maxSeen = 8

// Learn records the packages and sightings of this run. It keeps sightings as long as
// the package is in the repository, because a version may be needed again after a
// revert or a failed lookup. If whole is false, the items are incomplete and it forgets
// nothing.
func (m *Memory) Learn(s *Sightings, items iter.Seq[*plan.Item], whole bool) {
	there := map[string]bool{}
	for i := range items {
		key := packageKey(i.Dependency.Package)
		there[key] = true
		if i.Status != plan.Failed && i.Status != plan.Skipped && !s.known[key] {
			s.known[key] = true
			m.Packages = append(m.Packages, key)
		}
	}
	all := maps.Clone(m.Seen)
	if all == nil {
		all = map[string]time.Time{}
	}
	maps.Copy(all, s.seen)
	byPackage := map[string][]string{}
	for id := range all {
		if key, _, _ := strings.Cut(id, " "); there[key] || !whole {
			byPackage[key] = append(byPackage[key], id)
		}
	}
	m.Seen = map[string]time.Time{}
	for _, ids := range byPackage {
		slices.SortFunc(ids, func(a, b string) int { return cmp.Or(all[b].Compare(all[a]), cmp.Compare(a, b)) })
		for n, id := range ids {
			if _, asked := s.seen[id]; asked || n < maxSeen {
				m.Seen[id] = all[id]
			}
		}
	}
}

func packageKey(p ecosystems.Package) string { return p.Kind + ":" + p.Name }
