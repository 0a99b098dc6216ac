package ecosystems

import "io/fs"

// A Follower is an ecosystem whose files lead to other files of the repository,
// which are read although their names do not tell what they are.
type Follower interface {
	// Follow returns the files that one file leads to, in order: paths of the
	// repository that exist and are no folders. It is pure but for repo. What
	// cannot be followed is a dependency with a reason, which Extract returns.
	Follow(repo fs.FS, path string) []string
}

// A Recognizer is an ecosystem that knows its files by their content, for those
// that a person names and whose names do not tell what they are.
type Recognizer interface {
	Recognizes(text string) bool
}

// A Marked is an ecosystem whose files have names that many other files have
// too. Each file that it matches is looked into once, before anything is parsed.
type Marked interface {
	// Marked reports whether a file can be one of the ecosystem. It looks for
	// words and parses nothing: it is called for thousands of files.
	Marked(data []byte) bool
}
