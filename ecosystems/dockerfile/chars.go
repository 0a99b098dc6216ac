package dockerfile

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems"
)

// chars is text of which each byte knows where it stands in the source.
type chars struct {
	s  string
	at []int // of each byte of s, in the source
}

// stand returns text that stands in the source from an offset on.
func stand(s string, offset int) chars {
	c := chars{s: s, at: make([]int, len(s))}
	for i := range c.at {
		c.at[i] = offset + i
	}
	return c
}

func (c chars) slice(start, end int) chars { return chars{c.s[start:end], c.at[start:end]} }

// span returns where the text stands, from its first byte to its last.
func (c chars) span(file string) ecosystems.Span {
	if len(c.at) == 0 {
		return ecosystems.Span{File: file}
	}
	return ecosystems.Span{File: file, Start: c.at[0], End: c.at[len(c.at)-1] + 1}
}

func (c chars) trim() chars {
	start := len(c.s) - len(strings.TrimLeftFunc(c.s, unicode.IsSpace))
	return c.slice(start, max(start, len(strings.TrimRightFunc(c.s, unicode.IsSpace))))
}

var blank = regexp.MustCompile(`[\t\v\f\r ]+`)

// fields splits at white space, as the arguments of FROM are.
func (c chars) fields() []chars {
	if c.s == "" {
		return nil
	}
	var out []chars
	start := 0
	for _, m := range blank.FindAllStringIndex(c.s, -1) {
		out = append(out, c.slice(start, m[0]))
		start = m[1]
	}
	return append(out, c.slice(start, len(c.s)))
}

// cut splits at the first sep.
func (c chars) cut(sep byte) (before, after chars, found bool) {
	i := strings.IndexByte(c.s, sep)
	if i < 0 {
		return c, chars{}, false
	}
	return c.slice(0, i), c.slice(i+1, len(c.s)), true
}

// A writer collects bytes that are kept while others fall away.
type writer struct {
	b  strings.Builder
	at []int
}

func (w *writer) keep(c chars, i int) {
	w.b.WriteByte(c.s[i])
	w.at = append(w.at, c.at[i])
}

func (w *writer) add(c chars) {
	w.b.WriteString(c.s)
	w.at = append(w.at, c.at...)
}

func (w *writer) take() chars {
	c := chars{w.b.String(), w.at}
	*w = writer{}
	return c
}
