package gocommand

import (
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/confine"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// progress are prefixes of lines that are not errors.
var progress = []string{"go: downloading ", "go: finding ", "go: found ", "go: upgraded ", "go: added ", "go: downgraded ", "go: removed ", "go: extracting ", "go: warning: ", "warning: "}

// complaints returns the errors in the output of the go command, one string each:
// a line without indentation, with the indented lines below it.
func complaints(stderr string) (all []string) {
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimSpace(line)
		switch {
		case text == "" || slices.ContainsFunc(progress, func(p string) bool { return strings.HasPrefix(text, p) }):
		case line[0] == '\t' && len(all) > 0:
			all[len(all)-1] += " " + text
		default:
			all = append(all, strings.TrimPrefix(text, "go: "))
		}
	}
	return all
}

// refusal matches what the go command prints about a private module that the gateway refuses.
var refusal = lazyregexp.New(`reading \S+: 403 Forbidden\s+server response:\s*(\S+)` + regexp.QuoteMeta(isPrivate))

// Sentence returns the first error in one short line, as confine.Sentence does: the
// others mostly follow from it.
func Sentence(stderr string, private ...string) string {
	text := ""
	if all := complaints(stderr); len(all) > 0 {
		text = all[0]
	}
	return confine.Sentence(text, private...)
}
