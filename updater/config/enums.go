package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// A value is a setting with a form of its own: text that says by itself what is wrong with it.
type value interface {
	// set takes the text, or says what is wrong with it.
	set(text string) error
}

// A badWord is a text that is none of the words of a setting.
type badWord struct {
	text  string
	words []string
}

func (b *badWord) Error() string {
	return fmt.Sprintf("%s is not %s", quote(b.text), alternatives(b.words))
}

// alternatives joins words as "a, b or c".
func alternatives(words []string) string {
	n := len(words)
	if n == 1 {
		return words[0]
	}
	return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
}

func oneOf(text string, words []string) (string, error) {
	if slices.Contains(words, text) {
		return text, nil
	}
	return "", &badWord{text, words}
}

func textSchema(pattern string) *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: pattern}
}

func enum(words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// The words of each setting, the default first or in widening order.
var (
	allowWords    = []string{"patch", "minor", "major"}
	lineWords     = []string{"auto", "minor", "major", "any"}
	digestWords   = []string{"pin", "refresh", "ignore"}
	rebuildWords  = []string{"any", "packages", "security"}
	groupWords    = []string{"repository", "ecosystem", "directory", "dependency"}
	deadLineWords = []string{"show", "propose"}
	styleWords    = []string{"auto", "plain", "conventional"}
	boardWords    = []string{"true", "false", "auto"}
	modeWords     = []string{"observe", "propose"}
)

// Settings that are one of a few words.
type (
	Allow       string // patch, minor, major
	Line        string // auto, minor, major, any
	Digests     string // pin, refresh, ignore
	Rebuilds    string // any, packages, security
	Group       string // repository, ecosystem, directory, dependency
	DeadLines   string // show, propose
	CommitStyle string // auto, plain, conventional
	Dashboard   string // true, false, auto
	Mode        string // observe, propose
)

func word[T ~string](at *T, text string, words []string) error {
	w, err := oneOf(text, words)
	*at = T(w)
	return err
}

func (v *Allow) set(s string) error       { return word(v, s, allowWords) }
func (v *Line) set(s string) error        { return word(v, s, lineWords) }
func (v *Digests) set(s string) error     { return word(v, s, digestWords) }
func (v *Rebuilds) set(s string) error    { return word(v, s, rebuildWords) }
func (v *Group) set(s string) error       { return word(v, s, groupWords) }
func (v *DeadLines) set(s string) error   { return word(v, s, deadLineWords) }
func (v *CommitStyle) set(s string) error { return word(v, s, styleWords) }
func (v *Dashboard) set(s string) error   { return word(v, s, boardWords) }
func (v *Mode) set(s string) error        { return word(v, s, modeWords) }

func (*Dashboard) tags() []string { return []string{"!!str", "!!bool"} }

// JSONSchema returns the words.
func (Allow) JSONSchema() *jsonschema.Schema { return enum(allowWords) }

// JSONSchema returns the words.
func (Line) JSONSchema() *jsonschema.Schema { return enum(lineWords) }

// JSONSchema returns the words.
func (Digests) JSONSchema() *jsonschema.Schema { return enum(digestWords) }

// JSONSchema returns the words.
func (Rebuilds) JSONSchema() *jsonschema.Schema { return enum(rebuildWords) }

// JSONSchema returns the words.
func (Group) JSONSchema() *jsonschema.Schema { return enum(groupWords) }

// JSONSchema returns the words.
func (DeadLines) JSONSchema() *jsonschema.Schema { return enum(deadLineWords) }

// JSONSchema returns the words.
func (CommitStyle) JSONSchema() *jsonschema.Schema { return enum(styleWords) }

// JSONSchema returns the words; two of them are booleans in YAML.
func (Dashboard) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Enum: []any{true, false, "auto", "true", "false"}}
}

// JSONSchema returns the words.
func (Mode) JSONSchema() *jsonschema.Schema { return enum(modeWords) }
