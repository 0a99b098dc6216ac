package dockerfile

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile/located"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

var seeds = []string{
	"FROM a:1\n", "# escape=`\nFROM a`\n:1", "RUN <<A <<-B\nx\nA\n\tB\nFROM x", "ONBUILD RUN <<E\nE\n", "FROM a \\\n# c\n\n AS b",
	"ARG A='x y' B=\"z\" C=\\ d\nFROM ${A:-$B}", "COPY [\"<<a\", \"b\"]", "RUN --mount=\"a,from=b\" --x='y z' -- w", "\uFEFF# syntax=a\nFROM b",
	"FROM a\\\\\nFROM b\\ \t\nc", "HEALTHCHECK --x CMD y", "ENV a b\nLABEL a=b", "RUN echo <<", "# syntax=a\n# syntax=b\nFROM c", "ADD <<'a b' /x\na b\n",
	"ARG A='x \"\\\\", `ARG A="x\`, `from "0:044I44"10`, `from "0:0uuu"0`,
}

// FuzzSplit compares our instructions with those of BuildKit's own parser, wherever that can read the file.
func FuzzSplit(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if !utf8.ValidString(src) || strings.ContainsAny(src, "\x00\uFEFF") {
			return
		}
		res, err := parser.Parse(strings.NewReader(src))
		if err != nil {
			return
		}
		all, escape, _ := split(src)
		nodes := slices.DeleteFunc(res.AST.Children, func(n *parser.Node) bool { return n.Original == "" })
		if len(all) != len(nodes) {
			t.Fatalf("%q: %d instructions, BuildKit has %d", src, len(all), len(nodes))
		}
		for i, node := range nodes {
			compareNode(t, src, all[i], node, escape)
		}
	})
}

func compareNode(t *testing.T, src string, in Instruction, node *parser.Node, escape byte) {
	line, _ := ecosystems.Position([]byte(src), in.Start)
	if in.Text.S != node.Original || line != node.StartLine {
		t.Fatalf("%q: %q in line %d, BuildKit has %q in line %d", src, in.Text.S, line, node.Original, node.StartLine)
	}
	for i := range in.Text.S {
		if src[in.Text.At(i)] != in.Text.S[i] {
			t.Fatalf("%q: byte %d of %q does not stand at %d", src, i, in.Text.S, in.Text.At(i))
		}
	}
	name, flags, args := instructionParts(in.Text, escape)
	if name.S != node.Value {
		t.Fatalf("%q: instruction %q, BuildKit has %q", src, name.S, node.Value)
	}
	if ascii(in.Text.S) && strings.Join(words(flags), "\x00") != strings.Join(node.Flags, "\x00") {
		t.Fatalf("%q: flags %q, BuildKit has %q", src, words(flags), node.Flags)
	}
	var got []located.Text
	switch strings.ToLower(name.S) {
	case "from":
		got = args.Fields()
	case "arg":
		got = argWords(args, escape)
	default:
		return
	}
	var want []string
	for n := node.Next; n != nil; n = n.Next {
		want = append(want, n.Value)
	}
	if ascii(in.Text.S) && strings.Join(words(got), "\x00") != strings.Join(want, "\x00") {
		t.Fatalf("%q: arguments %q, BuildKit has %q", src, words(got), want)
	}
}

// ascii leaves out what BuildKit takes apart into bytes.
func ascii(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 126 }) < 0 }

func words(list []located.Text) []string {
	var out []string
	for _, c := range list {
		out = append(out, c.S)
	}
	return out
}

// onTrack returns a version on the track of a pin, which differs in the first
// number behind the text before the variable; false where there is none.
func onTrack(p ecosystems.Pin) (version.Version, bool) {
	text := []byte(p.Text)
	i := len(p.Before)
	for i < len(text)-len(p.After) && (text[i] < '0' || text[i] > '9') {
		i++
	}
	if i == len(text)-len(p.After) {
		return version.Version{}, false
	}
	text[i] = '1' + (text[i]-'0')%8
	v := dockertag.Parse(string(text))
	return v, v.Track == p.Version.Track
}

// FuzzRead checks that every edit of every file can be read back.
func FuzzRead(f *testing.F) {
	for _, s := range append(seeds, parts...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, d := range Read("Dockerfile", src) {
			for _, at := range d.At {
				if at.Start < 0 || at.End < at.Start || at.End > len(src) {
					t.Fatalf("%q: %+v lies outside", src, d)
				}
			}
			if !d.Skip.IsZero() {
				continue
			}
			v, ok := onTrack(d.Pin)
			if !ok {
				continue
			}
			to := ecosystems.Target{Version: v, Digest: new}
			out := edited(t, src, d, to)
			found := false
			for _, is := range Read("Dockerfile", out) {
				found = found || is.Package == d.Package && is.Pin.Text == to.Version.Text
			}
			if !found {
				t.Fatalf("%q became %q without %s:%s", src, out, d.Name, to.Version.Text)
			}
		}
	})
}
