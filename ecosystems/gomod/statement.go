package gomod

import (
	"bytes"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// A statement is one line that says something: outside a block, or inside one,
// whose verb it then has.
type statement struct {
	verb    string
	words   []word // behind the verb
	comment string // at the end of the line, from its "//"; "" for none
	start   int    // of the first word on the line, in bytes
	end     int    // behind the last one
	inside  bool   // stands in a block
	trouble string // why the line cannot be read; "" if it can
}

// A word is a run of characters, or a quoted string with its quotes.
type word struct {
	text  string
	start int // in bytes
}

// statements takes a go.mod or go.work apart, line by line ("Lexical elements"
// in the Go Modules Reference). A line that cannot be read is a statement too,
// and the lines behind it are read as if it were not there.
func statements(data []byte) []statement {
	var out []statement
	block := "" // the verb of the open block
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

// read reads one line, and says whether it opens or closes a block.
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

// known reports whether a word opens blocks. No module path is a single word like these.
func known(verb string) bool {
	return slices.Contains([]string{"require", "replace", "exclude", "retract", "tool", "ignore", "godebug", "use"}, verb)
}

// split finds the words of a line and the comment behind them.
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

// quoted returns the length of the string that text begins with, 0 if it does not end.
func quoted(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == text[0]:
			return i + 1
		case text[i] == '\\' && text[0] == '"':
			i++
		}
	}
	return 0
}

// plain returns the length of the unquoted word that text begins with. A quote
// in its middle is part of it, a comment is not.
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

// ignored reports whether the comment at the end of the line tells to leave it alone.
func (s statement) ignored() bool { return ecosystems.Ignores(s.comment) }

// text returns the statement as it stands, but for its block and spaces, for people and for modfile.
func (s statement) text() string {
	all := []string{s.verb}
	for _, w := range s.words {
		all = append(all, w.text)
	}
	return strings.Join(all, " ")
}
