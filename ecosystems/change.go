package ecosystems

import "context"

// A Move is a dependency and where it goes.
type Move struct {
	Dependency Dependency
	To         Target
	Else       []Target // where To does not fit, what may be taken instead, best first; a Finisher gets none
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
	// repository at dir that is its to write to. It returns every file that is
	// now different, the manifest included, and leaves them so; after an error
	// the copy is as it was. A *Refusal means that the moves cannot be made; any
	// other error, that the tool could not be asked.
	Finish(ctx context.Context, dir, manifest string, moves []Move) ([]FileChange, error)
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

// The codes of reasons that a tool gives.
const (
	NoTool   = "no-tool"   // the tool that completes the edit is not installed
	NotTidy  = "not-tidy"  // go mod tidy would have changed the module before the move
	Drags    = "drags"     // the move would move another dependency further than its policy allows
	TooNew   = "too-new"   // the manifest asks for a newer tool than the one installed
	ToolFail = "tool-fail" // the tool gave up
)
