package compose

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// commentIn returns the comment at the end of the line that an offset stands
// on, from its "#", and where it begins; "" for none.
func commentIn(src string, offset int) (string, int) {
	end := offset + plainEnd(src[offset:])
	for i := max(offset, 1); i < end; i++ {
		if src[i] == '#' && (src[i-1] == ' ' || src[i-1] == '\t') {
			return strings.TrimRight(src[i:end], " \t"), i
		}
	}
	return "", end
}

func ignoredIn(src string, offset int) bool {
	text, _ := commentIn(src, offset)
	return ecosystems.Ignores(text)
}

// ignored reports whether a comment at the end of a line, or alone on the line above, says so.
func (r *reader) ignored(offset int) bool {
	if ignoredIn(r.src, offset) {
		return true
	}
	floor := max(0, offset-2*maxLine)
	end := floor + strings.LastIndexByte(r.src[floor:offset], '\n')
	if end < floor {
		return false
	}
	start := floor + strings.LastIndexByte(r.src[floor:end], '\n') + 1
	return ecosystems.Ignores(strings.TrimSpace(r.src[start:end]))
}

// commentBehind returns the comment at the end of the line of a span.
func (r *reader) commentBehind(at ecosystems.Span) (string, ecosystems.Span) {
	src := r.src
	if at.File != r.file {
		src = r.env.src
	}
	text, start := commentIn(src, at.End)
	return text, ecosystems.Span{File: at.File, Start: start, End: start + len(text)}
}
