// Package deploypin looks up and edits the pins of deployments: images, Helm
// charts, and git repositories with manifests.
//
// It delegates by the kind of package to imagepin, chartpin and gitpin.
package deploypin

import (
	"context"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
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

// A Lookup implements the lookups of ecosystems.Ecosystem for all three kinds. The
// embedded lookup reads images.
type Lookup struct {
	imagepin.Lookup
	others map[string]source // of charts and git repositories, by kind of package
}

// A source looks up and edits one kind of package.
type source interface {
	Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error)
	Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error)
	Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error)
	Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error)
	Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error)
}

// New returns a lookup.
func New(registry imagepin.Registries, charts chartpin.Repositories, refs gitpin.Source) Lookup {
	return Lookup{
		Lookup: imagepin.Lookup{Images: registry},
		others: map[string]source{
			chartpin.Word: chartpin.Lookup{Registry: registry, Repositories: charts},
			word:          repositories{gitpin.NewLookup(refs, func(pkg ecosystems.Package) string { return pkg.Index })},
		},
	}
}

// images looks up images and edits them in YAML.
type images struct{ imagepin.Lookup }

// Edit returns the replacements that move d to the target.
func (images) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return yamlimage.Edit(d, to)
}

// repositories looks up git repositories.
type repositories struct{ *gitpin.Lookup }

// Published returns the zero time, because the date of a git tag can be forged.
func (repositories) Published(context.Context, ecosystems.Dependency, version.Version) (time.Time, error) {
	return time.Time{}, nil
}

// of returns the source for a package.
func (l Lookup) of(pkg ecosystems.Package) source {
	if s, ok := l.others[pkg.Kind]; ok {
		return s
	}
	// The package of what could not be read has no kind. Edit refuses it with its reason.
	return images{l.Lookup}
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

// Versions returns the published versions of a package.
func (l Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	return l.of(pkg).Versions(ctx, pkg)
}

// Pins returns the target for a version, with its digest or commit.
func (l Lookup) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return l.of(d.Package).Pins(ctx, d, v)
}

// Published returns when a version was published.
func (l Lookup) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	return l.of(d.Package).Published(ctx, d, v)
}

// Describe returns links to what people read about an update.
func (l Lookup) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	return l.of(d.Package).Describe(ctx, d, to)
}

// Edit returns the replacements that move d to the target.
func (l Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return l.of(d.Package).Edit(d, to)
}
