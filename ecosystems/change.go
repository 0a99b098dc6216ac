package ecosystems

import (
	"context"
	"io/fs"
)

// A Move is a dependency and where it goes.
type Move struct {
	Dependency Dependency
	To         Target
	Else       []Target // where To does not fit, what may be taken instead, best first; a Finisher gets none
	Security   bool     // it mends what an advisory says
}

// A FileChange is one file of a repository as it is to be. What kind of file it
// is (executable, symbolic link) stays as it was; a new one is a plain file.
type FileChange struct {
	Path   string // slash-separated, relative to the root of the repository
	Data   []byte // the whole content
	Delete bool   // the file is to go; Data is nil
}

// A Finisher is an ecosystem whose edits a tool completes, as the go command
// does with go.sum.
type Finisher interface {
	// Finish makes moves that all belong to one manifest, in a copy of the
	// repository at dir that is its to write to. It leaves the files that it
	// returns as they are then; after an error the copy is as it was. Without
	// moves it puts in order what the tool would put in order before any. A
	// *Refusal means that the moves cannot be made; any other error, that the
	// tool could not be asked.
	Finish(ctx context.Context, dir, manifest string, moves []Move) (Finished, error)
	// Finishes reports whether the edits of a dependency are among those. It is pure.
	Finishes(d Dependency) bool
}

// A Finished is what the moves of one manifest came to.
type Finished struct {
	Changes []FileChange // every file that is now different, the manifest included
	Tidied  string       // what the tool put in order that has nothing to do with the moves: "go.sum (+a v1.0.0 and 3 more)"; "" for nothing
}

// A Relater is an ecosystem in which the names of packages tell which of them
// are made together, so that some of them only move together.
type Relater interface {
	// Family returns the same text for packages that are made together. It is pure.
	Family(pkg Package) string
}

// A Checker is a Finisher that can tell, without running the tool, that the
// files beside a manifest do not belong to it, as after a write that was cut off.
type Checker interface {
	// Lacks says what is missing beside the manifest, "" for nothing. It is pure but for repo.
	Lacks(repo fs.FS, manifest string) string
}

// A Refusal is why moves cannot be made.
type Refusal struct {
	Reason Reason
	Moves  []string // package names of those that are to blame, where that is known; nil for all
}

// Error returns the sentence of the reason.
func (r *Refusal) Error() string { return r.Reason.Text }

// Links are addresses worth reading before a move is taken. All come from
// outside and are not to be trusted; "" where unknown.
type Links struct {
	Source  string // the repository of the source code
	Notes   string // the release notes
	Compare string // the difference between the two versions
}

// A Describer is an ecosystem that knows where to read about a move. It is
// asked for moves that will be proposed only.
type Describer interface {
	Describe(ctx context.Context, d Dependency, to Target) (Links, error)
}
