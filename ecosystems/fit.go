package ecosystems

import (
	"context"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Fitter is an ecosystem in which a newer version may require more than the
// manifest has: a Go module may require a newer Go, or a newer version of another
// requirement. The plan uses it, so that "outdated" shows what "update" does.
type Fitter interface {
	// Fit returns the index of the first version that fits, len(q.Versions) if
	// none does. why is the reason against the first version before it; zero if
	// there is none. Fit is called again with the remaining versions if
	// something else excludes the result. The error is for a failed lookup.
	Fit(ctx context.Context, q Fitting) (first int, why Reason, err error)
}

// A Fitting is the argument of Fit: a dependency, its versions and its manifest.
type Fitting struct {
	Dependency Dependency
	Newest     version.Version   // the newest published version: if it fits, all others do, which saves lookups
	Versions   []version.Version // the proposable versions, best first; never empty
	Beside     []Neighbour       // the direct dependencies of the manifest, including this one
}

// A Neighbour is a direct dependency of a manifest.
type Neighbour struct {
	Dependency Dependency
	// Refuses returns why the dependency must not move along to a version; "" if it may.
	Refuses func(version.Version) string
}
