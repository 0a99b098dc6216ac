package message

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/updater/sanitize"
)

// joiner is the word joiner: it is not seen, breaks no line, and keeps two
// characters from being read as one thing.
const joiner = string(sanitize.Joiner)

// maxText bounds one piece of text from outside, in characters.
const maxText = 400

// clean makes text from outside fit into one line: without control characters,
// without those that turn the direction of writing or are not seen, and of
// bounded length.
func clean(s string) string {
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case sanitize.Invisible(r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if n := utf8.RuneCountInString(s); n > maxText {
		s = string([]rune(s)[:maxText-1]) + "…"
	}
	return s
}

// plain is text from outside for a title or a commit message: one line that
// mentions nobody, closes no issue and skips no checks.
func plain(s string) string { return sanitize.Unlink(clean(s)) }

// text is the same for Markdown. Every character that could mean something
// there, or to HTML, is written as a character reference, so that it means
// nothing in any context (CommonMark 0.31, "Entity and numeric character references").
func text(s string) string {
	return entities(sanitize.Unhash(sanitize.Unlink(clean(s))))
}

// entities writes all ASCII punctuation but the harmless as references, and what
// would make a list out of the beginning of a line.
func entities(s string) string {
	var b strings.Builder
	digits := true // only digits so far
	for i, r := range s {
		isDigit := r >= '0' && r <= '9'
		switch {
		case r >= utf8.RuneSelf, isDigit, r == ' ', unicode.IsLetter(r):
			b.WriteRune(r)
		case i > 0 && !digits && strings.ContainsRune(`.,:;/-+='"?%()!`, r):
			b.WriteRune(r)
		case i > 0 && strings.ContainsRune(`,:;/-'"?%`, r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
		digits = digits && isDigit
	}
	return b.String()
}

// harmless is what can stand between backticks without a second thought.
var harmless = regexp.MustCompile(`^[A-Za-z0-9._/:@,=+~#>();!?%'"*{}$-][A-Za-z0-9 ._/:@,=+~#>();!?%'"*{}$-]*$`)

// code shows text from outside in the type of code, where GitHub looks for no
// references. What is not plainly a name is put between tags instead of
// backticks, because there it can be escaped.
func code(s string) string {
	s = clean(s)
	switch {
	case s == "":
		return ""
	case harmless.MatchString(s):
		return "`" + s + "`"
	}
	return "<code>" + entities(sanitize.Unlink(s)) + "</code>"
}
