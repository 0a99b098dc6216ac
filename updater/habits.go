package updater

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// rebuildGap is the age difference from which on an image counts as not rebuilt after
// its successor appeared. Images that are built together differ by less.
const rebuildGap = 24 * time.Hour

// rebuiltWithin is the largest age of the last build of a line that is rebuilt every month.
const rebuiltWithin = 45 * 24 * time.Hour

// proved reports whether the image in use was not rebuilt after its successor
// appeared. That shows that the repository has releases and not lines that are
// rebuilt again and again. It looks up two dates. It returns false if a date is
// unknown, or if the line has ended while its successor is still rebuilt beside a
// newer one.
func (d *decider) proved(ctx context.Context, cur, successor version.Version) bool {
	i := d.item
	for _, e := range d.announced(cur.Text) {
		if e.Line == version.LineMinor.Name(cur) {
			i.Tracef("%s has lines such as %s, so its second number is no patch", e.Title, e.Line)
			return false
		}
	}
	was, next := d.built(ctx, cur), time.Time{}
	if !was.IsZero() {
		next = d.built(ctx, successor)
	}
	switch {
	case was.IsZero() || next.IsZero():
		i.Tracef("whether this project never patches is not known: nothing tells when %s and %s were built", cur, successor)
		return false
	case next.Sub(was) < rebuildGap:
		i.Tracef("%s was built on %s, when %s of %s was there: it is a line that is built again", cur, was.Format(time.DateOnly), successor, next.Format(time.DateOnly))
		return false
	}
	if later := d.answer.Minor.Version; later.Minor() > successor.Minor() && d.now.Sub(next) < rebuiltWithin {
		i.Tracef("%s was built on %s, although %s is there: it may be a line that is built again", successor, next.Format(time.DateOnly), later)
		return false
	}
	i.Tracef("%s was built on %s, and not again since %s of %s: this project never patches", cur, was.Format(time.DateOnly), successor, next.Format(time.DateOnly))
	return true
}

// built returns when the current image of a tag was built; zero if unknown.
func (d *decider) built(ctx context.Context, v version.Version) time.Time {
	dater, ok := d.item.Origin.Ecosystem.(ecosystems.Dater)
	if !ok {
		return time.Time{}
	}
	// The digest and the platform in use do not apply to another tag.
	other := ecosystems.Dependency{Ecosystem: d.item.Dependency.Ecosystem, Package: d.item.Dependency.Package}
	t, err := d.dated(ctx, dater, other, v)
	if err != nil {
		d.item.Tracef("date of %s: %v", v, err)
	}
	return t
}
