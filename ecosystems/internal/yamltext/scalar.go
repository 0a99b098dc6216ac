package yamltext

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// lines holds the offset of each line of a YAML text. The parser implements YAML
// 1.1, in which CR, NEL, LS and PS also end lines.
type lines struct {
	starts           []int
	size             int // of the text
	line, column, at int // the last requested position, where the next search begins
}

func newLines(src string) *lines {
	i := len(src) - len(strings.TrimPrefix(src, byteOrderMark))
	out := &lines{starts: []int{i}, size: len(src)}
	for i < len(src) {
		n := lineBreak(src[i:])
		if n == 0 {
			i++
			continue
		}
		i += n
		out.starts = append(out.starts, i)
	}
	return out
}

// lineBreak returns the length of the line break that s begins with, 0 for none.
func lineBreak(s string) int {
	for _, b := range []string{"\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"} {
		if strings.HasPrefix(s, b) {
			return len(b)
		}
	}
	return 0
}

// end returns the offset of a line's end after its break; lines are counted from 0.
func (l *lines) end(n int) int {
	if n+1 < len(l.starts) {
		return l.starts[n+1]
	}
	return l.size
}

// offset returns the byte offset of a line and column, both counted from 1, the
// column in characters; -1 if src has no such line.
func (l *lines) offset(src string, line, column int) int {
	if line < 1 || line > len(l.starts) {
		return -1
	}
	// Scalars of one line are asked for in order, so a long line is read once.
	if line != l.line || column < l.column {
		l.line, l.column, l.at = line, 1, l.starts[line-1]
	}
	for ; l.column < column && l.at < len(src); l.column++ {
		_, size := utf8.DecodeRuneInString(src[l.at:])
		l.at += size
	}
	return l.at
}

// A Scalar is the text of a YAML scalar with the position of each byte.
type Scalar struct {
	Text       imagepin.Text // the source of its literals is nil
	Start, End int           // offsets in the file, with quotes, without markers such as &a
	OK         bool          // false if the text was not found in the file, for example because it is folded
	Filled     bool          // it contains a placeholder of a template
}

// Scalar finds the text of a node in the file. It compares the result with the
// value of the YAML parser, so it never returns a wrong position.
func (f *File) Scalar(n *yaml.Node) Scalar {
	start := f.lines.offset(f.Src, n.Line, n.Column)
	if start < 0 || n.Kind != yaml.ScalarNode || len(n.Value) > maxText {
		return Scalar{}
	}
	start = content(f.yaml, start)
	s := decoder{src: f.yaml, file: f.Path, at: start}
	s.read(n.Value)
	s.fit(n.Value)
	return Scalar{
		Text: s.text, Start: start, End: s.at, OK: s.text.String() == n.Value,
		Filled: start <= s.at && f.Src[start:s.at] != f.yaml[start:s.at],
	}
}

// Span returns the position of the whole text of a scalar; false if the file does
// not have it letter for letter, or if it is empty.
func (s Scalar) Span() (ecosystems.Span, bool) {
	if !s.OK || s.Filled || len(s.Text) != 1 || s.Text[0].File == "" {
		return ecosystems.Span{}, false
	}
	p := s.Text[0]
	return ecosystems.Span{File: p.File, Start: p.Start, End: p.Start + len(p.Text)}, true
}

// SpanOf returns the position of a part of a scalar's text, from its first byte to
// its last; that of the whole scalar if an end of it has no position.
func (f *File) SpanOf(part imagepin.Text, s Scalar) ecosystems.Span {
	at := ecosystems.Span{File: f.Path, Start: s.Start, End: s.End}
	if n := len(part); n > 0 && part[0].File != "" && part[n-1].File != "" {
		at.Start, at.End = part[0].Start, part[n-1].Start+len(part[n-1].Text)
	}
	return at
}

// Trimmed removes the white space around a text: a block scalar ends with a line break.
func Trimmed(t imagepin.Text) imagepin.Text {
	s := t.String()
	start := len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	return t.Slice(start, max(start, len(strings.TrimRight(s, " \t\r\n"))))
}

// BrokenAt returns the dependency for the rest of the line at an offset, which
// cannot be read as an image.
func (f *File) BrokenAt(at int, code, why string) ecosystems.Dependency {
	line, span := f.Line(at)
	if code != ecosystems.Limit && imagepin.IsTemplate(line) {
		code, why = ecosystems.Variable, "a template fills it in: the image is not known here"
	}
	d := imagepin.Trouble(imagepin.Clip(line), span, ecosystems.Reason{Code: code, Text: why})
	d.Ignored = f.Ignored(at)
	return d
}

// Offset returns the offset of a node, including its anchor and tag.
func (f *File) Offset(n *yaml.Node) int { return max(f.lines.offset(f.Src, n.Line, n.Column), 0) }

