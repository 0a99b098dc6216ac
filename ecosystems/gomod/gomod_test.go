package gomod

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
)

func extract(t testing.TB, file, data string) []ecosystems.Dependency {
	t.Helper()
	deps, err := New(nil, nil).Extract(fstest.MapFS{file: {Data: []byte(data)}}, file)
	if err != nil {
		t.Fatalf("Extract: %v", err)
	}
	return deps
}

// show says of each dependency: line:column name version, and what is special about it.
func show(data string, deps []ecosystems.Dependency) string {
	var out []string
	for _, d := range deps {
		line, column := ecosystems.Position([]byte(data), d.At[0].Start)
		s := fmt.Sprintf("%d:%d %s %s", line, column, d.Name, d.Pin.Text)
		if d.Pin.Text != "" && data[d.At[0].Start:d.At[0].End] != d.Pin.Text {
			s += " AT " + data[d.At[0].Start:d.At[0].End]
		}
		if !d.Direct {
			s += " indirect"
		}
		if d.Ignored {
			s += " ignored"
		}
		if !d.Skip.IsZero() {
			s += " " + d.Skip.Code
		}
		out = append(out, s)
	}
	return strings.Join(out, "|")
}

var rows = []struct{ data, want string }{
	{"require (\n\ta.b/c v1.0.0\n\tnot readable at all\n\td.e/f v1.2.0\n)\nrequire g.h/i v1.0.0\n", "2:8 a.b/c v1.0.0|3:2 require  malformed|4:8 d.e/f v1.2.0|6:15 g.h/i v1.0.0"},
	{"module m\nrequire (\n", "2:1 require  malformed"},
	{"require (\n\ta.b/c v1.0.0\nrequire d.e/f v1.0.0\n", "2:8 a.b/c v1.0.0|3:1 require  malformed|1:1 require  malformed"}, // the block is never closed
	{"require (\n a.b/c v1.0.0\nreplace (\n a.b/c => ../c\n)\n", "2:8 a.b/c v1.0.0 replaced|3:1 replace  malformed"},
	{")\nrequire a.b/c v1.0.0", "1:1 )  malformed|2:15 a.b/c v1.0.0"},
	{"require \"a.b/c v1.0.0\nrequire a.b/d v1.0.0", "1:1 require  malformed|2:15 a.b/d v1.0.0"},
	{"/* old */\nrequire a.b/d v1.0.0", "1:1 /*  malformed|2:15 a.b/d v1.0.0"},
	{"\ufeffmodule m\r\n\r\nrequire (\r\n\ta.b/c v1.0.0 // indirect\r\n)\r\n", "4:8 a.b/c v1.0.0 indirect"},
	{"require \"a.b/c\" \"v1.0.0\"", "1:18 a.b/c v1.0.0"},
	{"require `a.b/c` `v1.0.0`", "1:1 require  malformed"},     // modfile knows no raw strings here
	{"\"require\" a.b/c v1.0.0", "1:1 \"require\"  malformed"}, // as the go command says
	{"require a.b/c v1.0.0//indirect", "1:15 a.b/c v1.0.0 indirect"},
	{"require a.b/c v1.0.0 // indirect; why not", "1:15 a.b/c v1.0.0 indirect"},
	{"require a.b/c v1.0.0 // indirectly", "1:15 a.b/c v1.0.0"},
	{"require a.b/c v1.0.0 // freshpin: ignore", "1:15 a.b/c v1.0.0 ignored"},
	{"require a.b/c v1.0.0 //Freshpin:ignore until May", "1:15 a.b/c v1.0.0 ignored"},
	{"require a.b/c v1.0.0 // indirect; freshpin: ignore", "1:15 a.b/c v1.0.0 indirect ignored"},
	{"require a.b/c v1.0.0 // indirect // freshpin: ignore", "1:15 a.b/c v1.0.0 ignored"}, // "indirect //" is no mark to the go command
	{"require a.b/c v1.0.0 // freshpin: ignored never", "1:15 a.b/c v1.0.0"},
	{"require a.b/c master", "1:15 a.b/c master unsupported"},
	{"require a.b/c abcdef123456 // indirect", "1:15 a.b/c abcdef123456 indirect unsupported"},
	{"require a.b/c v1.2", "1:15 a.b/c v1.2 unsupported"},
	{"require a.b/c v2.0.0", "1:1 require  malformed"}, // the go command: should be v0 or v1, not v2
	{"require a.b/c/v2 v3.0.0", "1:1 require  malformed"},
	{"require a.b/c/v3 v3.0.0", "1:18 a.b/c/v3 v3.0.0"},
	{"require gopkg.in/yaml.v3 v3.0.1", "1:26 gopkg.in/yaml.v3 v3.0.1"},
	{"require a.b/c v2.0.0+incompatible", "1:15 a.b/c v2.0.0+incompatible"},
	{"require a.b/c v0.0.0-20191109021931-daa7c04131f5", "1:15 a.b/c v0.0.0-20191109021931-daa7c04131f5"},
	{"require a.b/c v1.0.0\nreplace a.b/c => ../c", "1:15 a.b/c v1.0.0 replaced"},
	{"require a.b/c v1.0.0\nreplace a.b/c v1.1.0 => ../c", "1:15 a.b/c v1.0.0"},
	{"replace a.b/c v1.0.0 => f.g/c v1.5.0\nrequire a.b/c v1.0.0", "1:31 f.g/c v1.5.0|2:15 a.b/c v1.0.0 replaced"},
	{"replace (\n\ta.b/c => f.g/c/v2 v2.5.0 // freshpin: ignore\n)", "2:20 f.g/c/v2 v2.5.0 ignored"},
	{"replace a.b/c => f.g/c master", "1:24 f.g/c master unsupported"},
	{"replace a.b/c => f.g/c v2.0.0", "1:1 replace  malformed"}, // the go command: should be v0 or v1, not v2
	{"replace a.b/c => v1.0.0", "1:1 replace  malformed"},
	{"module m\ngo 1.21\ntoolchain go1.22.1", "3:11 toolchain go1.22.1"},
	{"toolchain default", "1:11 toolchain default unsupported"},
	{"toolchain go1.22.1-corp", "1:11 toolchain go1.22.1-corp unsupported"},
	{"toolchain 1.22.1", "1:1 toolchain  malformed"},
	{"exclude a.b/c v1.0.0\nretract v1.0.0\nretract (\n[v1.0.0, v1.1.0] // bad\n)\ntool a.b/c\ngodebug x=1\nignore ./x", ""},
	{"require ()\nexclude ( // none\n)\nrequire ( )\n", ""},
	{"frobnicate a.b/c v1.0.0", "1:1 frobnicate  malformed"},
	{"module", "1:1 module  malformed"},
	{"", ""},
	{"\n// only a comment", ""},
}

