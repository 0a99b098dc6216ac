package yamlimage

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// Plain is what a dependency keeps whose tag has no quotes around it.
type Plain struct{}

// Edit returns the replacements that bring d to the target. Where a tag without
// quotes would be read as something else, it gets quotes.
func Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	edits, err := imagepin.Edit(d, to)
	if err != nil {
		return nil, err
	}
	if _, ok := d.Own.(Plain); !ok {
		return edits, nil
	}
	for n, e := range edits {
		if e.At == d.At[0] {
			edits[n].New = Quoted(e.New)
		}
	}
	return edits, nil
}

// Quoted returns a text as it is written where no quotes stand: with quotes where YAML would read it as something else.
func Quoted(text string) string {
	if plain(text) != text && !strings.ContainsAny(text, `"\`) {
		return `"` + text + `"`
	}
	return text
}
