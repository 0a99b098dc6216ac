package variables

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// MaxText limits an expanded word, in bytes. References have at most about 600.
const MaxText = 1024

// ErrTooLong is the error for a word that exceeds MaxText.
var ErrTooLong = fmt.Errorf("longer than %d bytes", MaxText)

// An expander replaces variables and removes quotes, as BuildKit's
// frontend/dockerfile/shell does, and keeps the position of each byte.
type expander struct {
	word   located.Text
	i      int
	escape byte
	file   string
	vars   *Global

	required imagepin.Text // the first ${X?…} that fails, because the build then fails too
}

// Expand returns a word with its variables replaced. src is the source of its literal parts.
func Expand(word located.Text, escape byte, file string, vars *Global, src *imagepin.Source) (imagepin.Text, error) {
	if len(word.S) > MaxText {
		return nil, ErrTooLong
	}
	e := expander{word: word, escape: escape, file: file, vars: vars}
	text, err := e.until(0, src)
	if err == nil && e.required != nil && text.Unknown() == "" { // the ${X?…} is in an unused default
		return e.required, nil
	}
	return text, err
}

func (e *expander) more() bool { return e.i < len(e.word.S) }

func (e *expander) literal(out imagepin.Text, src *imagepin.Source) imagepin.Text {
	// A character as a whole, because an escape before it covers all its bytes.
	_, size := utf8.DecodeRuneInString(e.word.S[e.i:])
	for range size {
		out = out.Append(imagepin.Piece{Text: e.word.S[e.i : e.i+1], From: src, File: e.file, Start: e.word.At(e.i)})
		e.i++
	}
	return out
}

// until reads to the byte stop inclusive; 0 means to the end of the word.
func (e *expander) until(stop byte, src *imagepin.Source) (imagepin.Text, error) {
	var out imagepin.Text
	for e.more() {
		var err error
		switch c := e.word.S[e.i]; {
		case stop != 0 && c == stop:
			e.i++
			return out, nil
		case c == '\'':
			out, err = e.single(out, src)
		case c == '"':
			out, err = e.double(out, src)
		case c == '$':
			out, err = e.dollar(out, src)
		case c == e.escape:
			if e.i++; e.more() {
				out = e.literal(out, src)
			}
		default:
			out = e.literal(out, src)
		}
		if err != nil {
			return nil, err
		}
		// Pieces may be empty, so their number has the limit too.
		if len(out) > MaxText || len(out.String()) > MaxText {
			return nil, ErrTooLong
		}
	}
	if stop != 0 {
		return nil, fmt.Errorf("%q has no end", "${")
	}
	return out, nil
}

func (e *expander) single(out imagepin.Text, src *imagepin.Source) (imagepin.Text, error) {
	for e.i++; e.more(); {
		if e.word.S[e.i] == '\'' {
			e.i++
			return out, nil
		}
		out = e.literal(out, src)
	}
	return nil, errors.New("a ' has no end")
}

func (e *expander) double(out imagepin.Text, src *imagepin.Source) (imagepin.Text, error) {
	for e.i++; e.more(); {
		var err error
		switch c := e.word.S[e.i]; {
		case c == '"':
			e.i++
			return out, nil
		case c == '$':
			if out, err = e.dollar(out, src); err != nil {
				return nil, err
			}
		case c == e.escape && e.i+1 == len(e.word.S): // nothing follows, so the quote has no end
			e.i++
		case c == e.escape && strings.IndexByte(`"$`+string(e.escape), e.word.S[e.i+1]) >= 0:
			e.i++
			out = e.literal(out, src)
		default:
			out = e.literal(out, src)
		}
	}
	return nil, errors.New(`a " has no end`)
}

// dollar reads a variable, which begins with "$".
func (e *expander) dollar(out imagepin.Text, src *imagepin.Source) (imagepin.Text, error) {
	start := e.i
	e.i++
	if !e.more() || e.word.S[e.i] != '{' {
		name := e.name()
		if name == "" {
			return out.Append(imagepin.Piece{Text: "$", From: src, File: e.file, Start: e.word.At(start)}), nil
		}
		return append(out, e.vars.use(name, src)...), nil
	}
	e.i++
	if !e.more() || strings.IndexByte("{}:", e.word.S[e.i]) >= 0 {
		return nil, errors.New("${ is not followed by a name")
	}
	name := e.name()
	value, err := e.modified(name, start, src)
	return append(out, value...), err
}

