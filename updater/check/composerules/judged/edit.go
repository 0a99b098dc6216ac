package judged

import (
	"cmp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// behindKey matches what may follow the key of a service in block style: an anchor, a comment.
var behindKey = lazyregexp.New(`^[ \t]*:[ \t]*(?:&[^\s,\[\]{}]+[ \t]*)?(?:#[^\n]*)?$`)

// flowKey matches what follows the key of a service in flow style, up to the brace.
var flowKey = lazyregexp.New(`^[ \t]*:[ \t]*(?:&[^\s,\[\]{}]+[ \t]+)?\{`)

// AddField returns the edit that adds a field, such as "read_only: true", as the
// first one of a service; false if the service is not a mapping in this file.
func (s Service) AddField(field string) (ecosystems.Edit, bool) {
	src, key := s.File.Source, s.At
	// The service may stand in another file, such as one that this one extends.
	if key.File != s.File.Name || key.End > len(src) {
		return ecosystems.Edit{}, false
	}
	line, eol := LineAt(src, key.End)
	if m := flowKey.FindString(src[key.End:]); m != "" {
		return Insert(key.File, key.End+len(m), field+", "), true
	}
	if !behindKey.MatchString(line) {
		return ecosystems.Edit{}, false
	}
	next := key.End + len(line) + len(eol)
	indent, ok := indentBelow(src, next)
	// With less indentation, what follows is the next service, and this one has no fields in the file.
	if !ok || eol == "" || len(indent) <= column(src, key.Start) {
		return ecosystems.Edit{}, false
	}
	return Insert(key.File, next, indent+field+eol), true
}

// AddItem returns the edit that adds an item before the first one of a list.
func (s Service) AddItem(list *merged.Node, item string) (ecosystems.Edit, bool) {
	src := s.File.Source
	if list == nil || list.Kind != merged.List || len(list.Items) == 0 {
		return ecosystems.Edit{}, false
	}
	first := list.Items[0].At
	if first.File != s.File.Name || first.End > len(src) {
		return ecosystems.Edit{}, false
	}
	begin := strings.LastIndexByte(src[:first.Start], '\n') + 1
	before := src[begin:first.Start]
	switch {
	case strings.TrimLeft(before, " ") == "- ":
		_, eol := LineAt(src, first.Start)
		return Insert(first.File, begin, before+item+cmp.Or(eol, "\n")), true
	case list.Flow:
		return Insert(first.File, first.Start, item+", "), true
	}
	return ecosystems.Edit{}, false
}

// Insert returns the edit that inserts a text.
func Insert(file string, at int, text string) ecosystems.Edit {
	return ecosystems.Edit{At: ecosystems.Span{File: file, Start: at, End: at}, New: text}
}

// LineAt returns the rest of the line at an offset and its line break.
func LineAt(src string, at int) (line, eol string) {
	i := strings.IndexByte(src[at:], '\n')
	switch {
	case i < 0:
		return src[at:], ""
	case i > 0 && src[at+i-1] == '\r':
		return src[at : at+i-1], "\r\n"
	}
	return src[at : at+i], "\n"
}

// indentBelow returns the indentation of the next non-empty line.
func indentBelow(src string, at int) (string, bool) {
	for at < len(src) {
		line, eol := LineAt(src, at)
		text := strings.TrimLeft(line, " ")
		if text != "" && !strings.HasPrefix(text, "#") && !strings.HasPrefix(text, "\t") {
			return line[:len(line)-len(text)], true
		}
		if eol == "" {
			return "", false
		}
		at += len(line) + len(eol)
	}
	return "", false
}

// column returns the number of bytes before an offset on its line.
func column(src string, at int) int { return at - strings.LastIndexByte(src[:at], '\n') - 1 }
