package updater

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// Sightings remember when a version or a digest was first seen, for runs in
// which nobody is looking: a publisher's date may lengthen a wait, never
// shorten it. They are safe for concurrent use.
type Sightings interface {
	// FirstSeen returns since when the version or digest id of a package counts
	// as public, given when its publisher says it was published (zero for
	// unknown). The zero time means that nobody knows.
	FirstSeen(pkg ecosystems.Package, id string, published time.Time) time.Time
}

// since returns the time from which the age of something counts.
func (d *decider) since(id string, published time.Time, cooldown time.Duration) time.Time {
	if d.Seen == nil || cooldown == 0 {
		return published
	}
	return d.Seen.FirstSeen(d.item.Dependency.Package, id, published)
}

// sighted says how old something is, and by whose word.
func sighted(verb string, published, since, now time.Time) string {
	if since.Equal(published) {
		return verb + " " + ago(published, now)
	}
	return "first seen " + ago(since, now)
}
