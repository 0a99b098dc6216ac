package ecosystems

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
