package imagepin

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Trouble returns the dependency that reports an unreadable place; name is the text there.
func Trouble(name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Name: name, Package: ecosystems.Package{Kind: kind},
		At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}

// maxLine limits a line that is shown or searched, in bytes.
const maxLine = 4096

// TroubleAt returns the dependency that reports what is wrong in the line at an offset.
func TroubleAt(file, src string, at int, why ecosystems.Reason) ecosystems.Dependency {
	line, _, _ := strings.Cut(src[at:min(len(src), at+maxLine)], "\n")
	line = strings.TrimRight(line, " \t\r")
	return Trouble(Clip(strings.TrimSpace(line)), ecosystems.Span{File: file, Start: at, End: at + len(line)}, why)
}

// Clip limits the length of a text that is shown as a name.
func Clip(s string) string {
	if len(s) <= 40 {
		return s
	}
	// The cut may be inside a character.
	return strings.ToValidUTF8(s[:40], "") + "…"
}

// Ignored reports whether a comment on the line of an offset, or alone on the line
// above, tells Freshpin to ignore it. comment matches the comments of the format.
func Ignored(src string, at int, comment *lazyregexp.Regexp) bool {
	line, _, _ := strings.Cut(src[at:], "\n")
	if ecosystems.Ignores(comment.FindString(line)) {
		return true
	}
	start := strings.LastIndexByte(src[:at], '\n') + 1
	if start == 0 {
		return false
	}
	above := strings.TrimSpace(src[strings.LastIndexByte(src[:start-1], '\n')+1 : start-1])
	// Behind other text, a comment is about its own line.
	alone := comment.FindString(above)
	return strings.HasPrefix(above, alone) && ecosystems.Ignores(alone)
}
