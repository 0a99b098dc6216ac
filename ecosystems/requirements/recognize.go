package requirements

import (
	"embed"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
)

var _ ecosystems.Recognizer = (*Ecosystem)(nil)

// Recognizes reports whether a text is a requirements file: pip reads every
// line, and at least one line is more than a word.
func (*Ecosystem) Recognizes(text string) bool {
	if !unreadable(text).IsZero() {
		return false
	}
	// An empty tree, because included files do not matter here.
	r := &reader{repo: embed.FS{}, seen: map[string]bool{}}
	r.read("", text, true, 0)
	telling := false
	for _, l := range lines.Logical(text) {
		telling = telling || strings.HasPrefix(l.Text, "-")
	}
	for _, d := range r.deps {
		if d.Skip.Code == ecosystems.Malformed {
			return false
		}
		telling = telling || strings.ContainsAny(d.Pin.Text, "=<>~") || d.Skip.Code == ecosystems.URL
	}
	return telling
}
