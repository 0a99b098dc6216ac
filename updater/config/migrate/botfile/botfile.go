// Package botfile reads settings of other bots, YAML and JSON5, as nodes with lines.
package botfile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// MaxSize bounds a file of settings, in bytes.
const MaxSize = 1 << 20

// Parse reads a file as nodes with lines; JSON5 is brought into the form of JSON before.
func Parse(name string, data []byte) (*yaml.Node, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%s: %d bytes exceed the limit of %d", name, len(data), MaxSize)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	if ext := path.Ext(name); ext != ".yml" && ext != ".yaml" {
		plain, err := toJSON(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		text = plain
	}
	var doc yaml.Node
	if err := yaml.NewDecoder(strings.NewReader(text)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s:%w", name, located(err))
	}
	if len(doc.Content) == 0 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:1: there are no settings in it", name)
	}
	root := doc.Content[0]
	if path.Base(name) == "package.json" {
		root = Get(root, "renovate")
	}
	if root == nil || root.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:1: there are no settings in it", name)
	}
	return root, bounded(root, new(int))
}

// bounded refuses documents that grow when their aliases are followed.
func bounded(n *yaml.Node, count *int) error {
	if *count++; *count > 100_000 {
		return fmt.Errorf("more than 100000 settings")
	}
	if n.Kind == yaml.AliasNode {
		return bounded(n.Alias, count)
	}
	for _, c := range n.Content {
		if err := bounded(c, count); err != nil {
			return err
		}
	}
	return nil
}

var yamlLine = lazyregexp.New(`^(?:yaml: )?line (\d+): (.*)$`)

// located moves the line out of the parser's sentence.
func located(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("%s: %s", m[1], m[2])
	}
	return fmt.Errorf("1: %s", text)
}

// toJSON brings JSON5 (https://spec.json5.org) into the form of JSON, each line
// where it was: without comments and trailing commas, with double quotes around
// names and text. What is no JSON5 is left for the parser to complain about.
func toJSON(text string) (string, error) {
	var out strings.Builder
	line := 1
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "//"):
			i += strings.IndexByte(text[i:]+"\n", '\n')
		case strings.HasPrefix(text[i:], "/*"):
			end := strings.Index(text[i:], "*/")
			if end < 0 {
				return "", fmt.Errorf("%d: the comment has no end", line)
			}
			newlines := strings.Count(text[i:i+end], "\n")
			out.WriteString(" " + strings.Repeat("\n", newlines))
			line += newlines
			i += end + 2
		case c == '"' || c == '\'':
			word, length, err := quoted(text[i:])
			if err != nil {
				return "", fmt.Errorf("%d: %w", line, err)
			}
			out.WriteString(word)
			line += strings.Count(text[i:i+length], "\n")
			i += length
		case nameByte(c):
			length := 1
			for i+length < len(text) && nameByte(text[i+length]) {
				length++
			}
			out.WriteString(bare(text[i : i+length]))
			i += length
		default:
			if c == '\n' {
				line++
			}
			out.WriteString(forYAML.Replace(text[i : i+1]))
			i++
		}
	}
	return out.String(), nil
}

// forYAML replaces what YAML reads otherwise than JSON: it wants a space behind a
// colon, and forbids tabs where it expects indentation.
var forYAML = strings.NewReplacer(":", ": ", "\t", " ")

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_$.+-", c) >= 0 || c >= utf8.RuneSelf
}

// bare keeps the words and numbers of JSON, and quotes names.
func bare(word string) string {
	if word == "true" || word == "false" || word == "null" {
		return word
	}
	if _, err := strconv.ParseFloat(word, 64); err == nil {
		return word
	}
	return strconv.Quote(word)
}

// quoted reads text in single or double quotes and returns it in double ones.
func quoted(text string) (word string, length int, err error) {
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == text[0]:
			return `"` + value.String() + `"`, i + 1, nil
		case c == '\n':
			return "", 0, errors.New("the text has no end on its line")
		case c == '\\' && i+1 < len(text):
			plain, length := escaped(text[i:])
			value.WriteString(plain)
			i += length - 1
		case c == '"':
			value.WriteString(`\"`)
		case c == '\t':
			value.WriteString(`\t`)
		default:
			value.WriteByte(c)
		}
	}
	return "", 0, errors.New("the text has no end")
}

// escaped reads what stands after a backslash and returns it as YAML writes it, and
// the length of both. In JSON5 a character without a meaning there is itself, and
// a line may end inside text.
func escaped(text string) (plain string, length int) {
	switch c := text[1]; {
	case c == '\n':
		return "", 2
	case c == 'u' && utf16.IsSurrogate(unit(text)):
		if r := utf16.DecodeRune(unit(text), unit(text[min(6, len(text)):])); r != utf8.RuneError {
			return string(r), 12
		}
		return string(utf8.RuneError), 6
	case strings.IndexByte(`"\bfnrtv0xu`, c) >= 0:
		return text[:2], 2
	case c < utf8.RuneSelf:
		return string(c), 2
	}
	return "", 1 // the character itself follows
}

// unit reads \uXXXX, one unit of UTF-16; 0 for anything else.
func unit(text string) rune {
	if len(text) < 6 || text[:2] != `\u` {
		return 0
	}
	n, err := strconv.ParseUint(text[2:6], 16, 16)
	if err != nil {
		return 0
	}
	return rune(n)
}

// A Key is a key of a settings file, or an element of a list in it.
type Key struct {
	Name string // "automerge"; "" for an element
	Path string // "packageRules[0].automerge"
	Line int    // counted from 1
}

// Plus returns the key with more text in its path.
func (k Key) Plus(text string) Key {
	k.Path += text
	return k
}

// Get returns the value of the first of some keys that a mapping has; nil if it has none.
func Get(n *yaml.Node, names ...string) *yaml.Node {
	for _, name := range names {
		for k, v := range Keys(n, Key{}) {
			if k.Name == name {
				return v
			}
		}
	}
	return nil
}

// Resolve follows an alias.
func Resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// Keys yields the keys of a mapping at a key, with their values.
func Keys(n *yaml.Node, at Key) iter.Seq2[Key, *yaml.Node] {
	return func(yield func(Key, *yaml.Node) bool) {
		n := Resolve(n)
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i]
			path := strings.TrimPrefix(at.Path+"."+name.Value, ".")
			if !yield(Key{name.Value, path, name.Line}, Resolve(n.Content[i+1])) {
				return
			}
		}
	}
}

// Elements yields the elements of the list at a key; of anything else, that itself.
func Elements(n *yaml.Node, at Key) iter.Seq2[Key, *yaml.Node] {
	return func(yield func(Key, *yaml.Node) bool) {
		n := Resolve(n)
		if n == nil {
			return
		}
		list := n.Content
		if n.Kind != yaml.SequenceNode {
			list = []*yaml.Node{n}
		}
		for i, one := range list {
			if one = Resolve(one); !yield(Key{Path: fmt.Sprintf("%s[%d]", at.Path, i), Line: one.Line}, one) {
				return
			}
		}
	}
}

// Texts returns the scalars of a list, or of one value.
func Texts(n *yaml.Node) (list []string) {
	for _, one := range Elements(n, Key{}) {
		if one.Kind == yaml.ScalarNode && one.Tag != "!!null" {
			list = append(list, one.Value)
		}
	}
	return list
}
