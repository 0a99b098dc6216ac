package ecosystems

import "io/fs"

// A Follower is an ecosystem whose files include other files of the repository.
// The included files are read although Match may be false for them.
type Follower interface {
	// Follow returns the files that one file includes, in order: paths of
	// existing files in the repository. It is pure except for reading repo. For an
	// include that cannot be followed, Extract returns a dependency with a reason.
	Follow(repo fs.FS, path string) []string
}

// A Recognizer is an ecosystem that recognises its files by their content. It is
// used for a file that a person names and that no ecosystem matches.
type Recognizer interface {
	// Recognizes reports whether a text is a file of the ecosystem.
	Recognizes(text string) bool
}

// A Marked is an ecosystem whose Match is true for many other files too, so that
// the content of a matching file decides before it is parsed.
type Marked interface {
	// Marked reports whether a file can belong to the ecosystem. It searches for
	// words and parses nothing, because it is called for thousands of files.
	Marked(data []byte) bool
}
