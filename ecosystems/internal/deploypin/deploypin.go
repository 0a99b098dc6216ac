// Package deploypin answers for what deployments pin: images, Helm charts, and
// git repositories with manifests.
//
// Each of them is read, looked up and edited by a package of its own (imagepin,
// chartpin, gitpin); this one tells by the kind of a package which.
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

// Kinds says what deployments pin, images first.
func Kinds() []ecosystems.Kind {
	return []ecosystems.Kind{imagepin.Kind(), chartpin.Kind(), {
		Word: word, Noun: "git repository", Plural: "git repositories", Digests: true, Resolves: true, Canonical: strings.ToLower,
	}}
}

// A Lookup answers what ecosystems.Ecosystem asks, about all three.
type Lookup struct {
	chartpin.Lookup
	git *gitpin.Lookup
}

// New returns a lookup. Each of them may be nil: then nothing is known of what it knows.
func New(images imagepin.Images, charts chartpin.Repositories, refs gitpin.Source) Lookup {
	l := Lookup{Lookup: chartpin.Lookup{Lookup: imagepin.Lookup{Images: images}, Charts: charts}}
	if refs != nil {
		l.git = gitpin.NewLookup(refs, func(pkg ecosystems.Package) string { return pkg.Index })
	}
	return l
}

// PackageOf returns the package of a git repository, by its address as people
// write it, and its name; false for what is no such address.
func PackageOf(address string) (pkg ecosystems.Package, name string, ok bool) {
	if address, ok = gitrefs.Address(address); !ok {
		return pkg, "", false
	}
	_, name, _ = strings.Cut(strings.TrimSuffix(address, ".git"), "://")
	return Repository(name, address), name, true
}

// Repository returns the package of a git repository, by its name and where git asks for it.
func Repository(name, address string) ecosystems.Package {
	return ecosystems.Package{Kind: word, Name: strings.ToLower(name), Index: address}
}

var errNone = errors.New("no git repositories to ask")

// Versions returns what is published of a package.
func (l Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	switch {
	case pkg.Kind != word:
		return l.Lookup.Versions(ctx, pkg)
	case l.git == nil:
		return ecosystems.Listing{}, errNone
	}
	return l.git.Versions(ctx, pkg)
}

// Pins returns the digest or the commit that a version leads to.
func (l Lookup) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	switch {
	case d.Package.Kind != word:
		return l.Lookup.Pins(ctx, d, v)
	case l.git == nil:
		return ecosystems.Target{}, errNone
	}
	return l.git.Pins(ctx, d, v)
}

// Published returns when a version was made; the zero time for a tag of git, whose date can be forged.
func (l Lookup) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	if d.Package.Kind == word {
		return time.Time{}, nil
	}
	return l.Lookup.Published(ctx, d, v)
}

// Describe returns where to read about an update.
func (l Lookup) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	switch {
	case d.Package.Kind != word:
		return l.Lookup.Describe(ctx, d, to)
	case l.git == nil:
		return ecosystems.Links{}, errNone
	}
	return l.git.Describe(ctx, d, to)
}

// Edit returns the replacements that bring d to the target.
func (l Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if d.Package.Kind == word {
		return gitpin.Edit(d, to)
	}
	return l.Lookup.Edit(d, to)
}
