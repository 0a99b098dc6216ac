package gomod

import (
	"bytes"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A statement is one non-empty line. Inside a block it has the verb of the block.
type statement struct {
	verb    string
	words   []word // after the verb
	comment string // at the end of the line, beginning with "//"; "" for none
	start   int    // offset of the first word on the line, in bytes
	end     int    // offset after the last word
	inside  bool   // inside a block
	trouble string // why the line cannot be parsed; "" if it can
}

// A word is a run of characters, or a quoted string with its quotes.
type word struct {
	text  string
	start int // offset in bytes
}

// statements splits a go.mod or go.work into statements, line by line (Go Modules
// Reference, "Lexical elements"). An invalid line is a statement, too, and does not
// affect the lines after it.
func statements(data []byte) []statement {
	var out []statement
	block := "" // verb of the open block
	var opening statement
	offset := 0
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		offset = len("\ufeff")
	}
	for offset < len(data) {
		line, _, _ := bytes.Cut(data[offset:], []byte("\n"))
		s, opens, closes := read(string(line), offset, block)
		offset += len(line) + 1
		switch {
		case opens:
			block, opening = s.verb, s
		case closes:
			block = ""
		}
		if s.trouble != "" || !opens && !closes && s.end > s.start {
			out = append(out, s)
		}
	}
	if block != "" {
		opening.trouble = "the block is never closed"
		out = append(out, opening)
	}
	return out
}

// read parses one line, and returns whether it opens or closes a block.
func read(line string, offset int, block string) (s statement, opens, closes bool) {
	words, comment, trouble := split(line, offset)
	s = statement{verb: block, words: words, comment: comment, inside: block != "", trouble: trouble}
	if len(words) == 0 {
		return s, false, false
	}
	last := words[len(words)-1]
	s.start, s.end = words[0].start, last.start+len(last.text)
	if block == "" {
		s.verb = words[0].text
	}
	switch {
	case trouble != "":
		return s, false, false
	case words[0].text == ")":
		if block == "" {
			s.trouble = "a block is closed that was never opened"
		} else if len(words) > 1 {
			s.trouble = "text behind the parenthesis that closes a block"
		}
		return s, false, true
	// Inside of a block, a module path may be followed by "(" only by mistake; a verb opens the next block.
	case len(words) == 2 && last.text == "(" && (block == "" || known(words[0].text)):
		s.verb = words[0].text
		if block != "" {
			s.trouble = "the block before this one is not closed"
		}
		return s, true, false
	case block == "":
		s.words = words[1:]
		empty := len(words) == 3 && words[1].text == "(" && words[2].text == ")"
		return s, false, empty
	}
	return s, false, false
}

// known reports whether a word can open a block. Module paths never equal these words.
func known(verb string) bool {
	return slices.Contains([]string{"require", "replace", "exclude", "retract", "tool", "ignore", "godebug", "use"}, verb)
}

// split returns the words of a line and the comment after them.
func split(line string, offset int) (words []word, comment, trouble string) {
	for i := 0; i < len(line); {
		rest := line[i:]
		n := 1
		switch {
		case strings.ContainsRune(" \t\r", rune(line[i])):
			i++
			continue
		case strings.HasPrefix(rest, "//"):
			return words, strings.TrimRight(rest, "\r"), trouble
		case strings.HasPrefix(rest, "/*"):
			n, trouble = len("/*"), "comments begin with //, not with /*"
		case line[i] == '"' || line[i] == '`':
			if n = quoted(rest); n == 0 {
				n, trouble = len(strings.TrimRight(rest, " \t\r")), "a quote is not closed"
			}
		case !strings.ContainsRune("()[]{},", rune(line[i])):
			n = plain(rest)
		}
		words = append(words, word{rest[:n], offset + i})
		i += n
	}
	return words, "", trouble
}

// quoted returns the length of the string that text begins with, 0 if it is not closed.
func quoted(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == text[0]:
			return i + 1
		case text[i] == '\\' && text[0] == '"': // raw strings in backquotes have no escapes
			i++
		}
	}
	return 0
}

// plain returns the length of the unquoted word that text begins with. It may contain
// quotes and ends before a comment.
func plain(text string) int {
	end := len(text)
	if i := strings.IndexAny(text, " \t\r()[]{},"); i >= 0 {
		end = i
	}
	for _, mark := range []string{"//", "/*"} {
		if i := strings.Index(text[:end], mark); i > 0 {
			end = i
		}
	}
	return end
}

// ignored reports whether the comment at the end of the line is an ignore comment.
func (s statement) ignored() bool { return ecosystems.Ignores(s.comment) }

// text returns the statement on one line with its verb, for messages and for modfile.
func (s statement) text() string {
	all := []string{s.verb}
	for _, w := range s.words {
		all = append(all, w.text)
	}
	return strings.Join(all, " ")
}
