package sanitize

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Writer filters a stream for a terminal or a CI system. It is the last defence:
// whatever command, format or error a line comes from, it removes everything that a
// terminal or a CI system would obey, except for colours. It is safe for concurrent
// use.
type Writer struct {
	mu   sync.Mutex
	w    io.Writer
	line []byte // incomplete last line
	out  []byte // for the next write
}

// NewWriter returns a writer to w. Call Flush at the end to write an incomplete last line.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Unwrap returns the underlying stream.
func (s *Writer) Unwrap() io.Writer { return s.w }

// chunk is how much filtered text is collected before it is written, in bytes, so
// that a document of many megabytes is not in memory twice.
const chunk = 64 << 10

// Write writes all complete lines.
func (s *Writer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end := bytes.LastIndexByte(p, '\n') + 1
	out := s.out[:0]
	for line := range bytes.Lines(p[:end]) {
		if len(s.line) > 0 {
			line = append(s.line, line...)
			s.line = nil
		}
		if out = guard(out, line); len(out) >= chunk {
			if _, err := s.w.Write(out); err != nil {
				return 0, err
			}
			out = out[:0]
		}
	}
	s.line, s.out = append(s.line, p[end:]...), out
	if len(out) == 0 {
		return len(p), nil
	}
	if _, err := s.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes the incomplete last line.
func (s *Writer) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := guard(nil, s.line)
	s.line = nil
	if len(rest) == 0 {
		return nil
	}
	_, err := s.w.Write(rest)
	return err
}

// Exact writes bytes unchanged. It is for patches, which the caller has checked for
// commands.
func (s *Writer) Exact(p []byte) error {
	if err := s.Flush(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.w.Write(p)
	return err
}

// Lines filters text like a Writer.
func Lines(text string) string {
	var out []byte
	for line := range bytes.Lines([]byte(text)) {
		out = guard(out, line)
	}
	return string(out)
}

// guard appends a filtered line, with or without its line break, to out.
func guard(out, line []byte) []byte {
	text, ended := bytes.CutSuffix(line, []byte("\n"))
	out = append(out, guardLine(string(text))...)
	if ended {
		out = append(out, '\n')
	}
	return out
}

// plain reports whether a line has only visible characters.
func plain(line string) bool {
	for n := range len(line) {
		if line[n] < ' ' || line[n] >= 0x7f {
			return false
		}
	}
	return true
}

// colour matches a sequence that changes only colours (ECMA-48, "SGR").
var colour = lazyregexp.New(`^\x1b\[[0-9;]*m`)

// guardLine keeps visible characters, colours, and the joiner of our own Markdown.
func guardLine(line string) string {
	if plain(line) {
		return harmless(line)
	}
	var b, bare strings.Builder // with and without colours
	for len(line) > 0 {
		if line[0] == '\x1b' {
			c := colour.FindString(line)
			b.WriteString(c)
			line = line[max(len(c), 1):]
			continue
		}
		r, size := utf8.DecodeRuneInString(line)
		if r == '\t' || r == Joiner || !Invisible(r) {
			b.WriteRune(r)
			bare.WriteRune(r)
		}
		line = line[size:]
	}
	if safe := harmless(bare.String()); safe != bare.String() {
		return safe // a viewer that removes colours must not find a mark either
	}
	return b.String()
}
