// Package deploypin looks up and edits the pins of deployments: images, Helm
// charts, and git repositories with manifests.
//
// It delegates by the kind of package to imagepin, chartpin and gitpin.
package deploypin

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// word is the Package.Kind of git repositories.
const word = "git"

// Kinds returns the kinds of packages in deployments, images first.
func Kinds() []ecosystems.Kind {
	return []ecosystems.Kind{imagepin.Kind(), chartpin.Kind(), {
		Word: word, Noun: "git repository", Plural: "git repositories", Digests: true, Resolves: true, Canonical: strings.ToLower,
	}}
}

// A Lookup implements the lookups of ecosystems.Ecosystem for all three kinds.
type Lookup struct {
	chartpin.Lookup
	git *gitpin.Lookup
}

// New returns a lookup. For a source that is nil, lookups fail.
func New(images imagepin.Images, charts chartpin.Repositories, refs gitpin.Source) Lookup {
	l := Lookup{Lookup: chartpin.Lookup{Lookup: imagepin.Lookup{Images: images}, Charts: charts}}
	if refs != nil {
		l.git = gitpin.NewLookup(refs, func(pkg ecosystems.Package) string { return pkg.Index })
	}
	return l
}

// PackageOf returns the package and name of the git repository at an address; ok
// is false if it is no such address.
func PackageOf(address string) (pkg ecosystems.Package, name string, ok bool) {
	if address, ok = gitrefs.Address(address); !ok {
		return pkg, "", false
	}
	_, name, _ = strings.Cut(strings.TrimSuffix(address, ".git"), "://")
	return Repository(name, address), name, true
}

// Repository returns the package of a git repository with a name and its address for git.
func Repository(name, address string) ecosystems.Package {
	return ecosystems.Package{Kind: word, Name: strings.ToLower(name), Index: address}
}

var errNone = errors.New("no git repositories to ask")

// Versions returns the published versions of a package.
func (l Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	switch {
	case pkg.Kind != word:
		return l.Lookup.Versions(ctx, pkg)
	case l.git == nil:
		return ecosystems.Listing{}, errNone
	}
	return l.git.Versions(ctx, pkg)
}

// Pins returns the target for a version, with its digest or commit.
func (l Lookup) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	switch {
	case d.Package.Kind != word:
		return l.Lookup.Pins(ctx, d, v)
	case l.git == nil:
		return ecosystems.Target{}, errNone
	}
	return l.git.Pins(ctx, d, v)
}

// Published returns when a version was published. It returns the zero time for a git tag, whose date can be forged.
func (l Lookup) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	if d.Package.Kind == word {
		return time.Time{}, nil
	}
	return l.Lookup.Published(ctx, d, v)
}

// Describe returns links to what people read about an update.
func (l Lookup) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	switch {
	case d.Package.Kind != word:
		return l.Lookup.Describe(ctx, d, to)
	case l.git == nil:
		return ecosystems.Links{}, errNone
	}
	return l.git.Describe(ctx, d, to)
}

// Edit returns the replacements that move d to the target.
func (l Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if d.Package.Kind == word {
		return gitpin.Edit(d, to)
	}
	return l.Lookup.Edit(d, to)
}
