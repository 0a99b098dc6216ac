// Package lines reads requirements files as pip does: logical lines with their places,
// and the options on them.
package lines

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// A Line is one logical line of a requirements file: physical lines joined at
// backslashes, without comment and surrounding space, as pip does it (pip
// documentation, "Requirements File Format"). It knows the position in the file
// of each byte of its text.
type Line struct {
	Text    string
	comment string
	parts   []segment // in order; never empty
}

// A segment is a part of a logical line that is contiguous in the file.
type segment struct{ text, file int } // the offsets of its beginning in the text and in the file

// One returns a text without line ends as a line; it begins at an offset of the file.
func One(text string, at int) *Line {
	return &Line{Text: text, parts: []segment{{0, at}}}
}

// At returns the offset in the file of byte i of the text.
func (l *Line) At(i int) int {
	s := l.parts[0]
	for _, p := range l.parts {
		if p.text <= i {
			s = p
		}
	}
	return s.file + i - s.text
}

// Span converts a range of the text to one of the file.
func (l *Line) Span(start, end int) (int, int) {
	if end <= start {
		return l.At(start), l.At(start)
	}
	return l.At(start), l.At(end-1) + 1
}

// BOM is the byte order mark that some editors write; pip ignores it.
const BOM = "\xef\xbb\xbf"

// commentAt returns the offset of a line's comment and the space before it. A
// comment begins at the first # at the start or after space. Without one, the
// result is the length of the text.
func commentAt(text string) int {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || strings.IndexByte(pep508.Space, text[i-1]) >= 0) {
			return len(strings.TrimRight(text[:i], pep508.Space))
		}
	}
	return len(text)
}

// Logical splits a file into logical lines, without empty lines and comments.
func Logical(data string) []*Line {
	start := 0
	if strings.HasPrefix(data, BOM) {
		start = len(BOM)
	}
	var out []*Line
	open := &joiner{}
	for start < len(data) {
		end, next := End(data, start)
		raw := data[start:end]
		comment := strings.HasPrefix(strings.TrimLeft(raw, " \t\v\f"), "#")
		if strings.HasSuffix(raw, `\`) && !comment { // a comment ends at its line, whatever its last character
			open.add(strings.TrimRight(raw, `\`), start)
			start = next
			continue
		}
		if comment {
			open.add(" ", start) // after a continued line, # begins a comment only with space before it
		}
		open.add(raw, start)
		out = open.finish(out)
		open = &joiner{}
		start = next
	}
	return open.finish(out) // a backslash may end the file
}

// End returns the end of the physical line and the start of the next. The
// line ends are those of Python's str.splitlines, which pip uses.
func End(data string, start int) (end, next int) {
	for i := start; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return i, i + 2
		case c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e:
			return i, i + 1
		// In UTF-8: next line, line separator and paragraph separator.
		case c == 0xc2 && strings.HasPrefix(data[i:], "\u0085"):
			return i, i + 2
		case c == 0xe2 && (strings.HasPrefix(data[i:], "\u2028") || strings.HasPrefix(data[i:], "\u2029")):
			return i, i + 3
		}
	}
	return len(data), len(data)
}

// A joiner joins physical lines to a logical line.
type joiner struct {
	text  strings.Builder
	parts []segment
}

func (j *joiner) add(text string, file int) {
	j.parts = append(j.parts, segment{j.text.Len(), file})
	j.text.WriteString(text)
}

// finish removes the comment and space, and appends the line to out unless it is empty.
func (j *joiner) finish(out []*Line) []*Line {
	l := &Line{Text: j.text.String(), parts: j.parts}
	end := commentAt(l.Text)
	l.Text, l.comment = l.Text[:end], l.Text[end:]
	left := len(l.Text) - len(strings.TrimLeft(l.Text, pep508.Space))
	l.Text = strings.Trim(l.Text, pep508.Space)
	for i := range l.parts {
		l.parts[i].text -= left // may become negative: At takes the last part that begins before a byte
	}
	if l.Text == "" {
		return out
	}
	return append(out, l)
}

// Ignored reports whether the comment tells Freshpin to ignore the line.
func (l *Line) Ignored() bool {
	return ecosystems.Ignores(l.comment)
}
