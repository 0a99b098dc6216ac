package updater

import (
	"context"
	"math"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

const year = 8766 * time.Hour // 365.25 days

// mostBehind is the longest plausible time between two dates, since a publisher can set any date.
const mostBehind = 60 * year

// dates sets the publication dates of the version in use and of the latest one.
// Failed lookups leave a date unknown, because dates do not affect the decision here.
func (d *decider) dates(ctx context.Context) {
	i, a := d.item, d.answer
	if i.Status == plan.Failed {
		return
	}
	if i.Current != "" {
		i.CurrentPublished = d.date(ctx, a.Current)
	}
	i.LatestPublished = i.CurrentPublished
	if i.Latest != i.Current || i.LatestPackage != "" {
		i.LatestPublished = d.date(ctx, a.Latest)
	}
	behind := i.LatestPublished.Sub(i.CurrentPublished)
	believed := !i.CurrentPublished.IsZero() && behind < mostBehind && i.LatestPublished.Before(d.now.Add(mostBehind))
	if behind > 0 && believed && i.Latest != i.Current {
		i.Libyears = math.Round(100*float64(behind)/float64(year)) / 100
	}
}

// date returns when a candidate was published: from the listing, or as looked up
// for the decision. It sends a request only if the user wants details, since the
// date is only shown.
func (d *decider) date(ctx context.Context, c version.Candidate) time.Time {
	// known has dates by version alone, and another package may have the same version.
	if t := d.known[c.Version.Text]; !t.IsZero() && c.Package == "" {
		return t
	}
	dater, ok := d.item.Origin.Ecosystem.(ecosystems.Dater)
	if !c.Published.IsZero() || !ok || !d.Details {
		return c.Published
	}
	dep := d.item.Dependency
	if c.Package != "" {
		dep.Package.Name = c.Package
	}
	t, err := d.dated(ctx, dater, dep, c.Version)
	if err != nil {
		d.item.Tracef("date of %s: %v", c.Version, err)
	}
	return t
}
