// Package shelltext is text with the position in a file of each byte, and expands
// shell variables in it.
//
// It does not follow data: if a script sets a variable several times, all values
// count.
package shelltext

import (
	"regexp"
	"slices"
	"strings"

	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Text is text with the position in the file of each byte: -1 for a byte that a
// script derives from other text.
type Text struct {
	S    string
	At   []int
	From []*Literal // the literals with parts of it, in order
}

// A Literal is a literal value with its name in a file.
type Literal struct {
	Name  string // "GOSU_VERSION"
	Value Text
	Arg   bool // an ARG, which a build can override
}

// Slice returns the bytes [start, end) of a text.
func (t Text) Slice(start, end int) Text { return Text{t.S[start:end], t.At[start:end], t.From} }

// Add returns a text followed by another.
func (t Text) Add(u Text) Text {
	from := t.From
	for _, l := range u.From {
		if !slices.Contains(from, l) {
			from = append(slices.Clip(from), l)
		}
	}
	return Text{t.S + u.S, append(slices.Clip(t.At), u.At...), from}
}

// Unplaced returns a text without a position that is derived from literals.
func Unplaced(s string, from []*Literal) Text {
	at := make([]int, len(s))
	for i := range at {
		at[i] = -1
	}
	return Text{s, at, from}
}

// Placed returns a text that begins at an offset of the file.
func Placed(s string, offset int) Text {
	at := make([]int, len(s))
	for i := range at {
		at[i] = offset + i
	}
	return Text{S: s, At: at}
}

// Text returns the value of a literal as a Text.
func (l *Literal) Text() Text {
	return Text{l.Value.S, l.Value.At, append(slices.Clip(l.Value.From), l)}
}

// open returns a part that is known only at run time.
func open() Text { return Unplaced(source.Open, nil) }

// unset returns the value of a variable that the file does not set.
func unset(name string) Text { return Unplaced(source.Open, []*Literal{{Name: name}}) }

// Contiguous returns the offset in the file of bytes [start, end); ok is false if they are not contiguous.
func (t Text) Contiguous(start, end int) (at int, ok bool) {
	for i := start; i < end; i++ {
		if t.At[i] < 0 || i > start && t.At[i] != t.At[i-1]+1 {
			return 0, false
		}
	}
	return t.At[start], start < end
}

// Longest returns the longest part of [start, end) that is contiguous in the file.
func (t Text) Longest(start, end int) (from, to int) {
	from, to = start, start
	for i := start; i < end; {
		j := i + 1
		for j < end && t.At[i] >= 0 && t.At[j] == t.At[j-1]+1 {
			j++
		}
		if t.At[i] >= 0 && j-i > to-from {
			from, to = i, j
		}
		i = j
	}
	return from, to
}

// The limits of an expansion.
const (
	maxValues = 32   // values of one word: a script may choose between several
	maxText   = 4096 // bytes of one value
	maxDepth  = 8    // of variables in the values of variables

	MaxWord = 16 << 10 // bytes of a word; longer ones are not read
)

// A Scope has the values of variables by name, as the file writes them. A script may
// set a variable several times.
type Scope map[string][]Text

// An Expander expands the variables in texts. If a variable has several values, it
// uses all of them.
type Expander struct {
	scope Scope
	known map[string][]Text // the expanded values; unknown text for a variable that is being expanded
	deep  int
}

// NewExpander returns an expander for the variables of a scope.
func NewExpander(scope Scope) Expander { return Expander{scope: scope, known: map[string][]Text{}} }

// Expand returns the values of a text, at most maxValues.
func (e Expander) Expand(t Text) []Text {
	if len(t.S) > MaxWord || e.deep > maxDepth {
		return []Text{open()}
	}
	values := []Text{{From: t.From}}
	for i := 0; i < len(t.S); {
		parts, next := e.part(t, i)
		values = combine(values, parts)
		i = next
	}
	return values
}

func combine(heads, tails []Text) []Text {
	var out []Text
	for _, h := range heads {
		for _, t := range tails {
			if len(out) < maxValues && len(h.S)+len(t.S) <= maxText {
				out = append(out, h.Add(t))
			}
		}
	}
	return out
}

var (
	plainName = lazyregexp.New(`^\$(?:env:)?([A-Za-z_][A-Za-z0-9_]*)`)
	braceName = lazyregexp.New(`^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)`)
	cmdName   = lazyregexp.New(`^%([A-Za-z_][A-Za-z0-9_]*)%`)
)

// part returns the values of the part at i, and the offset of the next part.
func (e Expander) part(t Text, i int) ([]Text, int) {
	rest := t.S[i:]
	switch c := rest[0]; {
	case c == '\\' && len(rest) > 1 && strings.IndexByte("$\"\\`'", rest[1]) >= 0:
		return []Text{t.Slice(i+1, i+2)}, i + 2
	case c == '"' || c == '\'': // addresses have no quotes, so which of them match does not count
		return []Text{{}}, i + 1
	case c == '`':
		if end := strings.IndexByte(rest[1:], '`'); end >= 0 {
			return []Text{open()}, i + end + 2
		}
	case c == '%':
		if m := cmdName.FindStringSubmatch(rest); m != nil {
			// Without a value it may be an escape of an address: %20b%20.
			if values := e.value(m[1]); values != nil {
				return values, i + len(m[0])
			}
		}
	case strings.HasPrefix(rest, "$("):
		return []Text{open()}, i + Closing(rest, '(', ')')
	case strings.HasPrefix(rest, "${"):
		end := Closing(rest, '{', '}')
		if m := braceName.FindStringSubmatch(rest); m != nil && end > len(m[0]) {
			return e.braces(t, i+len(m[0]), i+end-1, m[1]), i + end
		}
		return []Text{open()}, i + end
	case c == '$':
		if m := plainName.FindStringSubmatch(rest); m != nil {
			if values := e.value(m[1]); values != nil {
				return values, i + len(m[0])
			}
			return []Text{unset(m[1])}, i + len(m[0])
		}
	}
	end := 1 + strings.IndexAny(rest[1:], "\\\"'`%$")
	if end < 1 { // nothing special follows
		end = len(rest)
	}
	return []Text{t.Slice(i, i+end)}, i + end
}

// Closing returns the length of the part in brackets at the beginning of s; the length of s if it has no end.
func Closing(s string, left, right byte) int {
	depth := 0
	for i := range min(len(s), MaxWord) { // callers ask again at each bracket
		switch s[i] {
		case left:
			depth++
		case right:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// within returns the expander for a nested text.
func (e Expander) within() Expander { return Expander{e.scope, e.known, e.deep + 1} }

// value returns the expanded values of a variable; nil if it is unknown or refers to
// itself.
func (e Expander) value(name string) []Text {
	if known, ok := e.known[name]; ok {
		return known
	}
	raw := e.scope[name]
	if raw == nil || e.deep >= maxDepth {
		return nil
	}
	e.known[name] = []Text{open()} // ends a variable that refers to itself
	var out []Text
	for _, v := range raw[:min(len(raw), maxValues)] {
		for _, t := range e.within().Expand(v) {
			if len(out) < maxValues {
				out = append(out, t)
			}
		}
	}
	e.known[name] = out
	return out
}

// braces expands ${NAME…} with an operator (POSIX shell, "Parameter Expansion", and
// bash's replacements).
func (e Expander) braces(t Text, start, end int, name string) []Text {
	operator := t.S[start:end]
	values := e.value(name)
	if operator == "" {
		if values == nil {
			return []Text{unset(name)}
		}
		return values
	}
	skip := 1
	if len(operator) > 1 && (operator[0] == ':' && strings.IndexByte("-+?=", operator[1]) >= 0 || operator[0] == operator[1] && strings.IndexByte("#%/^,", operator[0]) >= 0) {
		skip = 2
	}
	arg := t.Slice(start+skip, end)
	switch operator[skip-1] {
	case '-', '=', '?':
		if values == nil && operator[skip-1] != '?' {
			return e.within().Expand(arg)
		}
	case '+':
		if values != nil {
			return e.within().Expand(arg)
		}
		return []Text{{}}
	case '#', '%', '/':
		return changed(values, operator[:skip], arg.S)
	default:
		values = nil
	}
	if values == nil {
		return []Text{open()}
	}
	return values
}

// changed applies ${X#p}, ${X%p} and ${X/p/r} to the values of X.
func changed(values []Text, operator, arg string) (out []Text) {
	if values == nil {
		return []Text{open()}
	}
	pattern, with := arg, ""
	if operator[0] == '/' {
		pattern, with, _ = strings.Cut(arg, "/")
		if strings.ContainsAny(with, "$`") { // nested replacements are not evaluated
			return []Text{open()}
		}
	}
	expr, err := glob(pattern)
	if err != nil || strings.ContainsAny(pattern, "$`") {
		return []Text{open()}
	}
	longest := len(operator) > 1 // "##" and "%%"
	for _, v := range values {
		length := len(v.S)
		switch operator[0] {
		case '#':
			out = append(out, v.Slice(cut(expr, longest, length, func(n int) string { return v.S[:n] }), length))
		case '%':
			out = append(out, v.Slice(0, length-cut(expr, longest, length, func(n int) string { return v.S[length-n:] })))
		default:
			out = append(out, replaced(v, regexp.MustCompile(expr), with, operator == "//"))
		}
	}
	return out
}

// glob converts a shell pattern to a regular expression.
func glob(pattern string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		case '[':
			end := strings.IndexByte(pattern[i+1:], ']')
			if end < 0 {
				b.WriteString(`\[`)
				continue
			}
			class := pattern[i+1 : i+1+end]
			b.WriteString("[" + strings.Replace(class, "!", "^", 1) + "]") // a shell negates with "!"
			i += end + 1
		case '\\', '"', '\'':
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	_, err := regexp.Compile(b.String())
	return b.String(), err
}

// cut returns how many bytes a pattern matches: the fewest or the most n for which
// it matches part(n).
func cut(expr string, longest bool, length int, part func(n int) string) int {
	whole := regexp.MustCompile("^(?:" + expr + ")$")
	best := 0
	for n := 0; n <= length; n++ {
		if whole.MatchString(part(n)) {
			if !longest {
				return n
			}
			best = n
		}
	}
	return best
}

func replaced(v Text, expr *regexp.Regexp, with string, all bool) Text {
	n := 1
	if all {
		n = -1
	}
	out := Text{From: v.From}
	last := 0
	for _, m := range expr.FindAllStringIndex(v.S, n) {
		out = out.Add(v.Slice(last, m[0])).Add(Unplaced(with, v.From))
		last = m[1]
	}
	return out.Add(v.Slice(last, len(v.S)))
}
