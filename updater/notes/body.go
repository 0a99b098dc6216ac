package notes

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/sanitize"
)

const (
	maxInput = 64 << 10 // bytes of a body that are processed
	maxTitle = 200      // bytes
	ellipsis = "…"
)

// Markup that would load external content, or that is invisible.
var (
	comment   = lazyregexp.New(`(?s)<!--.*?(?:-->|$)`)
	image     = lazyregexp.New(`!\[[^\[\]]*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])?`)
	media     = lazyregexp.New(`(?i)</?\s*(?:img|image|picture|source|video|audio|track|iframe|svg|object|embed|script|style)\b[^<>]*>`)
	emptyLink = lazyregexp.New(`\[\s*\]\([^()\n]*\)`)

	// Remains of such markup.
	restComment = lazyregexp.New(`<+!-`)
	restImage   = lazyregexp.New(`!+\[`)
	restMedia   = lazyregexp.New(`(?i)<+(/?\s*(?:img|image|picture|source|video|audio|track|iframe|svg|object|embed|script|style)\b)`)
	blankLines  = lazyregexp.New(`\n{3,}`)
)

// body returns the safe text of a release, of at most limit bytes.
func body(s string, limit int) string {
	if len(s) > maxInput {
		s = s[:maxInput]
	}
	s = visible(strings.ToValidUTF8(s, ""))
	for _, unwanted := range []*lazyregexp.Regexp{comment, image, media, emptyLink} {
		s = unwanted.ReplaceAllString(s, "")
	}
	// Removing markup may have joined what stood around it to new markup.
	s = restComment.ReplaceAllString(s, "!-")
	s = restImage.ReplaceAllString(s, "[")
	s = restMedia.ReplaceAllString(s, "$1")
	return closed(tidy(s), limit)
}

// visible removes invisible characters: control characters, overrides of the writing
// direction, and zero-width characters except the joiner of emoji.
func visible(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ", "\u2028", "\n", "\u2029", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\u200d', r == '\ufe0f', !sanitize.Invisible(r):
			return r
		}
		return -1
	}, s)
}

// tidy removes spaces at the ends of lines and repeated empty lines.
func tidy(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRightFunc(lines[i], unicode.IsSpace)
	}
	return strings.Trim(blankLines.ReplaceAllString(strings.Join(lines, "\n"), "\n\n"), "\n")
}

// closed cuts a text and closes a code block that is open at its end (CommonMark 0.31,
// "Fenced code blocks"), so that it does not include the text that follows.
func closed(s string, limit int) string {
	for room := limit; room > 0; {
		text := cut(s, room)
		fence := openFence(text)
		if fence == "" {
			return text
		}
		if len(text)+1+len(fence) <= limit {
			return text + "\n" + fence
		}
		// A shorter text may end in another block, so look again.
		room = min(room, len(text)) - 1 - len(fence)
	}
	return ""
}

// cut cuts a text at the end of a line, or, if the first line is too long, at a word.
func cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	room := limit - len("\n"+ellipsis)
	if room < 1 {
		return ""
	}
	s = s[:room+1] // the line may end exactly here
	if i := strings.LastIndexByte(s, '\n'); i > 0 {
		return strings.TrimRight(s[:i], "\n") + "\n" + ellipsis
	}
	return shorten(s, limit)
}

// shorten cuts a line at a word, and a long word anywhere.
func shorten(s string, limit int) string {
	if len(s) <= limit-len(ellipsis) {
		return s + ellipsis
	}
	s = s[:max(limit-len(ellipsis), 0)]
	for len(s) > 0 {
		// The cut may have left a part of a character.
		if r, n := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || n != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	if i := strings.LastIndexByte(s, ' '); i > len(s)/2 {
		s = s[:i]
	}
	return s + ellipsis
}

// openFence returns the fence that closes the code block open at the end; "" for none.
func openFence(s string) string {
	open := ""
	for line := range strings.SplitSeq(s, "\n") {
		run := fenceOf(line)
		switch {
		case run == "":
		case open == "":
			open = run
		case run[0] == open[0] && len(run) >= len(open) && strings.Trim(line, " ") == run:
			open = ""
		}
	}
	return open
}

var fenceRun = lazyregexp.New("^ {0,3}(?:(`{3,})[^`]*$|(~{3,}))")

func fenceOf(line string) string {
	if m := fenceRun.FindStringSubmatch(line); m != nil {
		return m[1] + m[2]
	}
	return ""
}

// line returns a text as one line of at most limit bytes.
func line(s string, limit int) string {
	if len(s) > maxInput {
		s = s[:maxInput]
	}
	s = strings.Join(strings.Fields(visible(strings.ToValidUTF8(s, ""))), " ")
	if len(s) > limit {
		return shorten(s, limit)
	}
	return s
}
