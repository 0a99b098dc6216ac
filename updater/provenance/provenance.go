// Package provenance compares an image with the image in use: date, size,
// platforms and source, the installed packages, and the known vulnerabilities
// that are fixed and added.
//
// It reads the statements that publishers attach to images and, if wanted, the
// layers. It decides nothing, and it does not verify what it reads: package
// signature, below, does.
package provenance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/advisory"
)

// A Reader compares images.
type Reader struct {
	Layers     bool            // download the layers of images without a list of packages
	Advisories advisory.Source // for the packages that differ; nil for none
	Now        time.Time
}

// A Comparison says how an image differs from the one in use.
type Comparison struct {
	Old, New ecosystems.Image
	Gone     bool   // Old cannot be read any more and is zero
	Build    *Build // of New; nil if unknown

	Packages *Difference // nil if unknown
	From     string      // the source of Packages: "SPDX", "CycloneDX", "layers"
	Why      string      // why Packages is unknown, in one sentence

	Fixes, Brings []Vulnerable // that only Old has, and that only New has
	AdvisedErr    error        // why vulnerabilities are unknown; nil after success or without a lookup
}

// Compare compares two images of a repository. was and now are tags or digests;
// platform "" means the default of now. It returns an error if now cannot be read;
// failures of other parts are in the Comparison.
func (r Reader) Compare(ctx context.Context, images ecosystems.Images, repository, was, now, platform string) (*Comparison, error) {
	c := &Comparison{}
	var err error
	if c.New, err = images.Image(ctx, repository, now, platform); err != nil {
		return nil, err
	}
	platform = cmp.Or(platform, c.New.Platform)
	if c.Old, err = images.Image(ctx, repository, was, platform); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.Gone = true
		c.Why = "the image in use cannot be read any more, so nothing is known of its packages"
		if fetch.Code(err) != fetch.NotFound {
			c.Why = "the image in use could not be read: " + err.Error()
		}
	}
	if err := r.packages(ctx, images, repository, platform, c); err != nil {
		return nil, err
	}
	return c, nil
}

// packages compares the packages of the images, or records why it cannot.
func (r Reader) packages(ctx context.Context, images ecosystems.Images, repository, platform string, c *Comparison) error {
	said, err := images.Statements(ctx, repository, index(c.New), platform)
	if err != nil && ctx.Err() == nil {
		c.Why = cmp.Or(c.Why, "what is attached to the new image could not be read: "+err.Error())
	}
	c.Build = builtBy(said)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.Gone:
		return nil
	case slices.Equal(c.Old.Layers, c.New.Layers) && len(c.New.Layers) > 0:
		c.Packages, c.From = &Difference{}, "layers" // identical layers have identical packages
		return nil
	}
	before, err := images.Statements(ctx, repository, index(c.Old), platform)
	if err != nil && ctx.Err() == nil {
		c.Why = cmp.Or(c.Why, "what is attached to the image in use could not be read: "+err.Error())
	}
	was, trouble := Listed(before)
	is, alsoTrouble := Listed(said)
	if r.Layers && (was == nil || is == nil) {
		was, trouble = Installed(ctx, images, repository, c.Old.Digest)
		is, alsoTrouble = Installed(ctx, images, repository, c.New.Digest)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if was == nil || is == nil {
		c.Why = cmp.Or(c.Why, missing(was, is, cmp.Or(trouble, alsoTrouble)))
		return nil
	}
	// A failure before was about a list that the layers have replaced.
	c.Why, c.From = "", is.From
	c.Packages = Differ(was.Packages, is.Packages)
	r.advise(ctx, c, was.Packages, is.Packages)
	return nil
}

// index returns the digest that statements are attached to: that of the index if there is one.
func index(i ecosystems.Image) string { return cmp.Or(i.Index, i.Digest) }

// missing returns why packages cannot be compared.
func missing(was, is *Contents, err error) string {
	switch {
	case err != nil:
		return "its list of packages could not be read: " + err.Error()
	case was == nil && is == nil:
		return "neither image has a list of its packages (SBOM) attached"
	case was == nil:
		return "the image in use has no list of its packages (SBOM) attached"
	}
	return "the new image has no list of its packages (SBOM) attached"
}

// A Similarity says whether a rebuilt image differs in its packages.
type Similarity int

// The verdicts.
const (
	Unknown Similarity = iota
	Same               // no package differs
	Differs
)

// Worth returns whether a rebuilt image differs in its packages, according to
// lists of packages, layers or labels. Without lists, an image is the same if it
// was built from the same commit on the same base image.
func (c *Comparison) Worth() Similarity {
	switch {
	case c.Packages != nil && c.Packages.Empty():
		return Same
	case c.Packages != nil:
		return Differs
	case c.Gone:
		return Unknown
	}
	_, was := c.Old.Base()
	_, is := c.New.Base()
	if was == "" || is == "" {
		return Unknown
	}
	if was != is {
		return Differs
	}
	// The same source on the same base.
	if rev := c.New.Revision(); rev != "" && rev == c.Old.Revision() {
		return Same
	}
	return Unknown
}

// Platforms returns the platforms that only the new image has, and those that only the old one has.
func (c *Comparison) Platforms() (more, fewer []string) {
	if c.Gone {
		return nil, nil
	}
	return minus(c.New.Platforms, c.Old.Platforms), minus(c.Old.Platforms, c.New.Platforms)
}

func minus(a, b []string) (list []string) {
	for _, p := range a {
		if !slices.Contains(b, p) {
			list = append(list, p)
		}
	}
	return list
}

// Summary returns the difference in one line: "3 packages changed, 1 added".
func (c *Comparison) Summary() string {
	d := c.Packages
	if d == nil {
		return c.Why
	}
	var words []string
	for _, one := range []struct {
		n    int
		what string
	}{{len(d.Changed), "changed"}, {len(d.Added), "added"}, {len(d.Removed), "removed"}} {
		switch {
		case one.n > 0 && len(words) == 0:
			words = append(words, plural(one.n, "package")+" "+one.what)
		case one.n > 0:
			words = append(words, fmt.Sprintf("%d %s", one.n, one.what))
		}
	}
	if len(words) == 0 {
		words = []string{"no package differs"}
	}
	if n := len(c.Fixes); n > 0 {
		words = append(words, fmt.Sprintf("%s fixed", plural(n, "known vulnerability")))
	}
	if n := len(c.Brings); n > 0 {
		words = append(words, fmt.Sprintf("%d new", n))
	}
	return strings.Join(words, ", ")
}

func plural(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	return fmt.Sprintf("%d %ss", n, what)
}
