package ecosystems

import (
	"context"
	"io/fs"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A SetChecker is an ecosystem whose pins have to be installable together.
type SetChecker interface {
	// CheckSet says of each of the moves, which all belong to one repository,
	// what speaks against making it, and which of its other targets (Move.Else)
	// can be taken instead. Moves that are not held can be made together, each
	// to the target that its verdict names: the best ones that fit; as few are
	// held as may be. What stood in the way before does not count, nor does what
	// is not known. The verdicts come in the order of the moves. manifests are
	// the files of the ecosystem in the repository: one of them may include what
	// another one moves. The error is for a check that was interrupted.
	CheckSet(ctx context.Context, repo fs.FS, manifests []string, moves []Move) ([]SetVerdict, error)
}

// A SetVerdict is what a set of pins makes of a move.
type SetVerdict struct {
	Held  Reason // why the move cannot be made, to no target; zero if it can
	Fits  int    // the target that fits: 0 is Move.To, n is Move.Else[n-1]; of no meaning where it is held
	Why   Reason // where Fits is not 0, what speaks against Move.To
	With  []int  // the moves, by number, without which this one cannot be made
	Notes []Note // such as "metadata-unknown": what could not be checked
}

// A Limiter is an ecosystem where another file limits what a pin may move to,
// as the source of a compiled file does.
type Limiter interface {
	// Limit returns a function that says why a version is not admitted, "" if it
	// is; nil where nothing limits the dependency. It is pure.
	Limit(d Dependency) func(version.Version) string
}