func TestExtract(t *testing.T) {
	for _, c := range rows {
		if got := show(c.data, extract(t, "go.mod", c.data)); got != c.want {
			t.Errorf("Extract(%q)\n got %s\nwant %s", c.data, got, c.want)
		}
	}
}

func TestExtractWork(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"go 1.22\ntoolchain go1.22.3\nuse (\n\t./a\n\t./b\n)\nreplace a.b/c v1.0.0 => f.g/c v1.5.0\nuse ./c\n", "2:11 toolchain go1.22.3|7:31 f.g/c v1.5.0"},
		{"require a.b/c v1.0.0\nuse ./c", "1:1 require  malformed"},
		{"use", "1:1 use  malformed"},
	} {
		if got := show(c.data, extract(t, "sub/go.work", c.data)); got != c.want {
			t.Errorf("Extract(%q)\n got %s\nwant %s", c.data, got, c.want)
		}
	}
}

func TestExcludes(t *testing.T) {
	d := extract(t, "go.mod", "require (\na.b/c v1.0.0\na.b/d v1.0.0\n)\nexclude a.b/c v1.1.0\nexclude (\na.b/c v1.2.0\n)")
	for text, want := range map[string]bool{"v1.1.0": true, "v1.2.0": true, "v1.3.0": false} {
		v, _ := gosemver.Parse(text)
		if got := d[0].Pin.Excludes(v); got != want {
			t.Errorf("Excludes(%s) = %v, want %v", text, got, want)
		}
	}
	if v, _ := gosemver.Parse("v1.1.0"); d[1].Pin.Excludes != nil && d[1].Pin.Excludes(v) {
		t.Errorf("%s excludes %s", d[1].Name, v)
	}
}