// Line returns the rest of the line after an offset and its position.
func (f *File) Line(at int) (string, ecosystems.Span) {
	line := strings.TrimRight(f.Src[at:at+plainEnd(f.Src[at:])], " \t")
	return line, ecosystems.Span{File: f.Path, Start: at, End: at + len(line)}
}

// content returns the offset after the anchors and tags before a node.
func content(src string, i int) int {
	for i < len(src) && (src[i] == '&' || src[i] == '!') { // in any order
		for i < len(src) && !strings.ContainsRune(" \t\r\n", rune(src[i])) {
			i++
		}
		for i < len(src) && strings.ContainsRune(" \t\r\n#", rune(src[i])) {
			if src[i] == '#' {
				i = lineEnd(src, i)
				continue
			}
			i++
		}
	}
	return i
}

// A decoder decodes one scalar.
type decoder struct {
	src  string
	file string
	at   int
	text imagepin.Text
}

func (d *decoder) literal(start, end int) {
	if start == end {
		return
	}
	d.text = d.text.Append(imagepin.Piece{Text: d.src[start:end], File: d.file, Start: start})
}

// made adds the text of an escape, which has no position.
func (d *decoder) made(text string) {
	d.text = append(d.text, imagepin.Piece{Text: text})
}

func (d *decoder) read(value string) {
	if d.at >= len(d.src) {
		return
	}
	switch d.src[d.at] {
	case '\'':
		d.single()
	case '"':
		d.double()
	case '|', '>':
		d.block()
	default: // the length of a plain scalar is that of the parsed value
		end := min(d.at+len(value), len(d.src))
		d.literal(d.at, end)
		d.at = end
	}
}

// plainEnd returns the length of the line that s begins with.
func plainEnd(s string) int {
	s = s[:min(len(s), maxLine)]
	for i := range s {
		if lineBreak(s[i:]) > 0 {
			return i
		}
	}
	return len(s)
}

// fit truncates the text to the parsed value: a plain scalar ends before a comment
// or a bracket, and block scalars may lose their last line breaks.
func (d *decoder) fit(value string) {
	if text := d.text.String(); len(text) > len(value) && strings.HasPrefix(text, value) {
		d.at -= len(text) - len(value)
		d.text = d.text.Slice(0, len(value))
	}
}

func (d *decoder) single() {
	d.at++
	from := d.at
	for ; d.at < len(d.src); d.at++ {
		if d.src[d.at] != '\'' {
			continue
		}
		if !strings.HasPrefix(d.src[d.at:], "''") {
			d.literal(from, d.at)
			d.at++
			return
		}
		d.literal(from, d.at)
		d.at++
		from = d.at
	}
	d.literal(from, d.at)
}

func (d *decoder) double() {
	d.at++
	from := d.at
	for d.at < len(d.src) {
		switch d.src[d.at] {
		case '"':
			d.literal(from, d.at)
			d.at++
			return
		case '\\':
			d.literal(from, d.at)
			d.escape()
			from = d.at
		default:
			d.at++
		}
	}
	d.literal(from, d.at)
}

// escapes are the one-letter escapes of YAML, section 5.7.
var escapes = strings.NewReplacer(`\0`, "\x00", `\a`, "\a", `\b`, "\b", `\t`, "\t", `\n`, "\n", `\v`, "\v", `\f`, "\f",
	`\r`, "\r", `\e`, "\x1b", `\"`, `"`, `\/`, "/", `\\`, `\`, `\N`, "\u0085", `\_`, "\u00a0", `\L`, "\u2028", `\P`, "\u2029")

func (d *decoder) escape() {
	if d.at+1 >= len(d.src) {
		d.at++
		return
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[d.src[d.at+1]]
	end := min(d.at+2+digits, len(d.src))
	// Without enough digits it is no escape, and Scalar rejects the result.
	if code, err := strconv.ParseUint(d.src[d.at+2:end], 16, 32); digits > 0 && err == nil {
		d.made(string(rune(code)))
	} else {
		d.made(escapes.Replace(d.src[d.at:end]))
	}
	d.at = end
}

// block decodes a literal block (|). A folded block (>) of one line gives the same
// text; one of several lines differs from the parsed value, so Scalar rejects it.
func (d *decoder) block() {
	d.at = min(lineEnd(d.src, d.at)+1, len(d.src))
	indent := -1
	for d.at < len(d.src) {
		end := lineEnd(d.src, d.at)
		line := strings.TrimSuffix(d.src[d.at:end], "\r")
		spaces := len(line) - len(strings.TrimLeft(line, " "))
		if spaces < len(line) && indent < 0 {
			indent = spaces
		}
		if spaces < len(line) && spaces < indent {
			break
		}
		if skip := max(indent, 0); skip < len(line) {
			d.literal(d.at+skip, d.at+len(line))
		}
		if end < len(d.src) {
			d.literal(end, end+1)
		}
		d.at = min(end+1, len(d.src))
	}
}

// lineEnd returns the end of the line at i, before its "\n".
func lineEnd(s string, i int) int {
	if n := strings.IndexByte(s[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s)
}
