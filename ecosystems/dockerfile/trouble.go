package dockerfile

import (
	"errors"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// parserTrouble records the error of BuildKit's parser, if there is one. A long
// line or a file without instructions is no error here.
func (r *reader) parserTrouble() {
	if len(r.Instructions) == 0 {
		return
	}
	// The replacement is one byte for each run, so only lines of the error are used.
	_, err := parser.Parse(strings.NewReader(strings.ToValidUTF8(r.Source, "?")))
	var located *parser.LocationError
	if err == nil || !errors.As(err, &located) || len(located.Locations) == 0 || len(located.Locations[0]) == 0 {
		return
	}
	if text := located.Unwrap().Error(); !strings.Contains(text, "max allowed size") {
		r.trouble.set(lineStart(r.Source, located.Locations[0][0].Start.Line), sentence(text))
	}
}

// hasTrouble reports whether the file has an error. It has none if it is for
// another program, a template engine or another frontend.
func (r *reader) hasTrouble() bool {
	r.parserTrouble()
	r.trouble.at = min(r.trouble.at, len(r.Source))
	return r.trouble.text != "" && !isTemplateFile(r.Source) && !r.otherFrontend()
}

// sentence returns the first line of an error without the full stop.
func sentence(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	return strings.TrimRight(text, ".")
}

// lineStart returns the offset of a line; lines are counted from 1.
func lineStart(src string, line int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(src[at:], '\n')
		if i < 0 {
			return at
		}
		at += i + 1
	}
	return at
}

// above returns the line above an offset.
func (r *reader) above(offset int) located.Text {
	start, end := imagepin.LineAbove(r.Source, offset)
	start += len(r.Source[start:end]) - len(strings.TrimPrefix(r.Source[start:end], byteOrderMark))
	return located.Literal(r.Source[start:end], start)
}

// ignored reports whether one of the comment lines directly above an offset tells Freshpin to ignore it.
func (r *reader) ignored(offset int) bool {
	for line := r.above(offset); isComment(line.S); line = r.above(line.At(0)) {
		if ecosystems.Ignores(strings.TrimSpace(line.S)) {
			return true
		}
	}
	return false
}

// commentAbove returns the comment on the line above a span.
func (r *reader) commentAbove(at ecosystems.Span) (string, ecosystems.Span) {
	line := r.above(at.Start).Trim()
	if !isComment(line.S) {
		return "", ecosystems.Span{}
	}
	return line.S, line.Span(r.Name)
}