func TestMatch(t *testing.T) {
	for path, want := range map[string]bool{
		"go.mod": true, "a/b/go.mod": true, "go.work": true, "a/go.work": true,
		"go.sum": false, "go.work.sum": false, "x.go.mod": false, "go.mod/x": false, "": false,
	} {
		if got := New(nil, nil).Match(path); got != want {
			t.Errorf("Match(%q) = %v, want %v", path, got, want)
		}
	}
}

// next leads each dependency to another version that its path allows.
func next(d ecosystems.Dependency) ecosystems.Target {
	v := d.Pin.Version
	if v.IsZero() {
		return ecosystems.Target{}
	}
	text := fmt.Sprintf("v%d.%d.99", v.Major(), v.Minor())
	if gosemver.Incompatible(v.Text) {
		text += "+incompatible"
	}
	to, _ := gosemver.Parse(text)
	if d.Name == toolchain {
		to, _ = gosemver.ParseToolchain("go1.99.1")
	}
	return ecosystems.Target{Version: to}
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil, nil), next) }

func TestContract(t *testing.T) {
	for _, c := range rows {
		ecosystemtest.Edits(t, New(nil, nil), "go.mod", c.data, next)
		ecosystemtest.Edits(t, New(nil, nil), "go.mod", strings.ReplaceAll(c.data, "\n", "\r\n"), next)
	}
	ecosystemtest.Edits(t, New(nil, nil), "go.work", "toolchain go1.22.3\nreplace a.b/c => f.g/c v1.5.0\n", next)
}

// An edit is refused that would make the file invalid.
func TestEditRefused(t *testing.T) {
	deps := extract(t, "go.mod", "require a.b/c/v2 v2.0.0\nrequire a.b/c v1.0.0\ntoolchain go1.22.1\nrequire a.b/d master")
	for i, texts := range [][]string{{"v3.0.0", "v1.9.0"}, {"v2.0.0"}, {"v1.23.0"}} {
		for _, text := range texts {
			v, _ := gosemver.Parse(text)
			if edits, err := New(nil, nil).Edit(deps[i], ecosystems.Target{Version: v}); err == nil {
				t.Errorf("Edit(%s, %s) = %v, want an error", deps[i].Name, text, edits)
			}
		}
	}
}

// modfile and Extract agree about every file that modfile accepts.
func FuzzExtract(f *testing.F) {
	for _, c := range rows {
		f.Add(c.data)
		f.Add(strings.ReplaceAll(c.data, "\n", "\r\n"))
	}
	f.Add("require a.b/c\\\n v1.0.0")
	f.Add("replace(\n0 => 0(\n)")
	f.Fuzz(func(t *testing.T, data string) {
		deps := extract(t, "go.mod", data)
		ecosystemtest.Edits(t, New(nil, nil), "go.mod", data, next)
		want, ok := oracle(data)
		if !ok {
			return
		}
		var got []string
		for _, d := range deps {
			if d.Skip.Code == ecosystems.Malformed {
				t.Fatalf("%s is malformed: %s\n%q", d.Name, d.Skip.Text, data)
			}
			got = append(got, fmt.Sprint(d.Name, " ", d.Pin.Text, " ", d.Direct))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("Extract(%q) = %q, want %q", data, got, want)
		}
	})
}
