package gocommand

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// progress are prefixes of lines that are not errors.
var progress = []string{"go: downloading ", "go: finding ", "go: found ", "go: upgraded ", "go: added ", "go: downgraded ", "go: removed ", "go: extracting ", "go: warning: ", "warning: "}

// Complaints returns the errors in the output of the go command, one string each:
// a line without indentation, with the indented lines below it.
func Complaints(stderr string) (all []string) {
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		text := strings.TrimSpace(line)
		switch {
		case text == "" || isProgress(text):
		case line[0] == '\t' && len(all) > 0:
			all[len(all)-1] += " " + text
		default:
			all = append(all, strings.TrimPrefix(text, "go: "))
		}
	}
	return all
}

func isProgress(line string) bool {
	for _, p := range progress {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// refusal matches what the go command prints about a private module that the door refuses.
var refusal = lazyregexp.New(`reading \S+: 403 Forbidden\s+server response:\s*(\S+)` + regexp.QuoteMeta(isPrivate))

// maxSentence is the longest sentence, in runes.
const maxSentence = 300

// Sentence returns the first error in one short line, without logins and control
// characters. It removes each of private, such as a temporary folder, where a
// separator follows it.
func Sentence(stderr string, private ...string) string {
	text := ""
	if all := Complaints(stderr); len(all) > 0 {
		text = all[0]
	}
	for _, p := range private {
		text = strings.ReplaceAll(text, p+"/", "")
		text = strings.ReplaceAll(text, p, ".")
	}
	text = fetch.RedactText(text)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if r := []rune(text); len(r) > maxSentence {
		text = string(r[:maxSentence]) + "…"
	}
	return cmp.Or(text, "it ended without a word")
}
