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

// MaxLine limits a line that is shown or searched, in bytes.
const MaxLine = 4096

// TroubleAt returns the dependency that reports what is wrong in the line at an offset.
func TroubleAt(file, src string, at int, why ecosystems.Reason) ecosystems.Dependency {
	line, _, _ := strings.Cut(src[at:min(len(src), at+MaxLine)], "\n")
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
	start, end := LineAbove(src, at)
	above := strings.TrimSpace(src[start:end])
	// Behind other text, a comment is about its own line.
	alone := comment.FindString(above)
	return strings.HasPrefix(above, alone) && ecosystems.Ignores(alone)
}

// LineAbove returns the offsets of the line above an offset, without its end; an
// empty line for none.
func LineAbove(src string, offset int) (start, end int) {
	// The floor keeps files with very long lines from taking quadratic time.
	floor := max(0, offset-2*MaxLine)
	n := strings.LastIndexByte(src[floor:offset], '\n')
	if n < 0 {
		return 0, 0
	}
	end = floor + n
	return floor + strings.LastIndexByte(src[floor:end], '\n') + 1, end
}
