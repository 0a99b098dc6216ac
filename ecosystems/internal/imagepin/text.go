// Package imagepin reads and edits the pin of an image in a reference that may
// consist of pieces: literal text, defaults of variables, values of other files.
//
// It does not know the variables of file formats: the readers of Dockerfiles and
// compose files expand them and give the position of each piece.
package imagepin

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A Source is one literal of a file that supplies text: the reference itself,
// or the default of a variable that is used in it.
type Source struct {
	Variable string  // the variable that it is the default of: "PY"; "" for the reference itself
	Outer    *Source // the literal that uses the variable; nil for the reference itself
	Cut      bool    // only a part of the default is used, as in ${PY#v}

	Elsewhere string // other uses of the value, as a sentence; "" for none
}

// within reports whether s is outer, or is used in it.
func (s *Source) within(outer *Source) bool {
	for ; s != nil; s = s.Outer {
		if s == outer {
			return true
		}
	}
	return false
}

// A Piece is a part of a text that is contiguous in a file.
type Piece struct {
	Text    string
	From    *Source
	File    string // the file with Text; "" if no file has this text, because it was changed
	Start   int    // the offset of its first byte
	Unknown string // why the variable has no value, as a sentence, with an empty Text; "" if it has one
}

// A Text is a string with the position of each byte. An empty piece is a variable
// with an empty value.
type Text []Piece

// String returns the whole text without unknown values.
func (t Text) String() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Unknown returns why the text is unknown, "" if it is known.
func (t Text) Unknown() string {
	for _, p := range t {
		if p.Unknown != "" {
			return p.Unknown
		}
	}
	return ""
}

// Append adds a piece. It joins the last piece and p if they are contiguous in a file.
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

// Slice returns the bytes [start, end), with the empty pieces inside and at both ends.
func (t Text) Slice(start, end int) Text {
	var out Text
	at := 0
	for _, p := range t {
		from, to := max(start, at), min(end, at+len(p.Text))
		if from < to || p.Text == "" && at >= start && at <= end { // an empty piece says that a variable takes part
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

// Graft returns the text as the value of a variable that another literal uses.
func (t Text) Graft(under *Source) Text {
	// Each source is copied once, because pieces are compared by their source.
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

// span returns the position of the text if it is one piece.
func (t Text) span() (ecosystems.Span, bool) {
	if len(t) != 1 || t[0].File == "" {
		return ecosystems.Span{}, false
	}
	return ecosystems.Span{File: t[0].File, Start: t[0].Start, End: t[0].Start + len(t[0].Text)}, true
}

// onePath reports whether each literal of the text uses at most one variable.
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

// variables returns the names of the text's variables, in order.
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

// rewritten reports whether no file has one of the pieces, because it was changed.
func (t Text) rewritten() bool {
	return slices.ContainsFunc(t, func(p Piece) bool { return p.File == "" && p.Text != "" })
}

// dollar returns the name of the variable whose value has a literal "$"; "" for none.
func (t Text) dollar() string {
	for _, p := range t {
		if p.From != nil && p.From.Variable != "" && strings.Contains(p.Text, "$") {
			return p.From.Variable
		}
	}
	return ""
}
