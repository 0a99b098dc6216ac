package ecosystems

import (
	"context"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Fitter is an ecosystem in which a newer version may ask for more than the
// manifest grants, as a Go module does that requires a newer Go, or a newer
// version of another requirement. It is asked while the plan is made, so that
// outdated and update announce the same.
type Fitter interface {
	// Fit looks for the first of the versions that fits: len(q.Versions) if none
	// does. Why says what speaks against the first of those before it; zero if
	// there is none. It is asked again, about the rest, where something else
	// speaks against the version that it found. The error is for what could not
	// be looked up.
	Fit(ctx context.Context, q Fitting) (first int, why Reason, err error)
}

// A Fitting asks which versions of a dependency fit beside the rest of its manifest.
type Fitting struct {
	Dependency Dependency
	Newest     version.Version   // of all that are published: where it fits, so do the others, and no more need be asked
	Versions   []version.Version // that may be proposed, best first; never empty
	Beside     []Neighbour       // the direct dependencies of the manifest, this one too
}

// A Neighbour is another dependency of a manifest.
type Neighbour struct {
	Dependency Dependency
	// Refuses says why the dependency may not be dragged to a version; "" if it may.
	Refuses func(version.Version) string
}
