package ecosystems

import (
	"context"
	"io/fs"
)

// A Move is a dependency with its target.
type Move struct {
	Dependency Dependency
	To         Target
	Else       []Target // alternatives to To, best first; a Finisher gets none
	Security   bool     // it fixes an advisory
}

// A FileChange is the new content of one file of a repository. The kind of file
// (executable, symbolic link) stays the same; a new file is a regular one.
type FileChange struct {
	Path   string // slash-separated, relative to the root of the repository
	Data   []byte // the whole content
	Delete bool   // delete the file; Data is nil
}

// A Finisher is an ecosystem whose edits a tool completes: the go command writes
// go.sum, for example.
type Finisher interface {
	// Finish applies moves of one manifest in a copy of the repository at dir,
	// which it may change. On success the copy has the returned files; after an
	// error it is unchanged. Without moves, Finish puts in order what the tool
	// would put in order before a move. A *Refusal means that the moves cannot
	// be made; any other error means that the tool could not run.
	Finish(ctx context.Context, dir, manifest string, moves []Move) (Finished, error)
	// Finishes reports whether the tool completes the edits of a dependency. It is pure.
	Finishes(d Dependency) bool
}

// A Finished is the result of Finish.
type Finished struct {
	Changes []FileChange // all changed files, including the manifest
	Tidied  string       // what the tool put in order that is unrelated to the moves: "go.sum (+a v1.0.0 and 3 more)"; "" for nothing
}

// A Relater is an ecosystem in which names show which packages are released
// together. Some of these can only move together.
type Relater interface {
	// Family returns the same text for packages that are released together. It is pure.
	Family(pkg Package) string
}

// A Checker is a Finisher that can detect inconsistent files beside a manifest
// without running the tool, for example after an interrupted write.
type Checker interface {
	// Lacks describes what is missing beside the manifest, "" for nothing. It is
	// pure except for reading repo.
	Lacks(repo fs.FS, manifest string) string
}

// A Refusal is the reason why moves cannot be made.
type Refusal struct {
	Reason Reason
	Moves  []string // the package names of the moves to blame; nil if unknown
}

// Error returns the sentence of the reason.
func (r *Refusal) Error() string { return r.Reason.Text }

// Links are pages about a move for people. They come from publishers and are
// hostile. "" means unknown.
type Links struct {
	Source  string // the repository of the source code
	Notes   string // the release notes
	Compare string // the difference between the two versions
}

// A Describer is an ecosystem with links about moves.
type Describer interface {
	// Describe returns the links about a move. It is called only for moves that
	// will be proposed.
	Describe(ctx context.Context, d Dependency, to Target) (Links, error)
}
