// Package bykind delegates the pins of an ecosystem with several kinds of packages to
// the lookup of each kind.
package bykind

import (
	"context"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Lookup looks up and edits the pins of one kind of package. Its methods are those of
// ecosystems.Ecosystem and ecosystems.Describer.
type Lookup interface {
	ecosystems.Describer
	Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error)
	Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error)
	Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error)
}

// An Of returns the lookup for a kind of package. It is a Lookup for all of them.
type Of func(kind string) Lookup

// Versions returns the published versions of a package.
func (of Of) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	return of(pkg.Kind).Versions(ctx, pkg)
}

// Pins returns the target for a version.
func (of Of) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return of(d.Package.Kind).Pins(ctx, d, v)
}

// Edit returns the edits that move a dependency to the target.
func (of Of) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return of(d.Package.Kind).Edit(d, to)
}

// Describe returns links to what people read about the update.
func (of Of) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	return of(d.Package.Kind).Describe(ctx, d, to)
}
