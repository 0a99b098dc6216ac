package sanitize

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Patterns that GitHub turns into links and pictures, or obeys as commands, in plain
// text (GitHub docs, "Autolinked references and URLs", "Basic writing and formatting
// syntax", "Skipping workflow runs").
var (
	reference = lazyregexp.New(`(?i)#[0-9]|\bgh-[0-9]`)
	emoji     = lazyregexp.New(`:[A-Za-z0-9_+-]+:`)
	emojiPart = lazyregexp.New(`:[A-Za-z0-9_+-]`)
	skipsCI   = lazyregexp.New(`(?i)\[[^\]]*(skip|ci\b)|\*{3}`)
	web       = lazyregexp.New(`(?i)www\.`)
	hexWord   = lazyregexp.New(`\b[0-9a-fA-F]{7,40}\b`)
)

// Unlink inserts invisible characters, so that a forge does not turn text into a
// link, a mention, a picture or a command. The visible text stays the same.
func Unlink(s string) string {
	const joiner = string(Joiner)
	if emoji.MatchString(s) {
		s = emojiPart.ReplaceAllStringFunc(s, func(m string) string { return m[:1] + joiner + m[1:] })
	}
	s = strings.NewReplacer("@", "@"+joiner, "://", ":"+joiner+"//").Replace(s)
	s = web.ReplaceAllStringFunc(s, func(m string) string { return m[:3] + joiner + m[3:] })
	s = reference.ReplaceAllStringFunc(s, func(m string) string { return m[:len(m)-1] + joiner + m[len(m)-1:] })
	return skipsCI.ReplaceAllStringFunc(s, func(m string) string { return m[:1] + joiner + m[1:] })
}

// Unhash does the same for words that may be a commit, which a forge would link.
// They need a letter and a digit, so that dates stay unchanged.
func Unhash(s string) string {
	return hexWord.ReplaceAllStringFunc(s, func(m string) string {
		if !strings.ContainsAny(m, "0123456789") || !strings.ContainsAny(m, "abcdefABCDEF") {
			return m
		}
		return m[:4] + string(Joiner) + m[4:]
	})
}
