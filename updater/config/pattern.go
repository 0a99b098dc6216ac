package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/invopop/jsonschema"
)

// The limits of a pattern. Alternatives in braces multiply what has to be tried.
const (
	maxPattern      = 500 // bytes
	maxAlternatives = 4   // groups of braces
)

// checkGlob says what is wrong with a pattern.
func checkGlob(text, example string) error {
	switch {
	case text == "" || len(text) > maxPattern || !doublestar.ValidatePattern(text):
		return fmt.Errorf("%s is not a pattern such as %s", quote(text), example)
	case strings.Count(text, "{") > maxAlternatives:
		return fmt.Errorf("%s has more than %d groups of alternatives", quote(text), maxAlternatives)
	}
	return nil
}

// A Glob is a pattern of paths below the folder of the settings, in which **
// stands for any number of folders. A folder stands for all that is in it.
type Glob string

func (g *Glob) set(text string) error {
	clean := strings.TrimSuffix(strings.TrimPrefix(text, "./"), "/")
	if err := checkGlob(clean, "examples/**"); err != nil {
		return err
	}
	if strings.HasPrefix(clean, "/") || strings.HasPrefix(clean, "../") {
		return fmt.Errorf("%s leads out of the folder that the settings are for", quote(text))
	}
	*g = Glob(clean)
	return nil
}

// matches reports whether the pattern names a path or one of the folders above it.
func (g Glob) matches(path string) bool {
	for {
		if doublestar.MatchUnvalidated(string(g), path) {
			return true
		}
		cut := strings.LastIndexByte(path, '/')
		if cut < 0 {
			return false
		}
		path = path[:cut]
	}
}

// JSONSchema returns the form.
func (Glob) JSONSchema() *jsonschema.Schema { return textSchema(`^[^/]`) }

// A Pattern is a glob, or a /regular expression/.
type Pattern struct {
	text string
	expr *regexp.Regexp // nil for a glob
}

func (p *Pattern) set(text string) error {
	p.text = text
	if len(text) < 2 || text[0] != '/' || text[len(text)-1] != '/' {
		return checkGlob(text, "golang.org/x/** or a /regular expression/")
	}
	if len(text) > maxPattern {
		return fmt.Errorf("%s is longer than %d bytes", quote(text), maxPattern)
	}
	expr, err := regexp.Compile(text[1 : len(text)-1])
	if err != nil {
		return fmt.Errorf("%s is not a regular expression: %s", quote(text), strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	p.expr = expr
	return nil
}

func (p Pattern) matches(text string) bool {
	if p.expr != nil {
		return p.expr.MatchString(text)
	}
	return doublestar.MatchUnvalidated(p.text, text)
}

// literal reports whether the pattern matches nothing but its own text.
func (p Pattern) literal() bool { return p.expr == nil && !strings.ContainsAny(p.text, `*?[{\`) }

// JSONSchema returns the form.
func (Pattern) JSONSchema() *jsonschema.Schema { return textSchema(`^.`) }

// Patterns is one pattern or a list of them, of which one has to match.
type Patterns []Pattern

func (*Patterns) single() {}

func (p Patterns) matches(texts ...string) bool {
	return slices.ContainsFunc(p, func(one Pattern) bool { return slices.ContainsFunc(texts, one.matches) })
}

// JSONSchema returns both forms.
func (Patterns) JSONSchema() *jsonschema.Schema {
	one := Pattern{}.JSONSchema()
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{one, {Type: "array", Items: one, MinItems: ptr(uint64(1))}}}
}

func ptr[T any](v T) *T { return &v }
