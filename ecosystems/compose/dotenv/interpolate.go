package dotenv

import (
	"errors"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// maxText limits an interpolated text, in bytes.
const maxText = 1 << 15

var errTooLong = fmt.Errorf("longer than %d bytes", maxText)

// Interpolate replaces variables as Compose does (compose-go, package
// template): $$, $X, ${X}, and ${X…} with the operators - :- + :+ ? :?, whose
// words are interpolated too. Literal text comes from src.
func (e *Environment) Interpolate(text imagepin.Text, src *imagepin.Source, depth int) (imagepin.Text, error) {
	s := text.String()
	if depth > 32 { // Interpolate and value call each other
		return nil, errors.New("variables are nested too deep")
	}
	var out imagepin.Text
	literal := func(start, end int) {
		for _, p := range text.Slice(start, end) {
			if p.Text != "" {
				p.From = src
				out = out.Append(p)
			}
		}
	}
	size := 0
	for i := 0; i < len(s); {
		dollar := strings.IndexByte(s[i:], '$')
		if dollar < 0 {
			literal(i, len(s))
			break
		}
		literal(i, i+dollar)
		i += dollar
		sub := substitution(s[i:])
		switch {
		case sub.length == 0:
			return nil, fmt.Errorf("%q is not a variable as Compose knows them", imagepin.Clip(s[i:]))
		case sub.name == "":
			literal(i+sub.length-1, i+sub.length) // "$$" is one "$"
		default:
			value, err := e.value(sub, text.Slice(i+sub.word, i+sub.end), src, depth)
			if err != nil {
				return nil, err
			}
			if size += len(value.String()); size > maxText || len(out) > maxText {
				return nil, errTooLong
			}
			out = append(out, value...)
		}
		i += sub.length
	}
	return out, nil
}

// A sub is a substitution, which begins with "$": a variable or, with an empty
// name, a literal byte, the last one of length.
type sub struct {
	length    int    // 0 if it is not valid
	name      string // "" for a literal
	op        string // "", "-", ":-", "+", ":+", "?", ":?"
	word, end int    // the offsets of the word after op
}

// substitution parses the substitution at the beginning of s.
func substitution(s string) sub {
	switch {
	case strings.HasPrefix(s, "$$"):
		return sub{length: 2}
	case strings.HasPrefix(s, "${"):
		return braced(s)
	}
	n := nameLength(s[1:])
	if n == 0 {
		return sub{length: 1}
	}
	return sub{length: 1 + n, name: s[1 : 1+n]}
}

func nameLength(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}

func braced(s string) sub {
	n := nameLength(s[2:])
	at := 2 + n
	if n == 0 || at >= len(s) {
		return sub{}
	}
	name := s[2:at]
	if s[at] == '}' {
		return sub{length: at + 1, name: name}
	}
	begin := at
	if s[at] == ':' {
		at++
	}
	if at >= len(s) || strings.IndexByte("-+?", s[at]) < 0 {
		return sub{}
	}
	at++
	end := closing(s)
	if end < at {
		return sub{}
	}
	return sub{length: end + 1, name: name, op: s[begin:at], word: at, end: end}
}

// closing returns the offset of the closing brace for "${" at the beginning of s:
// the matching one, or the last brace of the line if none matches.
func closing(s string) int {
	line, _, _ := strings.Cut(s, "\n")
	last := strings.LastIndexByte(line, '}')
	open := 0
	for i := 0; i <= last; i++ {
		switch line[i] {
		case '}':
			if open--; open == 0 {
				return i
			}
		case '{':
			open++
			i++ // like compose-go, skip the byte after an opening brace
		}
	}
	return last
}

// value returns the value of a substitution.
func (e *Environment) value(v sub, word imagepin.Text, src *imagepin.Source, depth int) (imagepin.Text, error) {
	value, set := e.use(v.name, src)
	empty := strings.HasPrefix(v.op, ":") && value.Unknown() == "" && value.String() == ""
	use := set && !empty
	here := &imagepin.Source{Variable: v.name, Outer: src}
	switch {
	case v.op == "":
		return value, nil
	case strings.HasSuffix(v.op, "-") && !use, strings.HasSuffix(v.op, "+") && use:
		text, err := e.Interpolate(word, here, depth+1)
		if err == nil && len(text) == 0 { // an empty piece records that the variable was used
			text = imagepin.Text{{From: here}}
		}
		return text, err
	case strings.HasSuffix(v.op, "+"):
		return imagepin.Text{{From: here}}, nil
	case strings.HasSuffix(v.op, "?") && !use:
		return imagepin.Text{{From: here, Unknown: v.name + " must be set when the project is started, so its value is unknown here"}}, nil
	}
	return value, nil
}
