package lifecycle

import (
	"sync"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater"
)

// sightings answer since when a version counts as public: since it was first
// seen here, or published, whichever is later. What was there when its package
// was first looked at counts from its own date.
type sightings struct {
	now   time.Time
	known map[string]bool      // packages that were looked at before this run
	old   map[string]time.Time // first sightings before this run

	mu   sync.Mutex
	seen map[string]time.Time // those asked for in this run
}

func (m *Memory) sightings(now time.Time) *sightings {
	s := &sightings{now: now.UTC().Truncate(time.Second), known: map[string]bool{}, old: m.Seen, seen: map[string]time.Time{}}
	for _, p := range m.Packages {
		s.known[p] = true
	}
	return s
}

// FirstSeen implements updater.Sightings.
func (s *sightings) FirstSeen(pkg ecosystems.Package, id string, published time.Time) time.Time {
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
	s.mu.Lock()
	s.seen[key] = first
	s.mu.Unlock()
	switch {
	case published.After(first), first.Equal(longAgo):
		return published
	}
	return first
}

// longAgo stands for the date of what was there when we first came and has none.
var longAgo = time.Unix(0, 0).UTC()

// learn remembers what was looked at and seen in this run. Nothing is forgotten of a package that could not be looked up.
func (m *Memory) learn(s *sightings, items []updater.Item) {
	seen := s.seen
	for n := range items {
		i := &items[n]
		key := packageKey(i.Dependency.Package)
		switch i.Status {
		case updater.Failed, updater.Skipped:
			for id, first := range m.Seen {
				if len(id) > len(key) && id[:len(key)+1] == key+" " {
					seen[id] = first
				}
			}
		default:
			if !s.known[key] {
				s.known[key] = true
				m.Packages = append(m.Packages, key)
			}
		}
	}
	m.Seen = seen
	if len(seen) == 0 {
		m.Seen = nil
	}
}

func packageKey(p ecosystems.Package) string { return p.Kind + ":" + p.Name }
