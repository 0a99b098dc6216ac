package requirements

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A line is one logical line of a requirements file: physical lines joined by
// backslashes, without comment and surrounding space, as pip preprocesses them
// (pip documentation, "Requirements File Format"). It remembers where each byte
// of its text stands in the file.
type line struct {
	text    string
	comment string
	parts   []segment // in order; never empty
}

// A segment is a stretch of a logical line that lies in one piece in the file.
type segment struct{ text, file int } // where it begins in either

// at returns where byte i of the text stands in the file.
func (l *line) at(i int) int {
	s := l.parts[0]
	for _, p := range l.parts {
		if p.text <= i {
			s = p
		}
	}
	return s.file + i - s.text
}

// span returns the bytes of the file between two places of the text.
func (l *line) span(start, end int) (int, int) {
	if end <= start {
		return l.at(start), l.at(start)
	}
	return l.at(start), l.at(end-1) + 1
}

// bom begins files of some editors; pip takes it off.
const bom = "\xef\xbb\xbf"

// commentAt returns where the comment of a line begins, with the space before
// it: at the first # that follows space or nothing. Without one it is the end.
func commentAt(text string) int {
	for i := range len(text) {
		if text[i] == '#' && (i == 0 || strings.IndexByte(space, text[i-1]) >= 0) {
			return len(strings.TrimRight(text[:i], space))
		}
	}
	return len(text)
}

// logicalLines reads a file. Empty lines and mere comments are left out.
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
				open.add(" ", start) // so that the comment is seen as one
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

// lineEnd returns where the physical line ends and the next begins. The ends
// are those of Python's str.splitlines, which pip uses.
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

// A joiner puts a logical line together.
type joiner struct {
	text  strings.Builder
	parts []segment
}

func (j *joiner) add(text string, file int) {
	j.parts = append(j.parts, segment{j.text.Len(), file})
	j.text.WriteString(text)
}

// finish takes comment and space off and appends the line, if anything is left.
func (j *joiner) finish(out []*line) []*line {
	l := &line{text: j.text.String(), parts: j.parts}
	end := commentAt(l.text)
	l.text, l.comment = l.text[:end], l.text[end:]
	left := len(l.text) - len(strings.TrimLeft(l.text, space))
	l.text = strings.Trim(l.text, space)
	for i := range l.parts {
		l.parts[i].text -= left
	}
	if l.text == "" {
		return out
	}
	return append(out, l)
}

const space = " \t\v\f"

// ignored reports whether the comment tells this program to leave the line alone.
func (l *line) ignored() bool {
	return ecosystems.Ignores(l.comment)
}
