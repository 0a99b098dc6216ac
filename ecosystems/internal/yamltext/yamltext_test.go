package yamltext

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
)

// told describes what was read: each scalar with the bytes that it stands in,
// each trouble with its line.
func told(src string) string {
	f := Read("f", src, nil)
	var out []string
	for _, d := range f.Documents {
		switch {
		case d.Trouble != nil:
			line, _ := ecosystems.Position([]byte(src), d.Trouble.At.Start)
			out = append(out, fmt.Sprintf("trouble %s:%d %s", d.Trouble.Reason.Code, line, d.Trouble.Text))
		case d.Root != nil:
			out = append(out, strings.Join(scalars(f, d.Root, 0), ","))
		}
	}
	return strings.Join(out, " | ")
}

func scalars(f *File, n *yaml.Node, depth int) (list []string) {
	if depth > 100 {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		return []string{"*" + n.Value}
	}
	if n.Kind == yaml.ScalarNode {
		s := f.Scalar(n)
		if at, ok := s.Span(); ok {
			return []string{f.Src[at.Start:at.End]}
		}
		return []string{fmt.Sprintf("%q at %d to %d, filled %t", s.Text.String(), s.Start, s.End, s.Filled)}
	}
	for _, child := range n.Content {
		list = append(list, scalars(f, child, depth+1)...)
	}
	return list
}

func TestRead(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a: 1\n---\nb: 'x''y'\n--- \"z\\x41\"\n...\n# c\n---\n- w\n", "a,1 | b,\"x'y\" at 12 to 18, filled false | \"zA\" at 23 to 30, filled false | w"},
		{"a: 1\r\n---\r\nb: >-\r\n  folded\r\n---\r\n", "a,1 | b,folded"},
		{"\uFEFF%YAML 1.2\n---\na: 1\n", "a,1"},
		{"# c\n---\n# d\n---\na: 1\n", "a,1"},
		{"%TAG ! tag:x,2000:\n---\na: !b 1\n", "a,1"},
		{"a: [\n---\nb: 2\n---\n\tc: 3\n---\nd: 4", "trouble malformed:1 a: [ | b,2 | trouble malformed:5 c: 3 | d,4"},
		{"a: {{ .x }}\n---\nb: {{ .y }}:1\n{{- if .z }}\nc: 2\n{{- end }}\n", "a,.x,\"\" at 9 to 9, filled false,\"\" at 10 to 10, filled false | b,\"xxxxxxxx:1\" at 19 to 29, filled true,c,2"},
		{"a: '{{ .x }}'\n", "a,{{ .x }}"},
		{"{{ if x\na: 1\n---\nb: 1", "trouble malformed:1 {{ if x | b,1"},
		{"---\n--- # c\n...\n", ""},
		{"a: |\n  x\n---\nb: 1\n---x: 2\n", "a,x\n | b,1,---x,2"},
		{"a: &x 1\nb: *x\n---\nc: *x\n", "a,1,b,*x | trouble malformed:3 ---"},
		{"\xff\xfea", "trouble malformed:1 \xff\xfea"},
		{"a: \u2028b: 1\r---\rc: 1", "a,\"\" at 2 to 2, filled false,b,1 | c,1"},
	} {
		if got := told(c.src); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Only the documents that are wanted are parsed.
func TestWanted(t *testing.T) {
	f := Read("f", "a: [\n---\nkind: x\n", func(text string) bool { return strings.Contains(text, "kind:") })
	if len(f.Documents) != 1 || f.Text(f.Documents[0].Root, "kind") != "x" {
		t.Errorf("read %+v", f.Documents)
	}
}

func TestWalk(t *testing.T) {
	f := Read("f", "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  <<: [*x, *y]\n  a: {d: [e, *x]}\n  n: null\nw: *x\n", nil)
	root := f.Documents[0].Root
	for path, want := range map[string]string{"z b": "2", "z c": "4", "z a": "", "w a": "1", "z n": "", "z q": "", "q r": ""} {
		if got := f.Text(root, strings.Fields(path)...); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
	if list := f.List(root, "z", "a", "d"); len(list) != 2 || list[1].Kind != yaml.MappingNode {
		t.Errorf("the list is %v", list)
	}
	keys := ""
	for _, p := range f.Pairs(f.At(root, "z")) {
		keys += p.Key
	}
	if keys != "anbc" {
		t.Errorf("the keys are %q", keys)
	}
}

// FuzzRead holds that places are inside the file, that a text found stands at
// its place, and that the documents are those that the parser itself finds.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"a: 1\n---\nb: 'x'\n...\n", "%YAML 1.1\n---\na: &x \"\\x41\"\nb: *x\n", "a: {{ b }}\n", "- |\n  x\n- >-\n  y\n", "a:\r- b\u2028---\n", "<<: [*a]\n", "---\n---\n...\n...\n# c", "  |"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 1<<14 {
			return
		}
		file := Read("f", src, nil)
		var ours []*yaml.Node
		for _, d := range file.Documents {
			switch {
			case d.Trouble != nil && (d.Trouble.At.Start < 0 || d.Trouble.At.End > len(src)):
				t.Fatalf("%q: trouble at %v", src, d.Trouble.At)
			case d.Trouble != nil || d.Filled:
				ours = nil
				return
			case d.Root != nil:
				scalars(file, d.Root, 0)
				ours = append(ours, d.Root)
			}
		}
		theirs, err := decoded(readable(strings.TrimPrefix(src, byteOrderMark)))
		if err != nil || len(ours) != len(theirs) {
			if err == nil && !strings.Contains(src, "...") {
				t.Fatalf("%q: %d documents, and the parser finds %d", src, len(ours), len(theirs))
			}
			return
		}
		for n := range ours {
			if a, b := tree(ours[n], 0), tree(theirs[n], 0); a != b {
				t.Fatalf("%q: document %d is %s, and for the parser %s", src, n, a, b)
			}
		}
	})
}

