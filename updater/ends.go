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

// Limits that decide when a release line is stale.
const (
	soon      = 90 * 24 * time.Hour  // before the end of a line, to announce it
	longTime  = 365 * 24 * time.Hour // without a release in the line
	manySince = 3                    // releases of newer lines in that time
)

// ends adds a note if the release line in use gets no more fixes, by the table of
// announced dates or judging by the published releases.
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

// leaveLine looks for a release on the nearest supported line if the line in use
// gets no more fixes and the policy says to leave such lines.
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

// dead reports whether the line of a version gets no more fixes.
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

// announced returns the entries of the table for the version in use.
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

// staleLine returns the note that the line in use has had no release for a long
// time while newer lines have had several; "" if that is not so or dates are unknown.
func (d *decider) staleLine(l *listing) string {
	s := d.staleSince(l, d.answer.Current.Version)
	if s == (staleness{}) {
		return ""
	}
	return fmt.Sprintf("the line %s has had no release since %s; newer lines have had %d since, the last on %s",
		d.item.ReleaseLine, s.last.Format(time.DateOnly), s.since, s.newest.Format(time.DateOnly))
}

// A staleness is the evidence that a line is stale.
type staleness struct {
	last   time.Time // last release of the line
	since  int       // number of later releases of newer lines
	newest time.Time // last of those
}

// staleSince returns the evidence that the line of a version is stale; the zero
// staleness if it is not.
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

// sameLine reports whether a release belongs to the line of a version.
func (d *decider) sameLine(c version.Candidate, of version.Version) bool {
	if c.Package != "" || c.Version.Track != of.Track {
		return false
	}
	if version.Compare(c.Version, of) < 0 {
		return version.Between(c.Version, of, d.answer.Line) <= version.Patch
	}
	return version.Between(of, c.Version, d.answer.Line) <= version.Patch
}
