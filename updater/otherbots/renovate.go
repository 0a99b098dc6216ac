package otherbots

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A change of Renovate's table: "`v0.7.0` -> `v0.17.0`", with an arrow of either
// form; without a first version where a digest is added.
var change = lazyregexp.New("(?:`([^`]*)`)?\\s*(?:->|→)\\s*`([^`]+)`")

// link is the first link of a cell: "[Django](https://…)".
var link = lazyregexp.New(`^\[([^\]]+)\]\(`)

// renovate reads the table of a body of Renovate: one row for each update, whose
// first cell names the package and one of whose cells holds the change. Which
// columns there are is the configuration's choice.
func renovate(body string) (moves []Move) {
	inside := false
	for line := range strings.SplitSeq(body, "\n") {
		cells := row(line)
		switch {
		case cells == nil:
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

// row splits a line of a Markdown table into its cells; nil where it is none.
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

// cellName returns the name in a cell: the text of its link, or what stands
// before the links behind it.
func cellName(cell string) string {
	if m := link.FindStringSubmatch(cell); m != nil {
		return strings.Trim(m[1], "`")
	}
	name, _, _ := strings.Cut(cell, " (")
	return strings.Trim(name, "` ")
}
