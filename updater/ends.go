package updater

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/endoflife"
)

// The measures of a line that goes stale.
const (
	soon      = 90 * 24 * time.Hour  // before its end
	longTime  = 365 * 24 * time.Hour // without a release
	manySince = 3                    // releases of newer lines meanwhile
)

// ends notes that the release line in use gets no more fixes, by the table of
// announced dates, or by the look of what is published.
func (d *decider) ends(l *listing) {
	for _, e := range d.announced(d.item.Current) {
		text, over := e.Note(d.now)
		switch {
		case over:
			d.item.Notef(ecosystems.EndOfLife, "%s", text)
		case e.Ends.Sub(d.now) < soon:
			d.item.Notef(ecosystems.EndOfLifeSoon, "%s", text)
		}
	}
	if text := d.staleLine(l); text != "" {
		d.item.Notef(ecosystems.StaleLine, "%s", text)
	}
}

// leaveLine looks for a release on the nearest line that lives, where the line
// in use gets no fixes any more and the policy wants to leave such a line.
func (d *decider) leaveLine(ctx context.Context) result {
	l := d.listings[d.item.Dependency.Package]
	if !d.Living || l == nil || len(d.answer.Lines) == 0 || !d.dead(l, d.answer.Current.Version) {
		return none
	}
	for _, line := range d.answer.Lines {
		if d.dead(l, line[0].Version) {
			d.item.Tracef("the line of %s is dead, too", line[0].Version)
			continue
		}
		if r, _ := d.search(ctx, request{list: line, wait: d.item.Policy.Packages, lineMove: true}); r != none {
			return r
		}
	}
	return none
}

// dead reports whether the line of a version gets no fixes any more.
func (d *decider) dead(l *listing, v version.Version) bool {
	return d.ended(v.Text) || d.staleSince(l, v) != (staleness{})
}

// ended reports whether the line of a version has ended by the table of announced dates.
func (d *decider) ended(text string) bool {
	return slices.ContainsFunc(d.announced(text), func(e endoflife.Entry) bool {
		_, over := e.Note(d.now)
		return over
	})
}

// announced returns what the table knows of the version in use.
func (d *decider) announced(current string) []endoflife.Entry {
	pkg, kind := d.item.Dependency.Package, d.item.Kind()
	switch {
	case d.Ends == nil || current == "":
		return nil
	case kind.Image:
		return d.Ends.Image(pkg.Name, current)
	}
	return d.Ends.Package(kind.OSV, pkg.Name, current)
}

// staleLine says that the line in use has had no release for a long time while
// newer ones have had several; "" where it has, or where dates do not tell.
func (d *decider) staleLine(l *listing) string {
	s := d.staleSince(l, d.answer.Current.Version)
	if s == (staleness{}) {
		return ""
	}
	return fmt.Sprintf("the line %s has had no release since %s; newer lines have had %d since, the last on %s",
		d.item.ReleaseLine, s.last.Format(time.DateOnly), s.since, s.newest.Format(time.DateOnly))
}

// A staleness is what shows that a line is stale.
type staleness struct {
	last   time.Time // its last release
	since  int       // releases of newer lines after that
	newest time.Time // the last of those
}

// staleSince returns what shows that the line of a version is stale; the zero
// staleness where nothing does.
func (d *decider) staleSince(l *listing, of version.Version) (s staleness) {
	if l == nil || of.IsZero() || of.IsName() {
		return staleness{}
	}
	d.near(l, d.item.Dependency.Pin.Version, func(published []version.Candidate) {
		for _, c := range published {
			if d.sameLine(c, of) && c.Published.After(s.last) {
				s.last = c.Published
			}
		}
		for _, c := range published {
			if c.Version.Track != of.Track || c.Version.Pre || c.Withdrawn != "" || d.sameLine(c, of) || version.Compare(c.Version, of) < 0 || !c.Published.After(s.last) {
				continue
			}
			s.since++
			if c.Published.After(s.newest) {
				s.newest = c.Published
			}
		}
	})
	if s.last.IsZero() || d.now.Sub(s.last) <= longTime || s.since < manySince {
		return staleness{}
	}
	return s
}

// sameLine reports whether a release is of the line of a version.
func (d *decider) sameLine(c version.Candidate, of version.Version) bool {
	if c.Package != "" || c.Version.Track != of.Track {
		return false
	}
	if version.Compare(c.Version, of) < 0 {
		return version.Between(c.Version, of, d.answer.Line) <= version.Patch
	}
	return version.Between(of, c.Version, d.answer.Line) <= version.Patch
}
