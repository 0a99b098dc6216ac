package report

import (
	"fmt"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/provenance"
	"github.com/freshpin/freshpin/updater/record"
)

// An Image describes the changes in the image of an update.
type Image struct {
	Summary  string          `json:"summary" jsonschema:"description=one line: how the packages differ; or why that is unknown"`
	From     string          `json:"from" jsonschema:"enum=,enum=SPDX,enum=CycloneDX,enum=layers,description=the source of the packages; empty if they are unknown"`
	Old      *Side           `json:"old,omitempty" jsonschema:"description=the image in use; missing if it can no longer be read"`
	New      Side            `json:"new"`
	Builder  string          `json:"builder" jsonschema:"description=its builder; by its own account"`
	Source   string          `json:"source" jsonschema:"description=what it was built from; by its builder's account"`
	Revision string          `json:"revision"`
	Changed  []PackageChange `json:"changed"`
	Added    []PackageChange `json:"added"`
	Removed  []PackageChange `json:"removed"`
	Fixes    []Vulnerable    `json:"fixes" jsonschema:"description=known vulnerabilities that the old image has and the new one has not"`
	Brings   []Vulnerable    `json:"brings" jsonschema:"description=known vulnerabilities that the new image has and the old one has not"`
}

// A Side is one of two compared images.
type Side struct {
	Digest    string            `json:"digest"`
	Platform  string            `json:"platform"`
	Platforms []string          `json:"platforms"`
	Created   string            `json:"created" jsonschema:"description=RFC 3339; empty if unknown"`
	Size      int64             `json:"size" jsonschema:"description=compressed size in bytes"`
	Labels    map[string]string `json:"labels" jsonschema:"description=org.opencontainers.image.* of annotations and labels"`
}

// A PackageChange is a package that differs between two images.
type PackageChange struct {
	Type string `json:"type" jsonschema:"description=of its package URL: deb; apk; pypi"`
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// A Vulnerable is a known vulnerability of a package inside an image.
type Vulnerable struct {
	ID       string `json:"id"`
	Severity string `json:"severity"`
	URL      string `json:"url"`
	Package  string `json:"package"`
	Version  string `json:"version"`
}

// Releases are the release notes of a package.
type Releases struct {
	URL  string    `json:"url" jsonschema:"description=the page with all releases"`
	More int       `json:"more" jsonschema:"description=the number of releases not listed here"`
	List []Release `json:"list"`
}

// A Release is one of them.
type Release struct {
	Tag       string `json:"tag"`
	Title     string `json:"title"`
	URL       string `json:"url"`
	Published string `json:"published" jsonschema:"description=RFC 3339; empty if unknown"`
}

func imageOf(i *plan.Item) *Image {
	c := i.Contents
	if c == nil {
		return nil
	}
	out := &Image{
		Summary: c.Summary(), From: c.From, New: sideOf(c.New),
		Changed: []PackageChange{}, Added: []PackageChange{}, Removed: []PackageChange{}, Fixes: vulnerable(c.Fixes), Brings: vulnerable(c.Brings),
	}
	if !c.Gone {
		old := sideOf(c.Old)
		out.Old = &old
	}
	if b := c.Build; b != nil {
		out.Builder, out.Source, out.Revision = b.Builder, b.Source, b.Revision
	}
	if d := c.Packages; d != nil {
		out.Changed, out.Added, out.Removed = changes(d.Changed), changes(d.Added), changes(d.Removed)
	}
	return out
}

func sideOf(i ecosystems.Image) Side {
	// append to an empty list: null is no list of platforms in JSON.
	return Side{Digest: i.Digest, Platform: i.Platform, Platforms: append([]string{}, i.Platforms...), Created: record.Time(i.Created), Size: i.Size, Labels: i.Labels}
}

func changes(list []provenance.PackageChange) []PackageChange {
	out := []PackageChange{}
	for _, c := range list {
		out = append(out, PackageChange(c))
	}
	return out
}

func vulnerable(list []provenance.Vulnerable) []Vulnerable {
	out := []Vulnerable{}
	for _, v := range list {
		out = append(out, Vulnerable{v.ID, v.Severity, v.URL, v.Package, v.Version})
	}
	return out
}

func releasesOf(i *plan.Item) *Releases {
	if i.Releases == nil {
		return nil
	}
	out := &Releases{URL: i.Releases.URL, More: i.Releases.More, List: []Release{}}
	for _, r := range i.Releases.Releases {
		out.List = append(out.List, Release{r.Tag, r.Title, r.URL, record.Time(r.Published)})
	}
	return out
}

// most is how many lines about one update the table prints.
const most = 10

// news returns lines about an update: the changes in its image, and the releases in between.
func news(i *plan.Item) (lines []string) {
	if c := i.Contents; c != nil {
		lines = append(lines, "inside: "+c.Summary())
		if d := c.Packages; d != nil {
			for _, p := range d.Changed {
				lines = append(lines, fmt.Sprintf("  %s %s -> %s", p.Name, p.Old, p.New))
			}
			for _, p := range d.Added {
				lines = append(lines, fmt.Sprintf("  %s %s is new", p.Name, p.New))
			}
			for _, p := range d.Removed {
				lines = append(lines, fmt.Sprintf("  %s %s is gone", p.Name, p.Old))
			}
		}
		for _, v := range c.Fixes {
			lines = append(lines, fmt.Sprintf("  fixes %s in %s", v.ID, v.Package))
		}
		for _, v := range c.Brings {
			lines = append(lines, fmt.Sprintf("  brings %s in %s", v.ID, v.Package))
		}
	}
	if i.Releases != nil {
		for _, r := range i.Releases.Releases {
			line := "release: " + r.Title
			if !r.Published.IsZero() {
				line += ", " + r.Published.UTC().Format(time.DateOnly)
			}
			lines = append(lines, line)
		}
	}
	if left := len(lines) - most; left > 0 {
		lines = append(lines[:most], "and "+plan.Count(left, "more line")+", in --format json")
	}
	return lines
}
