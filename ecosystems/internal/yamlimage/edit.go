package yamlimage

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// Plain is the Own of a dependency whose tag has no quotes.
type Plain struct{}

// Edit returns the replacements that move d to the target. It adds quotes if YAML
// would read the new tag as a number or another type.
func Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	edits, err := imagepin.Edit(d, to)
	if err != nil {
		return nil, err
	}
	if _, ok := d.Own.(Plain); !ok {
		return edits, nil
	}
	for n, e := range edits {
		if e.At == d.At[0] { // a digest needs no quotes
			edits[n].New = Quoted(e.New)
		}
	}
	return edits, nil
}

// Quoted returns a text with quotes if YAML would read it as another value without them.
func Quoted(text string) string {
	if plain(text) != text && !strings.ContainsAny(text, `"\`) {
		return `"` + text + `"`
	}
	return text
}
