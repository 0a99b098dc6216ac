package report

import (
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/freshpin/freshpin/updater/plan"
)

// leastWidth is the width in columns below which the layout ignores the terminal.
const leastWidth = 60

// heads are the titles of the columns and their colours.
var heads = []struct{ title, band string }{
	{"line", ""}, {"name", ""}, {"current", ""}, {"safe", "patch"}, {"minor", "minor"}, {"latest", "major"},
}

// A layout arranges the rows of one file in columns. If a terminal is too narrow for
// all of them, it moves whole columns, last first, below their row. It never cuts a
// word.
type layout struct {
	o      Options
	widths []int
	shown  int // columns side by side
}

// cellsOf returns the cells of a row, without colours.
func cellsOf(i *plan.Item) []string {
	return []string{
		strconv.Itoa(i.Line), Cell(name(i), 100), Cell(pin(i), 60), changed(i.Safe, i.Current), changed(i.Minor, i.Safe), changed(latest(i), i.Minor),
	}
}

// newLayout measures the rows.
func newLayout(o Options, rows [][]string) layout {
	l := layout{o: o, shown: len(heads)}
	for n, h := range heads {
		width := wide(h.title)
		for _, r := range rows {
			// One long name must not move the columns of all rows.
			if w := wide(r[n]); n != 1 || w <= l.longest() {
				width = max(width, w)
			}
		}
		l.widths = append(l.widths, width)
	}
	// Text below a row begins where its name does.
	l.widths[0] = max(l.widths[0], len(indent)-2)
	for l.shown > 2 && o.Width > 0 && l.total() > max(o.Width, leastWidth) {
		l.shown--
	}
	return l
}

// longest is the length of a name up to which others are aligned with it.
func (l layout) longest() int {
	if l.o.Width == 0 {
		return 100
	}
	return max(l.o.Width, leastWidth) / 2
}

func (l layout) total() int {
	sum := 2 * (l.shown - 1)
	for _, w := range l.widths[:l.shown] {
		sum += w
	}
	return sum
}

func wide(s string) int { return text.StringWidthWithoutEscSequences(s) }

// head returns the title line.
func (l layout) head() string {
	var titles []string
	for _, h := range heads {
		titles = append(titles, h.title)
	}
	line, _ := l.line(titles, false)
	return line
}

// line lays a row out, and returns the text below it. If a name is too long for its
// column, the rest of the row moves to the next line.
func (l layout) line(cells []string, paint bool) (line string, below []string) {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", l.widths[0]-wide(cells[0])) + cells[0])
	for n := 1; n < l.shown; n++ {
		shown := cells[n]
		if paint {
			shown = l.o.paint(heads[n].band, shown)
		}
		b.WriteString("  " + shown)
		pad := l.widths[n] - wide(cells[n])
		if pad < 0 { // the name is too long
			below = append(below, b.String())
			b.Reset()
			b.WriteString(strings.Repeat(" ", l.widths[0]+2+l.widths[n]))
			continue
		}
		b.WriteString(strings.Repeat(" ", pad))
	}
	line = strings.TrimRight(b.String(), " ")
	if len(below) > 0 {
		line = strings.TrimRight(below[0]+"\n"+line, " \n")
		below = nil
	}
	var left []string
	for n := l.shown; n < len(cells); n++ {
		if paint && cells[n] != "" {
			left = append(left, heads[n].title+" "+l.o.paint(heads[n].band, cells[n]))
		}
	}
	if len(left) > 0 {
		below = append(below, strings.Join(left, ", "))
	}
	return line, below
}

// wrap breaks a line that is too long between words, never inside one.
func wrap(s string, width int) []string {
	var lines []string
	line, length := "", 0
	for _, word := range strings.Split(s, " ") {
		w := wide(word)
		// A word that is longer than the line stays whole: it may be an address to copy.
		if line != "" && length+1+w > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line, length = word, w
			continue
		}
		if line != "" || length > 0 {
			line += " "
			length++
		}
		line += word
		length += w
	}
	return append(lines, line)
}
