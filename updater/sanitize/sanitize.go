// Package sanitize makes untrusted text safe for terminals and for the logs of CI
// systems, which obey commands in text. Such text comes from file names, tags,
// labels, release titles and answers of servers.
//
// Package message escapes text for Markdown.
package sanitize

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Joiner is the word joiner. Our own Markdown puts it between characters that a
// forge would interpret together. It is removed from untrusted text.
const Joiner = '\u2060'

// Invisible reports whether a character is invisible or affects its neighbours:
// control characters, overrides of the writing direction, zero-width characters,
// line separators, and fillers that look like a space.
func Invisible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u034f', '\u2800', '\u17b4', '\u17b5':
		return true
	}
	return !unicode.IsGraphic(r) || r >= '\ufe00' && r <= '\ufe0f' || r >= 0xe0100 && r <= 0xe01ef
}

// marks are commands that CI systems obey anywhere in a line, apart from sequences
// with control characters: "##[" of GitHub's first form and of Azure Pipelines,
// "##vso[", "##teamcity[", the sections of GitLab and the folds of Travis.
var marks = lazyregexp.New(`##[A-Za-z_]*\[|section_(start|end):|travis_(fold|time):`)

// starts are commands that they obey at the beginning of a line: those of GitHub,
// Gitea and Forgejo, also after spaces (actions/runner, ActionCommand.TryParseV2),
// and the groups of Buildkite.
var starts = lazyregexp.New(`^[\s\p{Z}]*(::|(---|\+\+\+|~~~|\^\^\^)(\s|$))`)

// started returns the offset of the command at the beginning of a line; -1 for most lines, which have none.
func started(line string) int {
	text := strings.TrimLeftFunc(line, unicode.IsSpace)
	if text == "" || strings.IndexByte(":-+~^", text[0]) < 0 {
		return -1
	}
	if at := starts.FindStringSubmatchIndex(line); at != nil {
		return at[2]
	}
	return -1
}

// marked is a quick check of whether a line may contain a mark; most do not.
func marked(line string) bool {
	return strings.Contains(line, "##") || strings.Contains(line, "section_") || strings.Contains(line, "travis_")
}

// broken returns a mark with a backslash in it, which people can read and CI systems
// ignore.
func broken(mark string) string {
	if mark[0] == '#' {
		return `#\` + mark[1:]
	}
	return strings.Replace(mark, "_", `\_`, 1)
}

// harmless breaks all marks in a line.
func harmless(line string) string {
	if marked(line) {
		line = marks.ReplaceAllStringFunc(line, broken)
	}
	if at := started(line); at >= 0 {
		line = line[:at] + `\` + line[at:]
	}
	return line
}

// Obeyed reports whether a terminal or a CI system would obey something in a line.
func Obeyed(line string) bool {
	return marked(line) && marks.MatchString(line) || started(line) >= 0 ||
		strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && Invisible(r) })
}

// Text returns text as one line that moves no cursor, hides nothing, and that CI
// systems do not obey. It keeps repeated spaces.
func Text(text string) string {
	return harmless(strings.Map(func(r rune) rune {
		switch {
		// Before the next case, because line breaks are invisible, too, but separate words.
		case unicode.IsSpace(r):
			return ' '
		case Invisible(r):
			return -1
		}
		return r
	}, text))
}

// Cell is Text for a cell of a table: it joins repeated spaces, so that the text does
// not look like two columns.
func Cell(text string) string { return Text(strings.Join(strings.Fields(Text(text)), " ")) }

// ordinary matches harmless names. Colons are checked separately.
var ordinary = lazyregexp.New(`^[\p{L}\p{N}._/@(\[{$][\p{L}\p{M}\p{N}._/@()\[\]{}$+=,~^%&!':-]*( [\p{L}\p{M}\p{N}._/@()\[\]{}$+=,~^%&!':-]+){0,3}$`)

// Name returns the name of a file or a package for display. It quotes a name that
// looks like a line of our output or has invisible characters, as git does.
func Name(name string) string {
	cell := Cell(name)
	// Our own output has the form "NAME: text".
	colon := strings.Contains(name, "::") || strings.Contains(name, ": ") || strings.HasSuffix(name, ":")
	if name == "" || name == cell && ordinary.MatchString(name) && !colon {
		return name
	}
	quoted := strings.ReplaceAll(strconv.QuoteToGraphic(strings.ToValidUTF8(name, "\ufffd")), "##", `#\x23`)
	return Text(quoted)
}
