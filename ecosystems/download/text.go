package download

import (
	"regexp"
	"slices"
	"strings"

	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// A text is text of which each byte knows where it stands in the file: -1 for
// what a script makes out of other text.
type text struct {
	s    string
	at   []int
	from []*literal // whose values are part of it, in order
}

// A literal is a value that the author of a file has written beside a name.
type literal struct {
	name  string // "GOSU_VERSION"
	value text
	arg   bool // an ARG, which whoever builds may replace
}

func (t text) slice(start, end int) text { return text{t.s[start:end], t.at[start:end], t.from} }

func (t text) add(u text) text {
	from := t.from
	for _, l := range u.from {
		if !slices.Contains(from, l) {
			from = append(slices.Clip(from), l)
		}
	}
	return text{t.s + u.s, append(slices.Clip(t.at), u.at...), from}
}

// made is text that stands nowhere, and was made out of other text.
func made(s string, from []*literal) text {
	at := make([]int, len(s))
	for i := range at {
		at[i] = -1
	}
	return text{s, at, from}
}

// of returns a text as part of which a literal stands.
func (l *literal) text() text {
	return text{l.value.s, l.value.at, append(slices.Clip(l.value.from), l)}
}

// open is a part that is known only when the script runs.
func open() text { return made(source.Open, nil) }

// unset is the value of a variable that the file does not set.
func unset(name string) text { return made(source.Open, []*literal{{name: name}}) }

// run reports whether bytes [start, end) stand beside each other in the file, and where.
func (t text) run(start, end int) (at int, ok bool) {
	for i := start; i < end; i++ {
		if t.at[i] < 0 || i > start && t.at[i] != t.at[i-1]+1 {
			return 0, false
		}
	}
	return t.at[start], start < end
}

// longest returns the longest part of [start, end) whose bytes stand beside each other in the file.
func (t text) longest(start, end int) (from, to int) {
	from, to = start, start
	for i := start; i < end; {
		j := i + 1
		for j < end && t.at[i] >= 0 && t.at[j] == t.at[j-1]+1 {
			j++
		}
		if t.at[i] >= 0 && j-i > to-from {
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

	maxWord = 16 << 10 // bytes of a word that is looked at
)

// An expander replaces the variables in a text. It follows no data: where a
// script gives a variable several values, all of them count.
type expander struct {
	look   func(name string) []text // nil where nothing is known of the variable
	values map[string][]text        // those that were found already; of a variable that is just being looked at, none
	deep   int
}

// expand returns the values of a text, at most maxValues.
func (e expander) expand(t text) []text {
	if len(t.s) > maxWord || e.deep > maxDepth {
		return []text{open()}
	}
	values := []text{{from: t.from}}
	for i := 0; i < len(t.s); {
		parts, next := e.part(t, i)
		values = combine(values, parts)
		i = next
	}
	return values
}

func combine(heads, tails []text) []text {
	var out []text
	for _, h := range heads {
		for _, t := range tails {
			if len(out) < maxValues && len(h.s)+len(t.s) <= maxText {
				out = append(out, h.add(t))
			}
		}
	}
	return out
}

var (
	plainName = regexp.MustCompile(`^\$(?:env:)?([A-Za-z_][A-Za-z0-9_]*)`)
	braceName = regexp.MustCompile(`^\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)`)
	cmdName   = regexp.MustCompile(`^%([A-Za-z_][A-Za-z0-9_]*)%`)
)

// part returns the values of what begins at i, and where the next part begins.
func (e expander) part(t text, i int) ([]text, int) {
	rest := t.s[i:]
	switch c := rest[0]; {
	case c == '\\' && len(rest) > 1 && strings.IndexByte("$\"\\`'", rest[1]) >= 0:
		return []text{t.slice(i+1, i+2)}, i + 2
	case c == '"' || c == '\'':
		return []text{{}}, i + 1
	case c == '`':
		if end := strings.IndexByte(rest[1:], '`'); end >= 0 {
			return []text{open()}, i + end + 2
		}
	case c == '%':
		if m := cmdName.FindStringSubmatch(rest); m != nil {
			if values := e.value(m[1]); values != nil {
				return values, i + len(m[0])
			}
		}
	case strings.HasPrefix(rest, "$("):
		return []text{open()}, i + closing(rest, '(', ')')
	case strings.HasPrefix(rest, "${"):
		end := closing(rest, '{', '}')
		if m := braceName.FindStringSubmatch(rest); m != nil && end > len(m[0]) {
			return e.braces(t, i+len(m[0]), i+end-1, m[1]), i + end
		}
		return []text{open()}, i + end
	case c == '$':
		if m := plainName.FindStringSubmatch(rest); m != nil {
			if values := e.value(m[1]); values != nil {
				return values, i + len(m[0])
			}
			return []text{unset(m[1])}, i + len(m[0])
		}
	}
	end := 1 + strings.IndexAny(rest[1:], "\\\"'`%$")
	if end < 1 {
		end = len(rest)
	}
	return []text{t.slice(i, i+end)}, i + end
}

// closing returns the length of a part in brackets that begins at the first one; of all of it, where none closes.
func closing(s string, left, right byte) int {
	depth := 0
	for i := range min(len(s), maxWord) {
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

// within is the expander of a text in a text.
func (e expander) within() expander { return expander{e.look, e.values, e.deep + 1} }

// value returns the values of a variable with the variables in them replaced;
// nil where none is known. What refers to itself is not known.
func (e expander) value(name string) []text {
	if known, ok := e.values[name]; ok {
		return known
	}
	raw := e.look(name)
	if raw == nil || e.deep >= maxDepth {
		return nil
	}
	e.values[name] = []text{open()}
	var out []text
	for _, v := range raw[:min(len(raw), maxValues)] {
		for _, t := range e.within().expand(v) {
			if len(out) < maxValues {
				out = append(out, t)
			}
		}
	}
	e.values[name] = out
	return out
}

// braces reads what stands between the name and the end of ${NAME…} (POSIX
// shell, "Parameter Expansion", and bash's replacements).
func (e expander) braces(t text, start, end int, name string) []text {
	operator := t.s[start:end]
	values := e.value(name)
	if operator == "" {
		if values == nil {
			return []text{unset(name)}
		}
		return values
	}
	skip := 1
	if len(operator) > 1 && (operator[0] == ':' && strings.IndexByte("-+?=", operator[1]) >= 0 || operator[0] == operator[1] && strings.IndexByte("#%/^,", operator[0]) >= 0) {
		skip = 2
	}
	arg := t.slice(start+skip, end)
	switch operator[skip-1] {
	case '-', '=', '?':
		if values == nil && operator[skip-1] != '?' {
			return e.within().expand(arg)
		}
	case '+':
		if values != nil {
			return e.within().expand(arg)
		}
		return []text{{}}
	case '#', '%', '/':
		return changed(values, operator[:skip], arg.s)
	default:
		values = nil
	}
	if values == nil {
		return []text{open()}
	}
	return values
}

// changed applies ${X#p}, ${X%p} and ${X/p/r} to the values of X.
func changed(values []text, operator, arg string) (out []text) {
	if values == nil {
		return []text{open()}
	}
	pattern, with := arg, ""
	if operator[0] == '/' {
		pattern, with, _ = strings.Cut(arg, "/")
		if strings.ContainsAny(with, "$`") {
			return []text{open()}
		}
	}
	expr, err := glob(pattern)
	if err != nil || strings.ContainsAny(pattern, "$`") {
		return []text{open()}
	}
	for _, v := range values {
		switch operator[0] {
		case '#':
			out = append(out, v.slice(cutFront(v.s, expr, operator == "##"), len(v.s)))
		case '%':
			out = append(out, v.slice(0, cutBack(v.s, expr, operator == "%%")))
		default:
			out = append(out, replaced(v, regexp.MustCompile(expr), with, operator == "//"))
		}
	}
	return out
}

// glob returns a pattern of the shell as a regular expression.
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
			b.WriteString("[" + strings.Replace(class, "!", "^", 1) + "]")
			i += end + 1
		case '\\', '"', '\'':
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	_, err := regexp.Compile(b.String())
	return b.String(), err
}

func cutFront(s, expr string, longest bool) int {
	whole := regexp.MustCompile("^(?:" + expr + ")$")
	best := 0
	for n := 0; n <= len(s); n++ {
		if whole.MatchString(s[:n]) {
			if !longest {
				return n
			}
			best = n
		}
	}
	return best
}

func cutBack(s, expr string, longest bool) int {
	whole := regexp.MustCompile("^(?:" + expr + ")$")
	best := len(s)
	for n := len(s); n >= 0; n-- {
		if whole.MatchString(s[n:]) {
			if !longest {
				return n
			}
			best = n
		}
	}
	return best
}

func replaced(v text, expr *regexp.Regexp, with string, all bool) text {
	n := 1
	if all {
		n = -1
	}
	out := text{from: v.from}
	last := 0
	for _, m := range expr.FindAllStringIndex(v.s, n) {
		out = out.add(v.slice(last, m[0])).add(made(with, v.from))
		last = m[1]
	}
	return out.add(v.slice(last, len(v.s)))
}