// decoded reads a stream of documents with the parser's own decoder.
func decoded(src string) (roots []*yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	dec := yaml.NewDecoder(strings.NewReader(src))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
			return roots, nil
		} else if err != nil {
			return nil, err
		}
		if len(doc.Content) > 0 && !(doc.Content[0].Tag == "!!null" && doc.Content[0].Value == "") {
			roots = append(roots, doc.Content[0])
		}
	}
}

func tree(n *yaml.Node, depth int) string {
	if depth > 50 || n.Kind == yaml.AliasNode {
		return "*"
	}
	out := fmt.Sprintf("%d:%d %q(", n.Line, n.Column, n.Value)
	for _, child := range n.Content {
		out += tree(child, depth+1)
	}
	return out + ")"
}

// TestBrokenLine names the line that is wrong, and not the one on which the parser began.
func TestBrokenLine(t *testing.T) {
	long := "a:\n" + strings.Repeat("  - x\n", maxSought) + " b: c\n"
	for src, want := range map[string]string{
		"services:\n  web:\n    image: nginx:1.25\n   bad: x\n": "trouble malformed:4 bad: x",
		"a: 1\n---\nb:\n  - x\n  - y\n c: d\ne: f\n":            "a,1 | trouble malformed:6 c: d",
		"a: {b: [x,\n  y], c: d}\ne:\n  f: g\n h: i\n":          "trouble malformed:5 h: i",
		"a:\n  - x\n b\n":                       "trouble malformed:3 b",
		"\xef\xbb\xbfa:\r\n  b: c\r\n d: e\r\n": "trouble malformed:3 d: e",
		long:                                    "trouble malformed:201 - x",
	} {
		if got := told(src); !strings.HasSuffix(got, want) {
			t.Errorf("%.60q: got %s, want %s", src, got, want)
		}
	}
}
