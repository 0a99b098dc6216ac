package ecosystems

import (
	"context"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Fitter is an ecosystem in which a newer version may ask for more than the
// manifest grants, as a Go module that requires a newer Go.
type Fitter interface {
	// Fit looks for the first of the versions, which are newest first, that fits
	// beside the dependency: len(list) if none does. Why is one sentence about
	// the newest one that does not; "" if all fit. Where the newest version of
	// all fits, so do the others, and no more is asked.
	Fit(ctx context.Context, d Dependency, newest version.Version, list []version.Version) (first int, why string, err error)
}
