package updater

import (
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

// ends notes that the line in use gets no fixes any more, by the table of
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
	if l != nil {
		d.near(l, d.item.Dependency.Pin.Version, d.stale)
	}
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

// stale notes a line that has had no release for a long time while newer ones
// have had several. Without dates nothing is said.
func (d *decider) stale(published []version.Candidate) {
	cur := d.answer.Current.Version
	if cur.IsZero() || cur.IsName() {
		return
	}
	var last time.Time
	for _, c := range published {
		if d.onLine(c) && c.Published.After(last) {
			last = c.Published
		}
	}
	since, newest := 0, time.Time{}
	for _, c := range published {
		if c.Version.Track != cur.Track || c.Version.Pre || c.Withdrawn != "" || d.onLine(c) || version.Compare(c.Version, cur) < 0 || !c.Published.After(last) {
			continue
		}
		since++
		if c.Published.After(newest) {
			newest = c.Published
		}
	}
	if !last.IsZero() && d.now.Sub(last) > longTime && since >= manySince {
		d.item.Notef(ecosystems.StaleLine, "the line %s has had no release since %s; newer lines have had %d since, the last on %s",
			d.item.ReleaseLine, last.Format(time.DateOnly), since, newest.Format(time.DateOnly))
	}
}

// onLine reports whether a release is of the line in use.
func (d *decider) onLine(c version.Candidate) bool {
	cur := d.answer.Current.Version
	if c.Package != "" || c.Version.Track != cur.Track {
		return false
	}
	if version.Compare(c.Version, cur) < 0 {
		return version.Between(c.Version, cur, d.answer.Line) <= version.Patch
	}
	return version.Between(cur, c.Version, d.answer.Line) <= version.Patch
}
