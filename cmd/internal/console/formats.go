package console

// The values of --format and --color.
var (
	Formats = []string{"table", "json", "markdown", "sarif"} // and githubFormat, into a file only
	Colors  = []string{"auto", "always", "never"}
)

// Colored follows --color, then NO_COLOR (no-color.org), then whether the output is a terminal.
func Colored(e *Env, color string) bool {
	switch color {
	case "always":
		return true
	case "never":
		return false
	}
	return e.Getenv("NO_COLOR") == "" && e.Getenv("TERM") != "dumb" && IsTerminal(e.Stdout)
}

// Width returns the columns of the terminal, 0 for a file.
func Width(e *Env, file string) int {
	if file != "" {
		return 0
	}
	return Columns(e.Stdout)
}
