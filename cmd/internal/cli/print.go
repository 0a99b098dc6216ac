package cli

import (
	"fmt"
	"io"

	"github.com/freshpin/freshpin/updater/report"
)

// printLine prints one line without anything a terminal would obey.
func printLine(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, report.Plain(fmt.Sprintf(format, args...)))
}
