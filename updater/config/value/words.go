package value

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	_ "time/tzdata"

	"github.com/invopop/jsonschema"
)

// Alternatives joins words as "a, b or c".
func Alternatives(words []string) string {
	n := len(words)
	if n == 1 {
		return words[0]
	}
	return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
}

// OneOf returns the text if it is one of the words, else a WordError.
func OneOf(text string, words []string) (string, error) {
	if slices.Contains(words, text) {
		return text, nil
	}
	return "", &WordError{text, words}
}

// Enum returns the schema of a value that is one of the words.
func Enum(words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// SetWord sets a value that is one of the words.
func SetWord[T ~string](at *T, text string, words []string) error {
	w, err := OneOf(text, words)
	*at = T(w)
	return err
}

// A WordError is the error for a text that is not one of the words of a setting.
type WordError struct {
	text  string
	Words []string
}

// Error returns what the text is not.
func (b *WordError) Error() string {
	return fmt.Sprintf("%s is not %s", Quote(b.text), Alternatives(b.Words))
}

// Set implements Value.
func (v *Allow) Set(s string) error { return SetWord(v, s, allowWords) }

// Set implements Value.
func (v *Line) Set(s string) error { return SetWord(v, s, lineWords) }

// Set implements Value.
func (v *Digests) Set(s string) error { return SetWord(v, s, digestWords) }

// Set implements Value.
func (v *Rebuilds) Set(s string) error { return SetWord(v, s, rebuildWords) }

// Set implements Value.
func (v *Group) Set(s string) error { return SetWord(v, s, groupWords) }

// Set implements Value.
func (v *DeadLines) Set(s string) error { return SetWord(v, s, deadLineWords) }

// Set implements Value.
func (v *CheckLevel) Set(s string) error { return SetWord(v, s, checkLevelWords) }

// Set implements Value.
func (v *CommitStyle) Set(s string) error { return SetWord(v, s, styleWords) }

// Set implements Value.
func (v *Dashboard) Set(s string) error { return SetWord(v, s, boardWords) }

// Set implements Value.
func (v *Updates) Set(s string) error { return SetWord(v, s, updateWords) }

// Set implements Value.
func (v *Trust) Set(s string) error { return SetWord(v, s, trustWords) }

// Set implements Value.
func (v *Band) Set(s string) error { return SetWord(v, s, bandWords) }

// Set implements Value.
func (v *Kind) Set(s string) error { // the decoder checks it, since it knows the ecosystems
	*v = Kind(s)
	return nil
}

// JSONSchema returns the schema with the allowed words.
func (Allow) JSONSchema() *jsonschema.Schema { return Enum(allowWords) }

// JSONSchema returns the schema with the allowed words.
func (Line) JSONSchema() *jsonschema.Schema { return Enum(lineWords) }

// JSONSchema returns the schema with the allowed words.
func (Digests) JSONSchema() *jsonschema.Schema { return Enum(digestWords) }

// JSONSchema returns the schema with the allowed words.
func (Rebuilds) JSONSchema() *jsonschema.Schema { return Enum(rebuildWords) }

// JSONSchema returns the schema with the allowed words.
func (Group) JSONSchema() *jsonschema.Schema { return Enum(groupWords) }

// JSONSchema returns the schema with the allowed words.
func (CheckLevel) JSONSchema() *jsonschema.Schema { return Enum(checkLevelWords) }

// JSONSchema returns the schema with the allowed words.
func (DeadLines) JSONSchema() *jsonschema.Schema { return Enum(deadLineWords) }

// JSONSchema returns the schema with the allowed words.
func (CommitStyle) JSONSchema() *jsonschema.Schema { return Enum(styleWords) }

// JSONSchema returns the schema with the allowed words, two of which are booleans in YAML.
func (Dashboard) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Enum: []any{true, false, "auto"}}
}

// JSONSchema returns the schema with the allowed words.
func (Updates) JSONSchema() *jsonschema.Schema { return Enum(updateWords) }

// JSONSchema returns the schema with the allowed words.
func (Trust) JSONSchema() *jsonschema.Schema { return Enum(trustWords) }

// JSONSchema returns the schema with the allowed words.
func (Band) JSONSchema() *jsonschema.Schema { return Enum(bandWords) }

// The words of each setting, the default first or in widening order.
var (
	allowWords      = []string{"patch", "minor", "major"}
	lineWords       = []string{"auto", "minor", "major", "any"}
	digestWords     = []string{"pin", "refresh", "ignore"}
	rebuildWords    = []string{"any", "packages", "security"}
	groupWords      = []string{"repository", "ecosystem", "directory", "dependency"}
	deadLineWords   = []string{"show", "propose"}
	checkLevelWords = []string{"must", "should", "could"}
	styleWords      = []string{"auto", "plain", "conventional"}
	boardWords      = []string{"true", "false", "auto"}
	updateWords     = []string{"all", "security"}
	trustWords      = []string{"signed", "listed", "digest", "compute"}
	bandWords       = []string{"digest", "patch", "minor", "major"}
)

// Settings with one of a few words.
type (
	Allow       string // patch, minor, major
	Line        string // auto, minor, major, any
	Digests     string // pin, refresh, ignore
	Rebuilds    string // any, packages, security
	Group       string // repository, ecosystem, directory, dependency
	DeadLines   string // show, propose
	CheckLevel  string // must, should, could
	CommitStyle string // auto, plain, conventional
	Dashboard   string // true, false, auto
	Updates     string // all, security
	Trust       string // signed, listed, digest, compute
	Band        string // digest, patch, minor, major
	Kind        string // name of an ecosystem
)

// Quote quotes and shortens text of a file, so that an error stays on one line.
func Quote(s string) string {
	const most = 80
	// By characters, so that none is cut in half.
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}
