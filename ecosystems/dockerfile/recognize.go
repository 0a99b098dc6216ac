package dockerfile

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

var _ ecosystems.Recognizer = (*Ecosystem)(nil)

// Recognizes reports whether a text is a Dockerfile: nothing but instructions,
// the first of which, behind ARG, is FROM.
func (*Ecosystem) Recognizes(text string) bool {
	if !imagepin.IsText(text) {
		return false
	}
	r := newReader("", text)
	for _, in := range r.all {
		name, _, _ := instructionParts(in.text, r.escape)
		if word := strings.ToLower(name.s); r.at == 0 && word != "from" && word != "arg" {
			return false
		}
		r.instruction(in, in.text)
	}
	for _, d := range r.found {
		if d.Skip.Code == ecosystems.Malformed {
			return false
		}
	}
	return r.at > 0 && r.trouble.text == ""
}
