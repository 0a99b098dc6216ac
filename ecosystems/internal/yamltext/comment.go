package yamltext

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// CommentIn returns the comment at the end of the line of an offset, from its
// "#", and its offset; "" for none.
func CommentIn(src string, offset int) (string, int) {
	end := offset + plainEnd(src[offset:])
	for i := max(offset, 1); i < end; i++ { // "#" begins a comment only after white space (YAML 1.2, section 6.6)
		if src[i] == '#' && (src[i-1] == ' ' || src[i-1] == '\t') {
			return strings.TrimRight(src[i:end], " \t"), i
		}
	}
	return "", end
}

// Ignored reports whether a comment at the end of the line of an offset, or alone
// on the line above, tells Freshpin to ignore it.
func (f *File) Ignored(offset int) bool {
	if text, _ := CommentIn(f.Src, offset); ecosystems.Ignores(text) {
		return true
	}
	start, end := imagepin.LineAbove(f.Src, offset)
	above := strings.TrimSpace(f.Src[start:end])
	return strings.HasPrefix(above, "#") && ecosystems.Ignores(above)
}

// Comment returns the comment at the end of the line of a span, from its "#", and its position.
func (f *File) Comment(at ecosystems.Span) (string, ecosystems.Span) {
	text, start := CommentIn(f.Src, at.End)
	return text, ecosystems.Span{File: at.File, Start: start, End: start + len(text)}
}
