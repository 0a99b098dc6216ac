// Package jsontext parses JSON with comments and trailing commas and keeps the
// positions of values. The ecosystems that use it know the meaning of keys.
package jsontext

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// maxDepth limits nested values.
const maxDepth = 200

// A File is a parsed JSON text.
type File struct {
	Path    string
	Src     string
	Root    *Value
	Trouble *Trouble // why it cannot be parsed, with an empty Root; nil if it can
}

// A Trouble is why a file cannot be parsed.
type Trouble struct {
	At     int // the offset of the line
	Reason ecosystems.Reason
}

// A Kind is the type of a value.
type Kind int

// The kinds of values. Numbers, true, false and null are all Other.
const (
	Other Kind = iota
	String
	Object
	Array
)

// A Value is a value with its position.
type Value struct {
	Kind     Kind
	Text     string          // of a String, without quotes and escapes
	At       ecosystems.Span // including quotes or brackets
	Plain    bool            // the file has Text letter for letter between the quotes
	Members  []Member        // of an Object, in order
	Elements []*Value        // of an Array
}

// A Member is a key of an object and its value.
type Member struct{ Key, Value *Value }

// Get returns the value at a path of keys; an empty value if there is none.
func (v *Value) Get(keys ...string) *Value {
	for _, key := range keys {
		next := &Value{}
		for _, m := range v.Members {
			if m.Key.Text == key { // of a repeated key, the last one counts
				next = m.Value
			}
		}
		v = next
	}
	return v
}

// Inside returns the position of a string without its quotes.
func (v *Value) Inside() ecosystems.Span {
	at := v.At
	if v.Kind == String {
		at.Start, at.End = at.Start+1, at.End-1
	}
	return at
}

// Expand returns the text of a string with its position. It replaces variables
// with values and marks the unknown ones.
func (v *Value) Expand(values func(string) (imagepin.Text, bool)) imagepin.Text {
	piece := imagepin.Piece{Text: v.Text}
	if v.Plain {
		piece.File, piece.Start = v.At.File, v.At.Start+1
	}
	return yamlimage.Expand(imagepin.Text{piece}, values)
}

// Read parses a text. The result is never nil.
func Read(path, src string) *File {
	f := &File{Path: path, Src: src, Root: &Value{}}
	text := src
	if rest, ok := strings.CutPrefix(src, "\uFEFF"); ok {
		text = "   " + rest // as many bytes as the mark, so that offsets stay right
	}
	if deep(text) { // hujson recurses without a limit
		f.Trouble = &Trouble{Reason: ecosystems.Reason{Code: ecosystems.Limit, Text: fmt.Sprintf("values are nested more than %d deep", maxDepth)}}
		return f
	}
	tree, err := hujson.Parse([]byte(text))
	if err != nil {
		f.Trouble = f.malformed(err)
		return f
	}
	f.Root = f.value(&tree)
	return f
}

// deep reports whether brackets are nested too deeply. It also counts those in strings and comments.
func deep(text string) bool {
	depth := 0
	for n := range len(text) {
		switch text[n] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

func (f *File) value(v *hujson.Value) *Value {
	out := &Value{At: ecosystems.Span{File: f.Path, Start: v.StartOffset, End: v.EndOffset}}
	switch t := v.Value.(type) {
	case hujson.Literal:
		if t.Kind() == '"' {
			out.Kind, out.Text = String, t.String()
			out.Plain = out.At.End-out.At.Start >= 2 && f.Src[out.At.Start+1:out.At.End-1] == out.Text
		}
	case *hujson.Object:
		out.Kind = Object
		for n := range t.Members {
			out.Members = append(out.Members, Member{f.value(&t.Members[n].Name), f.value(&t.Members[n].Value)})
		}
	case *hujson.Array:
		out.Kind = Array
		for n := range t.Elements {
			out.Elements = append(out.Elements, f.value(&t.Elements[n]))
		}
	}
	return out
}

var errorAt = lazyregexp.New(`^hujson: line (\d+), column (\d+): (.*)`)

func (f *File) malformed(err error) *Trouble {
	at, why := 0, err.Error()
	if m := errorAt.FindStringSubmatch(why); m != nil {
		line, _ := strconv.Atoi(m[1]) // digits
		why = m[3]
		for range line - 1 {
			at += strings.IndexByte(f.Src[at:], '\n') + 1
		}
	}
	return &Trouble{At: at, Reason: ecosystems.Reason{Code: ecosystems.Malformed, Text: "not readable as JSON: " + why}}
}

var comment = lazyregexp.New(`//.*|/\*.*?\*/`)

// Ignored reports whether a comment on the line of an offset, or alone on the
// line above, tells Freshpin to ignore it.
func (f *File) Ignored(at int) bool { return imagepin.Ignored(f.Src, at, comment) }
