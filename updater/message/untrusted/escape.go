package untrusted

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// joiner is the word joiner: it is invisible, allows no line break, and prevents two
// characters from being read as one token.
const joiner = string(sanitize.Joiner)

// maxText limits one piece of text from outside, in characters.
const maxText = 400

// Clean makes text from outside fit for one line: it removes control characters and
// invisible or direction-changing ones, and limits the length.
func Clean(s string) string {
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

// Plain is text from outside for a title or a commit message: one line that mentions
// no user, closes no issue and skips no checks.
func Plain(s string) string { return sanitize.Unlink(Clean(s)) }

// text escapes text from outside for Markdown. It replaces every character that
// could be markup in Markdown or HTML by a character reference, which is literal in
// every context (CommonMark 0.31, "Entity and numeric character references").
func text(s string) string {
	return entities(sanitize.Unhash(sanitize.Unlink(Clean(s))))
}

// entities replaces all ASCII punctuation except harmless characters, and whatever
// would begin a list at the start of a line.
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

// harmless matches text that needs no escaping between backticks.
var harmless = lazyregexp.New(`^[A-Za-z0-9._/:@,=+~#>();!?%'"*{}$-][A-Za-z0-9 ._/:@,=+~#>();!?%'"*{}$-]*$`)

// code shows text from outside as code, where GitHub looks for no references.
// Unusual text is put between tags instead of backticks, because between tags it can
// be escaped.
func code(s string) string {
	s = Clean(s)
	switch {
	// Two backticks with nothing between them are no code, and would show.
	case s == "":
		return ""
	case harmless.MatchString(s):
		return "`" + s + "`"
	}
	return "<code>" + entities(sanitize.Unlink(s)) + "</code>"
}
