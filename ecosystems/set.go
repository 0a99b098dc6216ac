package ecosystems

import (
	"context"
	"io/fs"

	"github.com/freshpin/freshpin/ecosystems/version"
)

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
