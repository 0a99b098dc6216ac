package cli

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// isTerminal reports whether a person reads w as it is written.
func isTerminal(w io.Writer) bool {
	f, ok := behind(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns returns the width of the terminal behind w, 0 where there is none.
func columns(w io.Writer) int {
	f, ok := behind(w).(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// behind returns the stream itself, without the guard before it.
func behind(w io.Writer) io.Writer {
	if g, ok := w.(*sanitize.Writer); ok {
		return g.Unwrap()
	}
	return w
}
