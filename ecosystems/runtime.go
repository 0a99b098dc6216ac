package ecosystems

// A Runner is an ecosystem whose releases name the versions of a language that
// they run on.
type Runner interface {
	// Runs returns which releases run where a dependency counts. project is the
	// version of the language that the settings name, "" for none; it counts
	// before what was inferred.
	Runs(d Dependency, project string) Runtime
}

// A Runtime is what is known of the language versions that a dependency is for.
type Runtime struct {
	Runs     func(candidate string) bool // whether a release that asks for such versions runs there; nil where nothing is known
	Language string                      // "Python"
	Where    string                      // a clause that tells who says so: "the file is compiled for Python 3.8"
}
