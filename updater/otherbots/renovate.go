package otherbots

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// change matches a change in Renovate's table: "`v0.7.0` -> `v0.17.0`", with either
// form of arrow. The first version is missing if a digest is added.
var change = lazyregexp.New("(?:`([^`]*)`)?\\s*(?:->|→)\\s*`([^`]+)`")

// link matches the first link of a cell: "[Django](https://…)".
var link = lazyregexp.New(`^\[([^\]]+)\]\(`)

// renovate parses the table in a body of Renovate. It has one row for each update:
// the first cell names the package, and another one has the change. The columns
// depend on the configuration.
func renovate(body string) (moves []Move) {
	inside := false
	for line := range strings.SplitSeq(body, "\n") {
		cells := row(line)
		switch {
		case cells == nil: // a body may have further tables, such as the one of a configuration
			inside = false
		case strings.EqualFold(strings.TrimSpace(cells[0]), "Package"):
			inside = true
		case inside:
			for _, cell := range cells[1:] {
				if m := change.FindStringSubmatch(cell); m != nil {
					moves = add(moves, Move{Name: cellName(cells[0]), From: m[1], To: m[2], AnyDir: true})
					break
				}
			}
		}
	}
	return moves
}

// row splits a row of a Markdown table into its cells; nil for any other line.
func row(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") {
		return nil
	}
	cells := strings.Split(strings.Trim(line, "|"), "|")
	for n := range cells {
		cells[n] = strings.TrimSpace(cells[n])
	}
	return cells
}

// cellName returns the name in a cell: the text of its link, or the text before its
// first link.
func cellName(cell string) string {
	if m := link.FindStringSubmatch(cell); m != nil {
		return strings.Trim(m[1], "`")
	}
	name, _, _ := strings.Cut(cell, " (")
	return strings.Trim(name, "` ")
}
