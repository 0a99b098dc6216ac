// Package sanitize makes text that strangers wrote fit for places that obey
// text: terminals, and the logs of CI systems. File names, tags, labels, release
// titles and answers of servers end up there.
//
// Escaping for Markdown is the work of package message.
package sanitize

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Joiner is the word joiner, which our own Markdown puts between characters
// that a forge would read as one thing. Text from outside never keeps one.
const Joiner = '\u2060'

// Invisible reports whether a character is not seen, or acts on what is beside
// it: control characters, overrides of the direction of writing, characters
// without width, separators of lines, fillers that look like a blank.
func Invisible(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u034f', '\u2800', '\u17b4', '\u17b5':
		return true
	}
	return !unicode.IsGraphic(r) || r >= '\ufe00' && r <= '\ufe0f' || r >= 0xe0100 && r <= 0xe01ef
}

// What CI systems obey wherever it stands in a line, apart from sequences with
// control characters: "##[" of GitHub's first form and of Azure Pipelines,
// "##vso[", "##teamcity[", the sections of GitLab and the folds of Travis.
var marks = lazyregexp.New(`##[A-Za-z_]*\[|section_(start|end):|travis_(fold|time):`)

// What they obey at the beginning of a line: commands of GitHub, Gitea and
// Forgejo, also behind blanks (actions/runner, ActionCommand.TryParseV2), and
// the groups of Buildkite.
var starts = lazyregexp.New(`^[\s\p{Z}]*(::|(---|\+\+\+|~~~|\^\^\^)(\s|$))`)

// started returns where the command begins that a line starts with; -1 where it starts with none, as most.
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

// marked reports whether a line may hold a mark: most hold none.
func marked(line string) bool {
	return strings.Contains(line, "##") || strings.Contains(line, "section_") || strings.Contains(line, "travis_")
}

// broken writes a mark so that it is read by people alone: with a backslash in
// it, as a shell would take it.
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

// Text makes one line of text that moves no cursor, hides nothing, and that no
// CI system obeys. Blanks stay as many as they are.
func Text(text string) string {
	return harmless(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case Invisible(r):
			return -1
		}
		return r
	}, text))
}

// Cell is Text for what stands beside other things in a row: several blanks
// become one, so that it does not look like two columns.
func Cell(text string) string { return Text(strings.Join(strings.Fields(Text(text)), " ")) }

// ordinary is what names are made of. A colon is judged apart.
var ordinary = lazyregexp.New(`^[\p{L}\p{N}._/@(\[{$][\p{L}\p{M}\p{N}._/@()\[\]{}$+=,~^%&!':-]*( [\p{L}\p{M}\p{N}._/@()\[\]{}$+=,~^%&!':-]+){0,3}$`)

// Name shows the name of a file or a package. One that could be taken for a
// line of ours, or holds what is not seen, is shown in quotes, as git does.
func Name(name string) string {
	cell := Cell(name)
	colon := strings.Contains(name, "::") || strings.Contains(name, ": ") || strings.HasSuffix(name, ":")
	if name == "" || name == cell && ordinary.MatchString(name) && !colon {
		return name
	}
	quoted := strings.ReplaceAll(strconv.QuoteToGraphic(strings.ToValidUTF8(name, "\ufffd")), "##", `#\x23`)
	return Text(quoted)
}
