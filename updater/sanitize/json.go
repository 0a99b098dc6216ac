package sanitize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes a value as an indented document. It writes everything that a terminal
// or a CI system would obey as JSON escapes, so that programs read the same value.
func JSON(w io.Writer, v any) error {
	lines := &indenter{w: w}
	e := json.NewEncoder(lines)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	return lines.flush()
}

// A JSONStream writes one document like JSON, but in parts, so that a long list is
// never completely in memory.
type JSONStream struct {
	lines indenter
	part  bytes.Buffer
	err   error // first error; nothing is written after it
}

// NewJSONStream returns a stream to w. Close ends the document.
func NewJSONStream(w io.Writer) *JSONStream { return &JSONStream{lines: indenter{w: w}} }

// Raw writes the text between values: brackets, keys, commas.
func (s *JSONStream) Raw(text string) {
	if s.err == nil {
		_, s.err = s.lines.Write([]byte(text))
	}
}

// Value writes a value.
func (s *JSONStream) Value(v any) {
	if s.err != nil {
		return
	}
	s.part.Reset()
	e := json.NewEncoder(&s.part)
	e.SetEscapeHTML(false)
	if s.err = e.Encode(v); s.err == nil {
		_, s.err = s.lines.Write(bytes.TrimSuffix(s.part.Bytes(), []byte("\n")))
	}
}

// Close ends the document and returns the first error.
func (s *JSONStream) Close() error {
	s.Raw("\n")
	if s.err != nil {
		return s.err
	}
	return s.lines.flush()
}

// An indenter indents compact documents line by line, because the encoder's own
// indentation keeps two more copies of a large document in memory.
type indenter struct {
	w       io.Writer
	out     []byte // complete lines
	line    []byte
	depth   int
	text    bool // inside a string
	escaped bool // after a backslash in a string
	opened  bool // after "{" or "[", which may be closed at once
}

// Write adds a part of a document.
func (d *indenter) Write(p []byte) (int, error) {
	for _, c := range p {
		if d.text {
			d.inText(c)
			continue
		}
		d.between(c)
		if len(d.out) >= chunk {
			if err := d.flush(); err != nil {
				return 0, err
			}
		}
	}
	return len(p), nil
}

func (d *indenter) inText(c byte) {
	d.line = append(d.line, c)
	switch {
	case d.escaped:
		d.escaped = false
	case c == '\\':
		d.escaped = true
	case c == '"':
		d.text = false
	}
}

// between handles a character outside strings.
func (d *indenter) between(c byte) {
	empty := d.opened && (c == '}' || c == ']')
	if d.opened && !empty && c != '\n' {
		d.depth++
		d.newline()
	}
	d.opened = c == '{' || c == '['
	switch c {
	case ',':
		d.line = append(d.line, c)
		d.newline()
		return
	case ':':
		d.line = append(d.line, ": "...)
		return
	case '}', ']':
		if !empty {
			d.depth--
			d.newline()
		}
	case '\n': // after the document
		d.out = append(append(d.out, escaped(d.line)...), c)
		d.line = d.line[:0]
		return
	}
	d.text = c == '"'
	d.line = append(d.line, c)
}

func (d *indenter) newline() {
	d.out = append(append(d.out, escaped(d.line)...), '\n')
	d.line = d.line[:0]
	for range d.depth {
		d.line = append(d.line, "  "...)
	}
}

func (d *indenter) flush() error {
	_, err := d.w.Write(d.out)
	d.out = d.out[:0]
	return err
}

// JSONLines returns a writer for one-line documents, such as log lines. It escapes
// the same text as JSON.
func JSONLines(w io.Writer) io.Writer { return jsonLines{w} }

type jsonLines struct{ w io.Writer }

// Write writes complete documents.
func (j jsonLines) Write(p []byte) (int, error) {
	if _, err := j.w.Write(escaped(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// escaped escapes invisible characters, and one character of each mark. They are
// always inside strings, since the keys are our own. A document without any is
// returned unchanged.
func escaped(doc []byte) []byte {
	if marked(string(doc)) {
		doc = marks.ReplaceAllFunc(doc, func(mark []byte) []byte {
			if mark[0] == '#' {
				return append([]byte(`#\u0023`), mark[2:]...)
			}
			return bytes.Replace(mark, []byte("_"), []byte(`\u005f`), 1)
		})
	}
	var out []byte // nil until something has to be escaped
	for n := 0; n < len(doc); {
		r, size := utf8.DecodeRune(doc[n:])
		// The encoder has already escaped the control characters below.
		hide := r >= 0x7f && Invisible(r)
		if hide && out == nil {
			out = append(make([]byte, 0, len(doc)+64), doc[:n]...)
		}
		switch {
		case hide:
			// JSON escapes characters above U+FFFF as two units.
			for _, unit := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		case out != nil:
			out = append(out, doc[n:n+size]...)
		}
		n += size
	}
	if out == nil {
		return doc
	}
	return out
}
