package forgetest

import (
	"strings"

	"github.com/go-git/go-git/v5/utils/diff"
)

// Kinds of differences, with the values of the diff package that go-git uses.
const (
	removed = -1
	equal   = 0
)

// A hunk replaces the lines from begin up to, but excluding, end.
type hunk struct {
	begin, end int
	text       string
}

// mergeText merges two texts with a common origin. Like git, it returns false for
// changes that overlap or are adjacent, unless they are equal.
func mergeText(was, ours, theirs string) (string, bool) {
	lines := strings.SplitAfter(was, "\n")
	a, b := hunks(was, ours), hunks(was, theirs)
	var out strings.Builder
	at := 0
	for len(a) > 0 || len(b) > 0 {
		var next hunk
		switch {
		// Less, not less or equal: adjacent changes are a conflict for git.
		case len(b) == 0 || len(a) > 0 && a[0].end < b[0].begin:
			next, a = a[0], a[1:]
		case len(a) == 0 || b[0].end < a[0].begin:
			next, b = b[0], b[1:]
		case a[0] == b[0]:
			next, a, b = a[0], a[1:], b[1:]
		default:
			return "", false
		}
		out.WriteString(strings.Join(lines[at:next.begin], ""))
		out.WriteString(next.text)
		at = next.end
	}
	out.WriteString(strings.Join(lines[at:], ""))
	return out.String(), true
}

// hunks returns the line-based changes that turn one text into another.
func hunks(from, to string) []hunk {
	var all []hunk
	at, open := 0, false
	for _, d := range diff.Do(from, to) {
		n := strings.Count(d.Text, "\n")
		// The last line may have no end.
		if !strings.HasSuffix(d.Text, "\n") && d.Text != "" {
			n++
		}
		if d.Type == equal {
			at, open = at+n, false
			continue
		}
		if !open {
			all = append(all, hunk{begin: at, end: at})
			open = true
		}
		last := &all[len(all)-1]
		if d.Type == removed {
			at += n
			last.end = at
		} else {
			last.text += d.Text
		}
	}
	return all
}
