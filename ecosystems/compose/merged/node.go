package merged

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/dotenv"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A Kind is the type of a Node.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	Mapping
	List
)

// A Node is a value of a Compose file with its position, with aliases and merge
// keys resolved and variables replaced. Nodes are shared and immutable. All methods
// accept a nil Node, which is a missing value.
type Node struct {
	Kind   Kind
	Text   string          // of a scalar, with variables replaced by values of the .env file or defaults
	Raw    string          // of a scalar, with its variables
	Open   bool            // a variable of the scalar has no value, so Text is incomplete
	Null   bool            // the value is null
	Quoted bool            // a scalar in quotes or a block
	Flow   bool            // a mapping or list in braces or brackets
	Tag    string          // Compose's own: "!reset", "!override"; else ""
	At     ecosystems.Span // of the value; for a mapping or list, an empty span at its beginning
	Fields []Field         // of a mapping, in order, the merged ones last
	Items  []*Node         // of a list
}

// A Field is an entry of a mapping.
type Field struct {
	Key   string
	At    ecosystems.Span // of the key
	Value *Node           // never nil
}

// Get returns the value at a path of keys; nil if one of them is missing.
func (n *Node) Get(keys ...string) *Node {
	for _, key := range keys {
		f, ok := n.Field(key)
		if !ok {
			return nil
		}
		n = f.Value
	}
	return n
}

