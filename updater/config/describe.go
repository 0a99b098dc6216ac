package config

import (
	"cmp"
	"fmt"
	"io"
)

// Describe prints the settings that apply without configuration: the defaults, and
// the built-in rules with their reasons.
func Describe(w io.Writer) {
	p := defaults()
	fmt.Fprintf(w, "by default: allow %s, line auto, digests pin, cooldown %s for packages and %s for digests\n",
		p.Allow, human(p.Packages), human(p.Rebuilds))
	fmt.Fprintln(w, "built-in rules:")
	for _, b := range builtins() {
		fmt.Fprintf(w, "  %s: line %s: %s\n", cmp.Or(b.shown, b.pattern.text), b.word, b.reason)
	}
}
