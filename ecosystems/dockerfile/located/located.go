// Package located is text that knows where each byte of it stands in its source.
package located

import (
	"slices"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Text is text with the position of each byte in the source. Parts of the
// source between the bytes, such as the ends of continued lines, may be missing.
type Text struct {
	S  string
	at []int // of each byte of s, in the source
}

// String returns the text.
func (c Text) String() string { return c.S }

// Len returns the length in bytes.
func (c Text) Len() int { return len(c.S) }

// Slice returns the bytes [start, end) of the text.
func (c Text) Slice(start, end int) Text { return Text{c.S[start:end], c.at[start:end]} }

// Append returns the text followed by d.
func (c Text) Append(d Text) Text {
	// Clip keeps texts that share the array from overwriting each other.
	return Text{c.S + d.S, append(slices.Clip(c.at), d.at...)}
}

// At returns the offset in the source of byte i. For i = Len() it is the offset
// after the last byte, and for an empty text 0.
func (c Text) At(i int) int {
	switch {
	case i < len(c.at):
		return c.at[max(i, 0)]
	case len(c.at) == 0:
		return 0
	}
	return c.at[len(c.at)-1] + 1
}

// Located returns s as a Text; at has the offset of each byte.
func Located(s string, at []int) Text { return Text{s, at[:len(s)]} }

// Literal returns s as a Text that begins at an offset of the source.
func Literal(s string, offset int) Text {
	c := Text{S: s, at: make([]int, len(s))}
	for i := range c.at {
		c.at[i] = offset + i
	}
	return c
}

// Span returns the position of the text, from its first byte to its last.
func (c Text) Span(file string) ecosystems.Span {
	if len(c.at) == 0 {
		return ecosystems.Span{File: file}
	}
	return ecosystems.Span{File: file, Start: c.at[0], End: c.at[len(c.at)-1] + 1}
}

// Trim returns the text without white space around it.
func (c Text) Trim() Text {
	start := len(c.S) - len(strings.TrimLeftFunc(c.S, unicode.IsSpace))
	// Of white space alone, both sides overlap.
	return c.Slice(start, max(start, len(strings.TrimRightFunc(c.S, unicode.IsSpace))))
}

// Blank is the white space between arguments.
var Blank = lazyregexp.New(`[\t\v\f\r ]+`)

// Fields splits the text at white space, as the arguments of FROM are.
func (c Text) Fields() []Text {
	if c.S == "" {
		return nil
	}
	var out []Text
	start := 0
	for _, m := range Blank.FindAllStringIndex(c.S, -1) {
		out = append(out, c.Slice(start, m[0]))
		start = m[1]
	}
	return append(out, c.Slice(start, len(c.S)))
}

// Cut splits at the first sep.
func (c Text) Cut(sep byte) (before, after Text, found bool) {
	i := strings.IndexByte(c.S, sep)
	if i < 0 {
		return c, Text{}, false
	}
	return c.Slice(0, i), c.Slice(i+1, len(c.S)), true
}

// A Builder builds a Text from bytes of another.
type Builder struct {
	b  strings.Builder
	at []int
}

// Keep appends byte i of a text.
func (w *Builder) Keep(c Text, i int) {
	w.b.WriteByte(c.S[i])
	w.at = append(w.at, c.at[i])
}

// Add appends a text.
func (w *Builder) Add(c Text) {
	w.b.WriteString(c.S)
	w.at = append(w.at, c.at...)
}

// Take returns what was built, and begins anew.
func (w *Builder) Take() Text {
	c := Text{w.b.String(), w.at}
	*w = Builder{} // so that later additions do not share the array
	return c
}
