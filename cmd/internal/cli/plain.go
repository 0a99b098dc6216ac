package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// printLine prints one line without anything a terminal would obey: what it
// tells comes from files and servers that a stranger may have written.
func printLine(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, plain(fmt.Sprintf(format, args...)))
}

// plain makes one line of text that moves no cursor and hides nothing.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, text)
}
