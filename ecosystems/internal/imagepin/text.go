// Package imagepin reads the pin of an image from a reference that may be put
// together from pieces: literal text, defaults of variables, values of other
// files. It also writes the edit.
//
// How a file format writes variables is not its business: the Dockerfile and
// Compose readers expand them and say where each piece stands.
package imagepin

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Source is one literal of a file that supplies text: the reference itself,
// or the default of a variable that is used in it.
type Source struct {
	Variable string  // whose default it is: "PY"; "" for the reference itself
	Outer    *Source // the literal in which the variable is used; nil for the reference itself
	Cut      bool    // only a part of the default arrives, as in ${PY#v}

	Elsewhere string // where else the value goes, as a sentence; "" for nowhere
}

// within reports whether s is outer, or stands in it.
func (s *Source) within(outer *Source) bool {
	for ; s != nil; s = s.Outer {
		if s == outer {
			return true
		}
	}
	return false
}

// A Piece is a stretch of text that stands somewhere byte for byte.
type Piece struct {
	Text    string
	From    *Source
	File    string // where Text stands; "" where it stands nowhere, because something rewrote it
	Start   int    // of its first byte
	Unknown string // why the variable has no value, as a sentence; "" if it has one. Text is empty then
}

// A Text is a string with the place of each of its bytes. An empty piece in it
// tells that a variable with an empty value stands there.
type Text []Piece

// String returns the whole text, unknown values left out.
func (t Text) String() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Unknown returns why the text is not known, "" if it is.
func (t Text) Unknown() string {
	for _, p := range t {
		if p.Unknown != "" {
			return p.Unknown
		}
	}
	return ""
}

// Append adds a piece, joining it to the last one where it continues it.
func (t Text) Append(p Piece) Text {
	if n := len(t); n > 0 && p.Text != "" && p.Unknown == "" {
		last := &t[n-1]
		if last.Text != "" && last.Unknown == "" && last.From == p.From && last.File == p.File && p.File != "" && last.Start+len(last.Text) == p.Start {
			last.Text += p.Text
			return t
		}
	}
	return append(t, p)
}

// Slice returns what makes up the bytes [start, end), with the empty pieces inside and at both ends.
func (t Text) Slice(start, end int) Text {
	var out Text
	at := 0
	for _, p := range t {
		from, to := max(start, at), min(end, at+len(p.Text))
		if from < to || p.Text == "" && at >= start && at <= end {
			q := p
			if p.Text != "" {
				q.Text, q.Start = p.Text[from-at:to-at], p.Start+from-at
			}
			out = append(out, q)
		}
		at += len(p.Text)
	}
	return out
}

// Graft returns the text as the value of a variable that is used in another literal.
func (t Text) Graft(under *Source) Text {
	moved := map[*Source]*Source{nil: under}
	var move func(*Source) *Source
	move = func(s *Source) *Source {
		if to, ok := moved[s]; ok {
			return to
		}
		to := *s
		to.Outer = move(s.Outer)
		moved[s] = &to
		return &to
	}
	out := make(Text, 0, len(t))
	for _, p := range t {
		p.From = move(p.From)
		out = append(out, p)
	}
	return out
}

// span returns where the text stands, if it is one piece.
func (t Text) span() (ecosystems.Span, bool) {
	if len(t) != 1 || t[0].File == "" {
		return ecosystems.Span{}, false
	}
	return ecosystems.Span{File: t[0].File, Start: t[0].Start, End: t[0].Start + len(t[0].Text)}, true
}

// onePath reports whether no literal that takes part uses more than one variable.
func (t Text) onePath() bool {
	var deepest *Source
	for _, p := range t {
		switch {
		case p.From.within(deepest) || deepest == nil:
			deepest = p.From
		case !deepest.within(p.From):
			return false
		}
	}
	return true
}

// variables names the variables that take part, in order.
func (t Text) variables() []string {
	var names []string
	seen := map[string]bool{"": true}
	for _, p := range t {
		if !seen[p.From.Variable] {
			seen[p.From.Variable] = true
			names = append(names, p.From.Variable)
		}
	}
	return names
}

// rewritten reports whether a piece stands nowhere because something made it anew.
func (t Text) rewritten() bool {
	for _, p := range t {
		if p.File == "" && p.Text != "" {
			return true
		}
	}
	return false
}

// dollar names the variable whose value has a "$" that stands for itself; "" for none.
func (t Text) dollar() string {
	for _, p := range t {
		if p.From != nil && p.From.Variable != "" && strings.Contains(p.Text, "$") {
			return p.From.Variable
		}
	}
	return ""
}
