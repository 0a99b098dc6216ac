package markers

import (
	"strings"
	"unicode/utf8"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/message/untrusted"
)

// An Order is a command in a comment.
type Order struct {
	Name string // in lower case: "rebase", "recreate", "split", "ignore", or an unknown word; "" for none
	Arg  string // the argument, without code marks around it: "python"
}

// maxOrder limits each part of a command, in bytes.
const maxOrder = 200

var (
	orderLine = lazyregexp.New(`^ {0,3}/(?i:freshpin)(?:[ \t]+(.*))?$`)
	fenceLine = lazyregexp.New("^ {0,3}(`{3,}[^`]*|~{3,}.*)$")
	quoteLine = lazyregexp.New(`^ {0,3}>`)
	rawOpen   = lazyregexp.New(`(?i)^ {0,3}<(pre|script|style|textarea)([\s>]|$)`)
	rawClose  = lazyregexp.New(`(?i)</(pre|script|style|textarea)>`)
)

// Command returns the first command in a comment: a line that begins with /freshpin.
// Lines that render as code, as a quote or not at all are ignored (CommonMark 0.31,
// "Fenced code blocks", "Block quotes", "HTML blocks"); a line directly after a
// quote belongs to the quote.
func Command(body string) (Order, bool) {
	var r reader
	for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r", "\n"), "\n") {
		if r.skips(line) {
			continue
		}
		if m := orderLine.FindStringSubmatch(line); m != nil {
			return order(m[1]), true
		}
	}
	return Order{}, false
}

// A reader tracks the kind of block that a line of Markdown is in.
type reader struct {
	fence string // what opened the code block; "" outside
	raw   bool   // inside <pre> and the like
	note  bool   // inside an HTML comment
	quote bool   // inside a quote
}

// skips reports whether a line is not the author's own visible text: code, quoted or hidden.
func (r *reader) skips(line string) bool {
	blank := strings.TrimSpace(line) == ""
	switch {
	case r.fence != "":
		if closes(line, r.fence) {
			r.fence = ""
		}
		return true
	case r.raw:
		r.raw = !rawClose.MatchString(line)
		return true
	case r.note:
		r.note = !strings.Contains(line, "-->")
		return true
	case blank:
		r.quote = false
		return true
	case quoteLine.MatchString(line):
		r.quote = true
		return true
	}
	return r.opens(line) || r.quote
}

// opens reports whether a line begins code or hidden text.
func (r *reader) opens(line string) bool {
	switch {
	case fenceLine.MatchString(line):
		mark := strings.TrimLeft(line, " ")
		r.fence = mark[:len(mark)-len(strings.TrimLeft(mark, mark[:1]))]
	case rawOpen.MatchString(line):
		r.raw = !rawClose.MatchString(line)
	case strings.Contains(line, "<!--"):
		r.note = strings.LastIndex(line, "-->") < strings.LastIndex(line, "<!--")
	default:
		return false
	}
	// CommonMark: such a block interrupts a paragraph, and a quote that goes on without its mark.
	r.quote = false
	return true
}

// closes reports whether a line ends the code block that fence opened.
func closes(line, fence string) bool {
	text := strings.TrimRight(line, " \t")
	indent := len(text) - len(strings.TrimLeft(text, " "))
	text = strings.TrimLeft(text, " ")
	return indent < 4 && len(text) >= len(fence) && strings.Trim(text, fence[:1]) == ""
}

// order parses the text after /freshpin.
func order(words string) Order {
	fields := strings.Fields(words)
	if len(fields) == 0 {
		return Order{}
	}
	arg := strings.Trim(strings.Join(fields[1:], " "), "`\"'")
	return Order{Name: bound(strings.ToLower(untrusted.Clean(fields[0]))), Arg: bound(untrusted.Clean(arg))}
}

// bound cuts text at maxOrder bytes, between characters.
func bound(s string) string {
	for len(s) > maxOrder {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
