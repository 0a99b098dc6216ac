package lifecycle

import (
	"context"

	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/plan"
)

// describe looks up the description of an update and adds it to the message.
func (r *run) describe(ctx context.Context, i *plan.Item, u *message.Update) {
	planner := r.Planner
	planner.Now = r.now
	planner.Describe(ctx, i)
	u.Image = imageOf(i)
	if i.Releases == nil {
		return
	}
	u.MoreReleases, u.ReleasesURL = i.Releases.More, i.Releases.URL
	for _, one := range i.Releases.Releases {
		u.Releases = append(u.Releases, message.Release{Tag: one.Tag, Title: one.Title, URL: one.URL, Published: one.Published, Body: one.Body})
	}
}

// imageOf returns the changes in an image for the message; nil if they are unknown.
func imageOf(i *plan.Item) *message.Image {
	c := i.Contents
	if c == nil {
		return nil
	}
	m := &message.Image{Summary: c.Summary(), Unadvised: c.AdvisedErr != nil}
	m.New.Created, m.New.Size, m.New.Version, m.New.Revision = c.New.Created, c.New.Size, c.New.Version(), c.New.Revision()
	m.New.Base, _ = c.New.Base()
	m.Old.Created, m.Old.Size, m.Old.Version, m.Old.Revision = c.Old.Created, c.Old.Size, c.Old.Version(), c.Old.Revision()
	m.Old.Base, _ = c.Old.Base()
	m.MorePlatforms, m.FewerPlatforms = c.Platforms()
	if b := c.Build; b != nil {
		m.Builder, m.Source, m.Revision = b.Builder, b.Source, b.Revision
	}
	if d := c.Packages; d != nil && !d.Empty() {
		m.From = c.From
		for _, one := range d.Changed {
			m.Changed = append(m.Changed, message.PackageChange{Name: one.Name, Old: one.Old, New: one.New})
		}
		for _, one := range d.Added {
			m.Added = append(m.Added, message.PackageChange{Name: one.Name, New: one.New})
		}
		for _, one := range d.Removed {
			m.Removed = append(m.Removed, message.PackageChange{Name: one.Name, Old: one.Old})
		}
	}
	for _, v := range c.Fixes {
		m.Fixes = append(m.Fixes, message.Advisory{ID: v.ID, Aliases: v.Aliases, Severity: v.Severity, URL: v.URL, Package: v.Package})
	}
	for _, v := range c.Brings {
		m.Brings = append(m.Brings, message.Advisory{ID: v.ID, Aliases: v.Aliases, Severity: v.Severity, URL: v.URL, Package: v.Package})
	}
	return m
}
