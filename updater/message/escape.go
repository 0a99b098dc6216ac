package message

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// joiner is the word joiner: it is not seen, breaks no line, and keeps two
// characters from being read as one thing.
const joiner = "\u2060"

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
		case !unicode.IsGraphic(r), hidden(r):
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

// hidden reports whether a character is not seen although Unicode calls it
// graphic: fillers that look like nothing.
func hidden(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u034f', '\u2800':
		return true
	}
	return r >= '\ufe00' && r <= '\ufe0f' || r >= 0xe0100 && r <= 0xe01ef // variation selectors
}

// What GitHub turns into links and pictures, or takes for an order, where it
// stands in plain text (GitHub docs, "Autolinked references and URLs", "Basic
// writing and formatting syntax", "Skipping workflow runs").
var (
	reference = regexp.MustCompile(`(?i)#[0-9]|\bgh-[0-9]`)
	emoji     = regexp.MustCompile(`:[A-Za-z0-9_+-]+:`)
	emojiPart = regexp.MustCompile(`:[A-Za-z0-9_+-]`)
	skipsCI   = regexp.MustCompile(`(?i)\[[^\]]*(skip|ci\b)|\*{3}`)
	web       = regexp.MustCompile(`(?i)www\.`)
	hexWord   = regexp.MustCompile(`\b[0-9a-fA-F]{7,40}\b`)
)

// loose breaks what would become a reference by itself. What is read stays the same.
func loose(s string) string {
	if emoji.MatchString(s) {
		s = emojiPart.ReplaceAllStringFunc(s, func(m string) string { return m[:1] + joiner + m[1:] })
	}
	s = strings.NewReplacer("@", "@"+joiner, "://", ":"+joiner+"//").Replace(s)
	s = web.ReplaceAllStringFunc(s, func(m string) string { return m[:3] + joiner + m[3:] })
	s = reference.ReplaceAllStringFunc(s, func(m string) string { return m[:len(m)-1] + joiner + m[len(m)-1:] })
	return skipsCI.ReplaceAllStringFunc(s, func(m string) string { return m[:1] + joiner + m[1:] })
}

// unhash breaks what may be the name of a commit: letters and digits, so that dates stay whole.
func unhash(m string) string {
	if !strings.ContainsAny(m, "0123456789") || !strings.ContainsAny(m, "abcdefABCDEF") {
		return m
	}
	return m[:4] + joiner + m[4:]
}

// plain is text from outside for a title or a commit message: one line that
// mentions nobody, closes no issue and skips no checks.
func plain(s string) string { return loose(clean(s)) }

// text is the same for Markdown. Every character that could mean something
// there, or to HTML, is written as a character reference, so that it means
// nothing in any context (CommonMark 0.31, "Entity and numeric character references").
func text(s string) string {
	return entities(hexWord.ReplaceAllStringFunc(loose(clean(s)), unhash))
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
	return "<code>" + entities(loose(s)) + "</code>"
}
