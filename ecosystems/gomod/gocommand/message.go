package gocommand

import (
	"cmp"
	"regexp"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// progress are the beginnings of lines that tell no trouble.
var progress = []string{"go: downloading ", "go: finding ", "go: found ", "go: upgraded ", "go: added ", "go: downgraded ", "go: removed ", "go: extracting ", "go: warning: ", "warning: "}

// Complaints returns what the go command complained about, one string each: its
// lines that begin at the margin, with those indented below them.
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

// refusal is what the go command makes of a private module that the door refuses.
var refusal = lazyregexp.New(`reading \S+: 403 Forbidden\s+server response:\s*(\S+)` + regexp.QuoteMeta(isPrivate))

// maxSentence is how long a sentence may be, in runes.
const maxSentence = 300

// Sentence returns the first complaint in one line: without logins, control
// characters and what goes on too long. Each of private, such as a temporary
// folder, is left out where it stands with a separator behind it.
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
