package ecosystems

import (
	"context"
	"io/fs"

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

// A SetChecker is an ecosystem whose pins must be installable together.
type SetChecker interface {
	// CheckSet returns a verdict for each move, in the order of the moves, which
	// all belong to one repository. Moves that are not held can be made
	// together, each to the target of its verdict. It holds as few moves as
	// possible and chooses the best targets. Conflicts that exist without the
	// moves do not count, nor do unknown requirements. manifests are all files
	// of the ecosystem in the repository, because one may include another. The
	// error is for an interrupted check.
	CheckSet(ctx context.Context, repo fs.FS, manifests []string, moves []Move) ([]SetVerdict, error)
}

// A SetVerdict is the decision about a move in a set of pins.
type SetVerdict struct {
	Held  Reason // why the move cannot be made to any target; zero if it can
	Fits  int    // the target that fits: 0 is Move.To, n is Move.Else[n-1]; undefined if Held is set
	Why   Reason // if Fits is not 0, the reason against Move.To
	With  []int  // indexes of the moves that this one requires
	Notes []Note // such as "metadata-unknown": what could not be checked
}

// A Limiter is an ecosystem in which another file, such as the source of a
// compiled file, limits the versions of a pin.
type Limiter interface {
	// Limit returns a function with the reason why a version is not allowed, ""
	// if it is. nil means that nothing limits the dependency. It is pure.
	Limit(d Dependency) func(version.Version) string
}

// A Runner is an ecosystem whose releases say which versions of a language they
// support.
type Runner interface {
	// Runs returns which releases run on the language version for a dependency.
	// project is the version in the settings, "" for none; it takes precedence
	// over an inferred one.
	Runs(d Dependency, project string) Runtime
}

// A Runtime describes the language versions that a dependency must run on.
type Runtime struct {
	Runs     func(candidate string) bool // reports whether a release with this requirement runs on them; nil if they are unknown
	Language string                      // "Python"
	Where    string                      // their source, as a clause: "the file is compiled for Python 3.8"
}