// name reads the name of a variable.
func (e *expander) name() string {
	start := e.i
	for e.more() {
		r, size := utf8.DecodeRuneInString(e.word.S[e.i:])
		first := e.i == start
		switch {
		case first && unicode.IsDigit(r):
			for e.more() && unicode.IsDigit(r) {
				e.i += size
				r, size = utf8.DecodeRuneInString(e.word.S[e.i:])
			}
			return e.word.S[start:e.i]
		case first && strings.ContainsRune("@*#?-$!0", r): // special parameters have one character
			e.i += size
			return e.word.S[start:e.i]
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_':
			return e.word.S[start:e.i]
		}
		e.i += size
	}
	return e.word.S[start:e.i]
}

// modified reads the rest of ${name…} and returns its value.
func (e *expander) modified(name string, start int, src *imagepin.Source) (imagepin.Text, error) {
	if !e.more() {
		return nil, errors.New("${ has no end")
	}
	op := e.word.S[e.i]
	e.i++
	orEmpty := op == ':'
	if orEmpty && e.more() {
		op = e.word.S[e.i]
		e.i++
	}
	switch {
	case op == '}' && !orEmpty:
		return e.vars.use(name, src), nil
	case op == '-' || op == '+' || op == '?':
		return e.conditional(name, op, orEmpty, src)
	case (op == '#' || op == '%' || op == '/') && !orEmpty:
		return e.pattern(name, op, start, src)
	}
	return nil, fmt.Errorf("${%s%c is not known to Docker", name, op)
}

// conditional reads ${X-word}, ${X+word} and ${X?word}. orEmpty says that an empty value counts as unset.
func (e *expander) conditional(name string, op byte, orEmpty bool, src *imagepin.Source) (imagepin.Text, error) {
	here := &imagepin.Source{Variable: name, Outer: src}
	word, err := e.until('}', here)
	if err != nil {
		return nil, err
	}
	value := e.vars.use(name, src)
	set := e.vars.isSet(name) && !(orEmpty && value.Unknown() == "" && value.String() == "")
	switch {
	case op == '-' && set, op == '?' && set:
		return value, nil
	case op == '?':
		failed := imagepin.Text{{From: here, Unknown: name + " has no default and must be set for the build"}}
		if e.required == nil {
			e.required = failed
		}
		return failed, nil
	case op == '+' && !set, len(word) == 0: // an empty piece records that the variable was used
		return imagepin.Text{{From: here}}, nil
	}
	return word, nil
}

// pattern reads ${X#p}, ${X%p} and ${X/p/r}. If the result is a part of the value, it keeps its position.
func (e *expander) pattern(name string, op byte, start int, src *imagepin.Source) (imagepin.Text, error) {
	// The operands are read only for their end: BuildKit's lexer evaluates the whole.
	if op == '/' {
		if e.more() && e.word.S[e.i] == '/' { // ${X//p/r} replaces all
			e.i++
		}
		if _, err := e.until('/', src); err != nil {
			return nil, err
		}
	}
	if _, err := e.until('}', src); err != nil {
		return nil, err
	}
	value := e.vars.use(name, src)
	raw := strings.ToValidUTF8(e.word.S[start:e.i], "?")
	result, _, err := shell.NewLex(rune(e.escape)).ProcessWord(raw, e.vars)
	if err != nil {
		return nil, errors.New("${" + name + "…} has a pattern that Docker does not know")
	}
	if value.Unknown() != "" {
		return value, nil
	}
	return part(value, result, op, &imagepin.Source{Variable: name, Outer: src}), nil
}

// part returns the result of a pattern, with its position if it is a part of the value.
func part(value imagepin.Text, result string, op byte, here *imagepin.Source) imagepin.Text {
	whole := value.String()
	var left imagepin.Text
	switch {
	case result == whole:
		left = value
	case result != "" && op == '#' && strings.HasSuffix(whole, result):
		left = value.Slice(len(whole)-len(result), len(whole))
	case result != "" && op == '%' && strings.HasPrefix(whole, result):
		left = value.Slice(0, len(result))
	default:
		return imagepin.Text{{Text: result, From: here}}
	}
	for _, p := range left {
		p.From.Cut = true // value is a graft, so no other use of the variable shares its sources
	}
	return left
}
