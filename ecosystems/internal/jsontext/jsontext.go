// Package jsontext reads JSON, with the comments and commas that people put
// into it, for the places of its text. What a key means is known to the kinds
// of files that use it.
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

// maxDepth is how deep values may stand inside of others.
const maxDepth = 200

// A File is a JSON text and what it holds.
type File struct {
	Path    string
	Src     string
	Root    *Value
	Trouble *Trouble // why it cannot be read; nil where it can. Root is an empty value then
}

// A Trouble is why a file cannot be read, and where.
type Trouble struct {
	At     ecosystems.Span
	Text   string // the line, shortened
	Reason ecosystems.Reason
}

// A Kind tells what a value is.
type Kind int

// The kinds of values. Numbers, true, false and null are all Other.
const (
	Other Kind = iota
	String
	Object
	Array
)

// A Value is a value with its place.
type Value struct {
	Kind     Kind
	Text     string          // of a String, without quotes and escapes
	At       ecosystems.Span // with its quotes or brackets
	Plain    bool            // the text of a String stands between its quotes letter for letter
	Members  []Member        // of an Object, in order
	Elements []*Value        // of an Array
}

// A Member is a key of an object and its value.
type Member struct{ Key, Value *Value }

// Get returns the value that a path of keys leads to; an empty value where there is none.
func (v *Value) Get(keys ...string) *Value {
	for _, key := range keys {
		next := &Value{}
		for _, m := range v.Members {
			if m.Key.Text == key {
				next = m.Value
			}
		}
		v = next
	}
	return v
}

// Inside returns where the text of a string stands.
func (v *Value) Inside() ecosystems.Span {
	at := v.At
	if v.Kind == String {
		at.Start, at.End = at.Start+1, at.End-1
	}
	return at
}

// Expand returns the text of a string with its place, its variables marked; values are those that are known.
func (v *Value) Expand(values func(string) (imagepin.Text, bool)) imagepin.Text {
	piece := imagepin.Piece{Text: v.Text}
	if v.Plain {
		piece.File, piece.Start = v.At.File, v.At.Start+1
	}
	return yamlimage.Expand(imagepin.Text{piece}, values)
}

// Read reads a text.
func Read(path, src string) *File {
	f := &File{Path: path, Src: src, Root: &Value{}}
	text := src
	if rest, ok := strings.CutPrefix(src, "\uFEFF"); ok {
		text = "   " + rest // of the same length
	}
	if deep(text) {
		f.Trouble = f.trouble(0, ecosystems.Limit, fmt.Sprintf("values are nested more than %d deep", maxDepth))
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

// deep reports whether brackets are nested too deep, strings and comments looked at as if they were none.
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
	m := errorAt.FindStringSubmatch(err.Error())
	if m == nil {
		return f.trouble(0, ecosystems.Malformed, "not readable as JSON: "+err.Error())
	}
	line, _ := strconv.Atoi(m[1])
	at := 0
	for range line - 1 {
		n := strings.IndexByte(f.Src[at:], '\n')
		if n < 0 {
			break
		}
		at += n + 1
	}
	return f.trouble(at, ecosystems.Malformed, "not readable as JSON: "+m[3])
}

func (f *File) trouble(at int, code, why string) *Trouble {
	line, _, _ := strings.Cut(f.Src[at:min(len(f.Src), at+4096)], "\n")
	line = strings.TrimRight(line, " \t\r")
	name := strings.TrimSpace(line)
	if len(name) > 40 {
		name = strings.ToValidUTF8(name[:40], "") + "…"
	}
	return &Trouble{At: ecosystems.Span{File: f.Path, Start: at, End: at + len(line)}, Text: name, Reason: ecosystems.Reason{Code: code, Text: why}}
}

var comment = lazyregexp.New(`//.*|/\*.*?\*/`)

// Ignored reports whether a comment on the line of an offset, or alone on the line above, says so.
func (f *File) Ignored(at int) bool {
	start := strings.LastIndexByte(f.Src[:at], '\n') + 1
	line, _, _ := strings.Cut(f.Src[at:], "\n")
	if ecosystems.Ignores(comment.FindString(line)) {
		return true
	}
	if start == 0 {
		return false
	}
	above := strings.TrimSpace(f.Src[strings.LastIndexByte(f.Src[:start-1], '\n')+1 : start-1])
	return strings.HasPrefix(above, "//") && ecosystems.Ignores(above)
}
