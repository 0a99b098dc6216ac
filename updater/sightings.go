package updater

import (
	"time"

	"github.com/freshpin/freshpin/ecosystems"
)

// Sightings record when a version or a digest was first seen, for unattended runs:
// there a publisher's date may lengthen a cooldown but never shorten it. They are
// safe for concurrent use.
type Sightings interface {
	// FirstSeen returns the time from which a version or digest of a package counts
	// as public. published is the publisher's date, zero if unknown. It returns the
	// zero time if it has no record.
	FirstSeen(pkg ecosystems.Package, id string, published time.Time) time.Time
}

// since returns the time from which the age of something counts.
func (d *decider) since(id string, published time.Time, cooldown time.Duration) time.Time {
	if d.Seen == nil || cooldown == 0 {
		return published
	}
	return d.Seen.FirstSeen(d.item.Dependency.Package, id, published)
}

// sighted describes an age and its source: the publisher or our own record.
func sighted(verb string, published, since, now time.Time) string {
	if since.Equal(published) {
		return verb + " " + ago(published, now)
	}
	return "first seen " + ago(since, now)
}
