package dockerfile

import (
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

var _ ecosystems.Recognizer = (*Ecosystem)(nil)

// Recognizes reports whether a text is a Dockerfile: it has only instructions,
// and the first one except ARG is FROM.
func (*Ecosystem) Recognizes(text string) bool {
	if !imagepin.IsText(text) {
		return false
	}
	r := newReader(Parse("", text))
	// Many texts have a line that begins with "from", but not as the first instruction.
	for _, in := range r.Instructions {
		if in.Name != "from" && in.Name != "arg" {
			return false
		}
		if in.Name == "from" {
			break
		}
	}
	r.walk()
	for _, d := range r.found {
		if d.Skip.Code == ecosystems.Malformed {
			return false
		}
	}
	return r.at > 0 && r.trouble.text == ""
}
