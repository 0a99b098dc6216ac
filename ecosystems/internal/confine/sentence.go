package confine

import (
	"cmp"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// maxSentence is the longest sentence, in runes.
const maxSentence = 300

// Sentence returns the output of a command in one short line, without logins and
// control characters. It removes each of private, such as a temporary folder, where a
// separator follows it.
func Sentence(output string, private ...string) string {
	text := output
	for _, p := range private {
		// Programs print slashes on Windows, too.
		for _, separator := range []string{"/", string(filepath.Separator)} {
			text = strings.ReplaceAll(text, p+separator, "")
		}
		text = strings.ReplaceAll(text, p, ".")
	}
	text = fetch.RedactText(text)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if r := []rune(text); len(r) > maxSentence {
		text = string(r[:maxSentence]) + "…"
	}
	return cmp.Or(text, "it ended without a word")
}
