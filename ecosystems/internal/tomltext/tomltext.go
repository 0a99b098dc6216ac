// Package tomltext reads TOML with text positions: the values, each with the path of
// its keys and its place in the file.
package tomltext

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxDepth limits how deep values are nested in others. The parser recurses, and no Go
// program survives the end of its stack.
const maxDepth = 100

// ErrDepth is the error for a file whose values are nested deeper than that.
var ErrDepth = fmt.Errorf("values are nested more than %d deep", maxDepth)

// Visit walks over a file. It calls opens, unless that is nil, for each table that
// begins; an element of an array of tables has the same path as the one before it. It
// calls value for each value that is no list or table, with the path of its keys; an
// element of a list has the key "[]". If the file is malformed, Visit returns the offset
// and the reason, after it has visited what is before.
func Visit(text string, opens func(table []string), value func(path []string, n *unstable.Node)) (at int, err error) {
	length := len(text)
	if opens == nil {
		opens = func([]string) {}
	}
	if rest, ok := strings.CutPrefix(text, "\uFEFF"); ok {
		text = "   " + rest // of the same length, so that positions stay those of the file
	}
	if at := deep(text); at >= 0 {
		return at, ErrDepth
	}
	p := unstable.Parser{}
	p.Reset([]byte(text))
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = Keys(e.Key())
			opens(table)
		case unstable.KeyValue:
			visitValue(slices.Concat(table, Keys(e.Key())), e.Value(), opens, value)
		}
	}
	err = p.Error()
	if where, ok := errors.AsType[*unstable.ParserError](err); ok {
		at = length
		if len(where.Highlight) > 0 {
			at = min(int(p.Range(where.Highlight).Offset), length)
		}
		err = errors.New(where.Message)
	}
	if err != nil {
		err = fmt.Errorf("not readable as TOML: %w", err)
	}
	return at, err
}

func visitValue(path []string, n *unstable.Node, opens func([]string), value func([]string, *unstable.Node)) {
	switch n.Kind {
	case unstable.Array:
		for it := n.Children(); it.Next(); {
			visitValue(slices.Concat(path, []string{"[]"}), it.Node(), opens, value)
		}
	case unstable.InlineTable:
		opens(path)
		for it := n.Children(); it.Next(); {
			kv := it.Node()
			visitValue(slices.Concat(path, Keys(kv.Key())), kv.Value(), opens, value)
		}
	default:
		value(path, n)
	}
}

// Inside returns the place of a string in its file, without quotes. plain is false if
// the file writes the string with escapes or over several lines; the place then
// includes the quotes.
func Inside(text string, n *unstable.Node) (start, end int, plain bool) {
	start, end = int(n.Raw.Offset), int(n.Raw.Offset+n.Raw.Length)
	if start < 0 || end > len(text) || start > end {
		return 0, 0, false
	}
	raw := text[start:end]
	if value := string(n.Data); len(raw) == len(value)+2 && raw[1:len(raw)-1] == value {
		return start + 1, end - 1, true
	}
	return start, end, raw == string(n.Data)
}

// deep returns the offset at which brackets are nested too deep, -1 for none. It
// counts those in strings, too.
func deep(text string) int {
	depth := 0
	for n := range len(text) {
		switch text[n] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return n
			}
		case '}', ']':
			depth = max(depth-1, 0) // a string may close brackets that none opened
		}
	}
	return -1
}

// Keys returns the parts of a key: "a" and "b.c" of a."b.c".
func Keys(it unstable.Iterator) (list []string) {
	for it.Next() {
		list = append(list, string(it.Node().Data))
	}
	return list
}
