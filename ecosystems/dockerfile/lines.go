package dockerfile

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
)

// A splitter splits a source into instructions by the rules of BuildKit's
// frontend/dockerfile/parser. BuildKit's parser has only lines, no columns, and
// stops at the first error.
type splitter struct {
	src        string
	pos        int
	escape     byte
	directives parser.DirectiveParser
	trouble    trouble
	endless    int // heredocs without an end
}

// maxEndless limits the heredocs without an end, because each takes a scan of the rest of the file.
const maxEndless = 16

// A trouble is the first error in a source.
type trouble struct {
	at   int
	text string // a sentence; "" for none
}

func (t *trouble) set(at int, text string) {
	if t.text == "" || at < t.at {
		*t = trouble{at, text}
	}
}

const byteOrderMark = "\uFEFF"

// split returns the instructions of a source as text with heredocs, its escape
// character and the first error.
func split(src string) ([]Instruction, byte, trouble) {
	s := splitter{src: src, escape: '\\', pos: len(src) - len(strings.TrimPrefix(src, byteOrderMark))}
	var out []Instruction
	for s.pos < len(s.src) {
		if in := s.next(); in.Text.S != "" {
			out = append(out, in)
		}
	}
	return out, s.escape, s.trouble
}

// line returns the next physical line without its end.
func (s *splitter) line() located.Text {
	start := s.pos
	if i := strings.IndexByte(s.src[start:], '\n'); i >= 0 {
		s.pos = start + i + 1
	} else {
		s.pos = len(s.src)
	}
	return located.Literal(strings.TrimRight(s.src[start:s.pos], "\r\n"), start)
}

func isComment(line string) bool {
	return strings.HasPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "#")
}

// next returns the next instruction; empty for a blank line or a comment.
func (s *splitter) next() Instruction {
	start := s.pos
	line := s.line()
	line = line.Slice(len(line.S)-len(strings.TrimLeftFunc(line.S, unicode.IsSpace)), len(line.S))
	s.directive(line) // before the check for a comment, because directives are comments
	if isComment(line.S) {
		return Instruction{}
	}
	var text located.Builder
	more := s.part(&text, line)
	for more && s.pos < len(s.src) {
		line = s.line()
		// Comments and blank lines do not end a continued instruction.
		if !isComment(line.S) && strings.TrimLeftFunc(line.S, unicode.IsSpace) != "" {
			more = s.part(&text, line)
		}
	}
	in := Instruction{Text: text.Take(), Start: start, End: s.pos}
	s.heredocs(&in)
	return in
}

// part adds a physical line and reports whether the instruction continues after it.
func (s *splitter) part(text *located.Builder, line located.Text) (more bool) {
	trimmed := strings.TrimRight(line.S, " \t")
	n := len(trimmed)
	// A doubled escape character is itself escaped, so the line ends here.
	if n == 0 || trimmed[n-1] != s.escape || n > 1 && trimmed[n-2] == s.escape {
		text.Add(line)
		return false
	}
	text.Add(line.Slice(0, n-1))
	return true
}

// directive reads "# escape=`" at the top of a file.
func (s *splitter) directive(line located.Text) {
	d, err := s.directives.ParseLine([]byte(line.S))
	at := line.Span("").Start
	switch {
	case err != nil:
		s.trouble.set(at, err.Error())
	case d == nil || d.Name != "escape":
	case d.Value == "`" || d.Value == `\`:
		s.escape = d.Value[0]
	default:
		s.trouble.set(at, "the escape character can be ` or \\ only, not "+d.Value)
	}
}

// heredocs reads the heredocs of an instruction. A heredoc without an end is an
// error; the lines after it are then read as instructions.
func (s *splitter) heredocs(in *Instruction) {
	if s.endless > maxEndless || !strings.Contains(in.Text.S, "<<") || !canHeredoc(in.Text.S) {
		return
	}
	begin := s.pos
	var docs []Heredoc
	for _, word := range heredocWords(in.Text.S) {
		doc, err := parser.ParseHeredoc(word)
		if err != nil || doc == nil { // another word of the line
			continue
		}
		from := s.pos
		end, found := s.skipTo(doc)
		if !found {
			s.trouble.set(in.Start, "the heredoc "+doc.Name+" has no end")
			s.pos = begin // the rest may still be instructions
			s.endless++
			return
		}
		docs = append(docs, Heredoc{Name: doc.Name, Expand: doc.Expand, Chomp: doc.Chomp, Start: from, End: end})
	}
	in.body, in.Heredocs = s.src[begin:s.pos], docs
}

func heredocWords(line string) []string {
	// BuildKit always uses the backslash here, whatever the escape directive says.
	lex := shell.NewLex('\\')
	lex.RawQuotes, lex.RawEscapes, lex.SkipUnsetEnv = true, true, true
	words, err := lex.ProcessWords(strings.ToValidUTF8(line, "?"), shell.EnvsFromSlice(nil))
	if err != nil {
		return nil // BuildKit ignores the error too
	}
	return words
}

// skipTo skips the line that ends a heredoc and returns the offset of that line.
func (s *splitter) skipTo(doc *parser.Heredoc) (end int, found bool) {
	for s.pos < len(s.src) {
		end = s.pos
		line := s.line().S
		if doc.Chomp {
			line = strings.TrimLeft(line, "\t")
		}
		if line == doc.Name {
			return end, true
		}
	}
	return 0, false
}

// canHeredoc reports whether an instruction may have heredocs: ADD, COPY and RUN, unless in JSON form.
func canHeredoc(text string) bool {
	command, _, args := instructionParts(located.Literal(text, 0), '\\')
	switch strings.ToLower(command.S) {
	case "onbuild":
		return canHeredoc(args.S)
	case "add", "copy", "run":
		// BuildKit falls back to the shell form if the list is no valid JSON.
		var list []string
		return !strings.HasPrefix(args.S, "[") || json.Unmarshal([]byte(args.S), &list) != nil
	}
	return false
}