// Field returns the entry of a mapping with a key.
func (n *Node) Field(key string) (Field, bool) {
	if n == nil || n.Kind != Mapping {
		return Field{}, false
	}
	for _, f := range n.Fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// Has reports whether a mapping has a key with a value.
func (n *Node) Has(key string) bool { return !n.Get(key).Empty() }

// Empty reports whether the value is missing, null, "", {} or [].
func (n *Node) Empty() bool {
	return n == nil || n.Null || n.Kind == Scalar && n.Raw == "" || n.Kind != Scalar && len(n.Fields)+len(n.Items) == 0
}

// String returns the text of a scalar, "" for anything else.
func (n *Node) String() string {
	if n == nil || n.Kind != Scalar {
		return ""
	}
	return n.Text
}

// True reports whether a scalar is one of YAML's words for true.
func (n *Node) True() bool {
	switch strings.ToLower(n.String()) {
	case "true", "yes", "on", "y":
		return !n.Open
	}
	return false
}

// isOpen reports whether a scalar has a variable without a value.
func (n *Node) isOpen() bool { return n != nil && n.Open }

// Elements returns the items of a list. A scalar is its own only element; a mapping has none.
func (n *Node) Elements() []*Node {
	switch {
	case n.Empty():
		return nil
	case n.Kind == List:
		return n.Items
	case n.Kind == Scalar:
		return []*Node{n}
	}
	return nil
}

// Pairs returns the entries of a mapping or of a list of KEY=value (environment,
// labels, args). A key without a value has a null value.
func (n *Node) Pairs() []Field {
	if n == nil || n.Kind == Scalar {
		return nil
	}
	if n.Kind == Mapping {
		return n.Fields
	}
	fields := make([]Field, 0, len(n.Items))
	for _, item := range n.Items {
		if item == nil || item.Kind != Scalar {
			continue
		}
		// Raw and Text are cut separately, because a variable may contain "=".
		raw, rawValue, set := strings.Cut(item.Raw, "=")
		_, value, _ := strings.Cut(item.Text, "=")
		v := &Node{Text: value, Raw: rawValue, Open: item.Open, Null: !set, Quoted: item.Quoted, At: item.At}
		fields = append(fields, Field{Key: strings.TrimSpace(raw), At: item.At, Value: v})
	}
	return fields
}

// Names returns the entries of a list of names or of a mapping by name (networks,
// depends_on).
func (n *Node) Names() []Field {
	if n == nil || n.Kind != List {
		if n == nil || n.Kind == Scalar {
			return nil
		}
		return n.Fields
	}
	fields := make([]Field, 0, len(n.Items))
	for _, item := range n.Items {
		if item != nil && item.Kind == Scalar {
			fields = append(fields, Field{Key: item.Text, At: item.At, Value: &Node{Null: true, At: item.At}})
		}
	}
	return fields
}

// maxNodes limits the nodes of one file.
const (
	maxNodes  = 100_000
	maxLevels = 64
)

// A builder converts nodes of the YAML parser to Nodes. It converts each once, so
// that aliases of aliases do not multiply the work.
type builder struct {
	file  *yamltext.File
	env   *dotenv.Environment
	known map[*yaml.Node]*Node
	count int
	much  bool // maxNodes is exceeded, and the rest is left out
}

func (b *builder) node(n *yaml.Node, depth int) *Node {
	n = yamltext.Target(n)
	if n == nil {
		return &Node{Null: true}
	}
	if known, ok := b.known[n]; ok {
		if known == nil { // the node contains itself through an alias
			return &Node{Null: true}
		}
		return known
	}
	if b.count++; b.count > maxNodes || depth > maxLevels {
		b.much = true
		return &Node{Null: true}
	}
	b.known[n] = nil // until it is complete, an alias to it is a cycle
	out := b.build(n, depth)
	b.known[n] = out
	return out
}

func (b *builder) build(n *yaml.Node, depth int) *Node {
	start := b.file.Offset(n)
	out := &Node{At: ecosystems.Span{File: b.file.Path, Start: start, End: start}, Flow: n.Style&yaml.FlowStyle != 0}
	if n.Tag == "!reset" || n.Tag == "!override" {
		out.Tag = n.Tag
	}
	switch n.Kind {
	case yaml.MappingNode:
		out.Kind = Mapping
		b.fields(out, n, depth)
	case yaml.SequenceNode:
		out.Kind = List
		for _, item := range n.Content {
			out.Items = append(out.Items, b.node(item, depth+1))
		}
	default:
		b.scalar(out, n)
	}
	return out
}

// fields adds the fields of a mapping: its own, then the merged ones, earlier ones first.
func (b *builder) fields(out *Node, n *yaml.Node, depth int) {
	at := map[string]int{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := yamltext.Target(n.Content[i])
		if key.Kind == yaml.ScalarNode && key.Value == "<<" {
			merged = append(merged, n.Content[i+1])
			continue
		}
		f := Field{Key: key.Value, At: b.span(key), Value: b.node(n.Content[i+1], depth+1)}
		if at, twice := at[f.Key]; twice { // of a repeated key, the last one counts
			out.Fields[at] = f
			continue
		}
		at[f.Key] = len(out.Fields)
		out.Fields = append(out.Fields, f)
	}
	for _, m := range merged {
		one := b.node(m, depth+1)
		for _, f := range append([]*Node{one}, one.Items...) {
			b.take(out, f, at)
		}
	}
}

// take adds the fields of a merged mapping that out does not have.
func (b *builder) take(out, from *Node, at map[string]int) {
	for _, f := range from.Fields {
		if b.count++; b.count > maxNodes {
			b.much = true
			return
		}
		if _, own := at[f.Key]; !own {
			at[f.Key] = len(out.Fields)
			out.Fields = append(out.Fields, f)
		}
	}
}

func (b *builder) scalar(out *Node, n *yaml.Node) {
	out.Text, out.Raw = n.Value, n.Value
	out.Null = n.Tag == "!!null"
	out.Quoted = n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	if !out.Null {
		out.At = b.span(n)
	}
	if !strings.Contains(n.Value, "$") {
		return
	}
	text, err := b.env.Interpolate(imagepin.Text{{Text: n.Value}}, &imagepin.Source{}, 0)
	if err != nil {
		out.Open = true
		return
	}
	out.Text, out.Open = text.String(), text.Unknown() != ""
}

// span returns the position of a scalar with its quotes.
func (b *builder) span(n *yaml.Node) ecosystems.Span {
	r := b.file
	at := r.Offset(n)
	span := ecosystems.Span{File: r.Path, Start: at, End: at}
	quotes := 0
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		quotes = 1
	}
	// Most scalars stand in the file letter for letter, which is much faster to see than to decode.
	end := at + len(n.Value) + 2*quotes
	if n.Anchor == "" && end <= len(r.Src) && r.Src[at+quotes:end-quotes] == n.Value {
		span.End = end
		return span
	}
	if s := r.Scalar(n); s.OK {
		span.Start, span.End = s.Start, s.End
	}
	return span
}
