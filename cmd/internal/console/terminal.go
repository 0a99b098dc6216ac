package console

import (
	"io"
	"os"

	"golang.org/x/term"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// IsTerminal reports whether w is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := behind(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Columns returns the width of the terminal w, 0 if it is none.
func Columns(w io.Writer) int {
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

// behind returns the stream under the sanitizer.
func behind(w io.Writer) io.Writer {
	if g, ok := w.(*sanitize.Writer); ok {
		return g.Unwrap()
	}
	return w
}
