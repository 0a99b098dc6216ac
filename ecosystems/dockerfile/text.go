package dockerfile

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
	s  string
	at []int // of each byte of s, in the source
}

// String returns the text.
func (c Text) String() string { return c.s }

// Len returns the length in bytes.
func (c Text) Len() int { return len(c.s) }

// Slice returns the bytes [start, end) of the text.
func (c Text) Slice(start, end int) Text { return c.slice(start, end) }

// Append returns the text followed by d.
func (c Text) Append(d Text) Text {
	return Text{c.s + d.s, append(slices.Clip(c.at), d.at...)}
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

// Span returns the position of the text, from its first byte to its last.
func (c Text) Span(file string) ecosystems.Span { return c.span(file) }

// Fields splits the text at white space.
func (c Text) Fields() []Text { return c.fields() }

// Literal returns s as a Text that begins at an offset of the source.
func Literal(s string, offset int) Text { return stand(s, offset) }

// Located returns s as a Text; at has the offset of each byte.
func Located(s string, at []int) Text { return Text{s, at[:len(s)]} }

// stand returns s as a Text that begins at an offset of the source.
func stand(s string, offset int) Text {
	c := Text{s: s, at: make([]int, len(s))}
	for i := range c.at {
		c.at[i] = offset + i
	}
	return c
}

func (c Text) slice(start, end int) Text { return Text{c.s[start:end], c.at[start:end]} }

// span returns the position of the text, from its first byte to its last.
func (c Text) span(file string) ecosystems.Span {
	if len(c.at) == 0 {
		return ecosystems.Span{File: file}
	}
	return ecosystems.Span{File: file, Start: c.at[0], End: c.at[len(c.at)-1] + 1}
}

func (c Text) trim() Text {
	start := len(c.s) - len(strings.TrimLeftFunc(c.s, unicode.IsSpace))
	return c.slice(start, max(start, len(strings.TrimRightFunc(c.s, unicode.IsSpace))))
}

var blank = lazyregexp.New(`[\t\v\f\r ]+`)

// fields splits at white space, as the arguments of FROM are.
func (c Text) fields() []Text {
	if c.s == "" {
		return nil
	}
	var out []Text
	start := 0
	for _, m := range blank.FindAllStringIndex(c.s, -1) {
		out = append(out, c.slice(start, m[0]))
		start = m[1]
	}
	return append(out, c.slice(start, len(c.s)))
}

// cut splits at the first sep.
func (c Text) cut(sep byte) (before, after Text, found bool) {
	i := strings.IndexByte(c.s, sep)
	if i < 0 {
		return c, Text{}, false
	}
	return c.slice(0, i), c.slice(i+1, len(c.s)), true
}

// A writer builds a Text from bytes of another.
type writer struct {
	b  strings.Builder
	at []int
}

func (w *writer) keep(c Text, i int) {
	w.b.WriteByte(c.s[i])
	w.at = append(w.at, c.at[i])
}

func (w *writer) add(c Text) {
	w.b.WriteString(c.s)
	w.at = append(w.at, c.at...)
}

func (w *writer) take() Text {
	c := Text{w.b.String(), w.at}
	*w = writer{}
	return c
}
