package pyproject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// maxDepth is how deep values may stand inside of others.
const maxDepth = 100

// A depthError is a file whose values are nested deeper than that.
type depthError struct{}

func (*depthError) Error() string {
	return fmt.Sprintf("values are nested more than %d deep", maxDepth)
}

// visit walks over a file of TOML: opens is told of each table that begins (an
// element of an array of tables has the same path as the one before it), value of
// each value that is none of others, with the path of its keys; an element of a list
// has the key "[]". Where the file cannot be read, it returns the offset and
// why; what stands before was visited.
func visit(text string, opens func(table []string), value func(path []string, n *unstable.Node)) (at int, err error) {
	length := len(text)
	if rest, ok := strings.CutPrefix(text, "\uFEFF"); ok {
		text = "   " + rest // of the same length
	}
	if at := deep(text); at >= 0 {
		return at, &depthError{}
	}
	p := unstable.Parser{}
	p.Reset([]byte(text))
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = keys(e.Key())
			opens(table)
		case unstable.KeyValue:
			visitValue(append(table[:len(table):len(table)], keys(e.Key())...), e.Value(), opens, value)
		}
	}
	err = p.Error()
	var where *unstable.ParserError
	if errors.As(err, &where) {
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
			visitValue(append(path[:len(path):len(path)], "[]"), it.Node(), opens, value)
		}
	case unstable.InlineTable:
		opens(path)
		for it := n.Children(); it.Next(); {
			kv := it.Node()
			visitValue(append(path[:len(path):len(path)], keys(kv.Key())...), kv.Value(), opens, value)
		}
	default:
		value(path, n)
	}
}

// deep returns where brackets are nested too deep, -1 for nowhere; those in strings count too.
func deep(text string) int {
	depth := 0
	for n := range len(text) {
		switch text[n] {
		case '{', '[':
			if depth++; depth > maxDepth {
				return n
			}
		case '}', ']':
			depth = max(depth-1, 0)
		}
	}
	return -1
}

func keys(it unstable.Iterator) (list []string) {
	for it.Next() {
		list = append(list, string(it.Node().Data))
	}
	return list
}
