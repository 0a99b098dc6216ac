package requirements

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// A line is one logical line of a requirements file: physical lines joined at
// backslashes, without comment and surrounding space, as pip does it (pip
// documentation, "Requirements File Format"). It knows the position in the file
// of each byte of its text.
type line struct {
	text    string
	comment string
	parts   []segment // in order; never empty
}

// A segment is a part of a logical line that is contiguous in the file.
type segment struct{ text, file int } // the offsets of its beginning in the text and in the file

// at returns the offset in the file of byte i of the text.
func (l *line) at(i int) int {
	s := l.parts[0]
	for _, p := range l.parts {
		if p.text <= i {
			s = p
		}
	}
	return s.file + i - s.text
}

// span converts a range of the text to one of the file.
func (l *line) span(start, end int) (int, int) {
	if end <= start {
		return l.at(start), l.at(start)
	}
	return l.at(start), l.at(end-1) + 1
}

// bom is the byte order mark that some editors write; pip ignores it.
const bom = "\xef\xbb\xbf"

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

// logicalLines splits a file into logical lines, without empty lines and comments.
func logicalLines(data string) []*line {
	start := 0
	if strings.HasPrefix(data, bom) {
		start = len(bom)
	}
	var out []*line
	var open *joiner
	for start < len(data) {
		end, next := lineEnd(data, start)
		raw := data[start:end]
		comment := strings.HasPrefix(strings.TrimLeft(raw, " \t\v\f"), "#")
		if open == nil {
			open = &joiner{}
		}
		if strings.HasSuffix(raw, `\`) && !comment {
			open.add(strings.TrimRight(raw, `\`), start)
		} else {
			if comment {
				open.add(" ", start) // after a continued line, # begins a comment only with space before it
			}
			open.add(raw, start)
			out = open.finish(out)
			open = nil
		}
		start = next
	}
	if open != nil {
		out = open.finish(out)
	}
	return out
}

// lineEnd returns the end of the physical line and the start of the next. The
// line ends are those of Python's str.splitlines, which pip uses.
func lineEnd(data string, start int) (end, next int) {
	for i := start; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\r' && i+1 < len(data) && data[i+1] == '\n':
			return i, i + 2
		case c >= '\n' && c <= '\r' || c >= 0x1c && c <= 0x1e:
			return i, i + 1
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
func (j *joiner) finish(out []*line) []*line {
	l := &line{text: j.text.String(), parts: j.parts}
	end := commentAt(l.text)
	l.text, l.comment = l.text[:end], l.text[end:]
	left := len(l.text) - len(strings.TrimLeft(l.text, pep508.Space))
	l.text = strings.Trim(l.text, pep508.Space)
	for i := range l.parts {
		l.parts[i].text -= left
	}
	if l.text == "" {
		return out
	}
	return append(out, l)
}

// ignored reports whether the comment tells Freshpin to ignore the line.
func (l *line) ignored() bool {
	return ecosystems.Ignores(l.comment)
}
