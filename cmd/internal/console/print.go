package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// Line prints one line without anything that a terminal or a CI system would obey.
func Line(w io.Writer, format string, args ...any) {
	fmt.Fprintln(w, sanitize.Text(fmt.Sprintf(format, args...)))
}

// Table prints rows under a header, in columns.
func Table(w io.Writer, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for n := range row {
			row[n] = sanitize.Cell(row[n])
			widths[n] = max(widths[n], text.StringWidthWithoutEscSequences(row[n]))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for n, cell := range row {
			b.WriteString(cell + strings.Repeat(" ", 2+widths[n]-text.StringWidthWithoutEscSequences(cell)))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

// Cause strips the path from an error whose message names it already.
func Cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
