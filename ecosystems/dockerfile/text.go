package dockerfile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Text is text of which each byte knows where it stands in the source: what
// stood between, such as the ends of continued lines, has fallen away.
type Text struct {
	s  string
	at []int // of each byte of s, in the source
}

// String returns the text.
func (c Text) String() string { return c.s }

// Len returns the length in bytes.
func (c Text) Len() int { return len(c.s) }

// Slice returns the text from one byte up to another.
func (c Text) Slice(start, end int) Text { return c.slice(start, end) }

// Append returns the text with another behind it.
func (c Text) Append(d Text) Text {
	return Text{c.s + d.s, append(slices.Clip(c.at), d.at...)}
}

// At returns where a byte of the text stands in the source: behind the last
// byte for i = Len(), 0 for a text without bytes.
func (c Text) At(i int) int {
	switch {
	case i < len(c.at):
		return c.at[max(i, 0)]
	case len(c.at) == 0:
		return 0
	}
	return c.at[len(c.at)-1] + 1
}

// Span returns where the text stands, from its first byte to its last.
func (c Text) Span(file string) ecosystems.Span { return c.span(file) }

// Fields splits the text at white space.
func (c Text) Fields() []Text { return c.fields() }

// Literal returns the text that stands in a source from an offset on, byte by byte.
func Literal(s string, offset int) Text { return stand(s, offset) }

// Located returns text of which each byte stands where at says; both have the same length.
func Located(s string, at []int) Text { return Text{s, at[:len(s)]} }

// stand returns text that stands in the source from an offset on.
func stand(s string, offset int) Text {
	c := Text{s: s, at: make([]int, len(s))}
	for i := range c.at {
		c.at[i] = offset + i
	}
	return c
}

func (c Text) slice(start, end int) Text { return Text{c.s[start:end], c.at[start:end]} }

// span returns where the text stands, from its first byte to its last.
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

// A writer collects bytes that are kept while others fall away.
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
