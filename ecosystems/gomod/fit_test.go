package gomod

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/modfile"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// manifests is a source that knows the go.mod of each version and nothing else, and counts what it is asked.
type manifests struct {
	Source
	text  map[string]string // "path version" -> go.mod without its module line, or with one; "down" where the proxy is
	asked map[string]bool
}

func (m *manifests) GoMod(_ context.Context, path, v string) (*modfile.File, error) {
	m.asked[path+" "+v] = true
	text := m.text[path+" "+v]
	if text == "down" {
		return nil, errors.New("the proxy is down")
	}
	if !strings.Contains(text, "module ") {
		text = "module " + path + "\n" + text
	}
	return modfile.ParseLax("go.mod", []byte(text), nil)
}

// TestFit tells what a version asks of the manifest (dependabot-core #11933,
// #7868, #5757; golang/go #26474).
func TestFit(t *testing.T) {
	const mod = "go 1.20\n\nrequire (\n\ta.test/m v1.0.0\n\tb.test/m v1.2.0\n\tc.test/m v1.0.0 // indirect\n\td.test/m v1.0.0\n\te.test/m v1.0.0 // freshpin:ignore\n\tf.test/m v1.0.0\n)\n\nreplace d.test/m => ./d\n\nreplace f.test/m => g.test/fork v1.0.0\n"
	for _, c := range []struct {
		name, of, version, text string
		also                    map[string]string
		want                    string
		asked                   int
	}{
		{"it says nothing", "a.test/m", "v1.0.1", "", nil, "", 1},
		{"the same go line", "a.test/m", "v1.0.1", "go 1.20\n", nil, "", 1},
		{"a higher one", "a.test/m", "v1.0.1", "go 1.21.3\n", nil, "drags v1.0.1 requires go 1.21.3, and the go line says 1.20", 1},
		{"a release of the same language version", "a.test/m", "v1.0.1", "go 1.20.1\n", nil, "drags v1.0.1 requires go 1.20.1, and the go line says 1.20", 1},
		{"another path", "a.test/m", "v1.0.1", "module b.test/other\n", nil, "conflict v1.0.1 declares another path in its go.mod: b.test/other", 1},
		{"case 03: a fork keeps the path of what it replaces", "g.test/fork", "v1.0.1", "module f.test/m\n", nil, "", 1},
		{"a fork with its own path", "g.test/fork", "v1.0.1", "module g.test/fork\n", nil, "", 1},
		{"a fork with a third one", "g.test/fork", "v1.0.1", "module h.test/m\n", nil, "conflict v1.0.1 declares another path in its go.mod: h.test/m", 1},
		{"case 18: it would move another one too far", "a.test/m", "v1.0.2", "require b.test/m v1.5.0\n", nil, "drags v1.0.2: it would also move b.test/m from v1.2.0 to v1.5.0 (minor)", 1},
		{"within its policy, asked what that one requires", "a.test/m", "v1.0.2", "require b.test/m v1.2.5\n", nil, "", 2},
		{"what it has already", "a.test/m", "v1.0.2", "require b.test/m v1.2.0\n", nil, "", 1},
		{"an indirect requirement may be raised", "a.test/m", "v1.0.2", "require c.test/m v1.5.0\n", nil, "", 1},
		{"a replaced one stays", "a.test/m", "v1.0.2", "require d.test/m v1.5.0\nrequire f.test/m v1.9.0\nrequire g.test/fork v1.9.0\n", nil, "", 1},
		{"one that is told to stay", "a.test/m", "v1.0.2", "require e.test/m v1.0.1\n", nil, "drags v1.0.2: it would also move e.test/m from v1.0.0 to v1.0.1, whose updates are ignored", 1},
		{"a twin that needs it", "a.test/m", "v1.0.2", "require b.test/m v1.2.5\n", map[string]string{"b.test/m v1.2.5": "require a.test/m v1.0.2\n"}, "", 2},
		{"a twin that needs more of it", "a.test/m", "v1.0.2", "require b.test/m v1.2.5\n", map[string]string{"b.test/m v1.2.5": "require a.test/m v1.1.0\n"},
			"drags v1.0.2 requires b.test/m v1.2.5: it would also move a.test/m from v1.0.0 to v1.1.0 (minor)", 2},
		{"a twin with a higher go line", "a.test/m", "v1.0.2", "require b.test/m v1.2.5\n", map[string]string{"b.test/m v1.2.5": "go 1.22\n"},
			"drags v1.0.2 requires b.test/m v1.2.5, which requires go 1.22, and the go line says 1.20", 2},
		{"the proxy is down", "a.test/m", "v1.0.1", "down", nil, "the proxy is down", 1},
	} {
		source := &manifests{text: map[string]string{c.of + " " + c.version: c.text}, asked: map[string]bool{}}
		maps.Copy(source.text, c.also)
		e := New(source, nil)
		deps, err := e.Extract(fstest.MapFS{"go.mod": {Data: []byte("module m.test/m\n\n" + mod)}}, "go.mod")
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(deps, func(d ecosystems.Dependency) bool { return d.Package.Name == c.of })
		q := ecosystems.Fitting{Dependency: deps[at], Versions: []version.Version{parsed(t, c.version)}}
		for _, d := range deps {
			q.Beside = append(q.Beside, ecosystems.Neighbour{Dependency: d, Refuses: func(to version.Version) string {
				from := d.Pin.Version
				switch {
				case d.Ignored:
					return fmt.Sprintf("it would also move %s from %s to %s, whose updates are ignored", d.Name, from, to)
				case version.Between(from, to, version.LineMinor) > version.Patch:
					return fmt.Sprintf("it would also move %s from %s to %s (minor)", d.Name, from, to)
				}
				return ""
			}})
		}
		_, no, err := e.Fit(t.Context(), q)
		got := strings.TrimSpace(no.Code + " " + no.Text)
		if err != nil {
			got = err.Error()
		}
		if got != c.want || len(source.asked) != c.asked {
			t.Errorf("%s: %q, want %q; asked %v", c.name, got, c.want, source.asked)
		}
	}
}

// TestFitSearch searches in steps for the go line, and asks the newest one by
// one about what they require, and then the rest in steps.
func TestFitSearch(t *testing.T) {
	const line, drag = "go 1.21\n", "require b.test/m v1.5.0\n"
	for _, c := range []struct {
		text                        string
		releases, fit, first, asked int
		why                         string
	}{
		{line, 1, 1, 0, 1, ""},
		{line, 30, 29, 1, 2, "v1.0.30 requires go 1.21, and the go line says 1.20"},
		{line, 30, 27, 3, 4, "v1.0.30 requires go 1.21, and the go line says 1.20"},
		{line, 9, 4, 5, 6, "v1.0.9 requires go 1.21, and the go line says 1.20"},
		{line, 500, 3, 497, 13, "v1.0.500 requires go 1.21, and the go line says 1.20"},
		{line, 500, 0, 500, 13, "v1.0.500 requires go 1.21, and the go line says 1.20"},
		{drag, 9, 4, 5, 6, "v1.0.9: too far"},
		{drag, 12, 0, 12, 12, "v1.0.12: too far"},
		{drag, 500, 3, 497, 12 + 13, "v1.0.500: too far (not all of the 488 behind were asked)"},
	} {
		source := &manifests{text: map[string]string{}, asked: map[string]bool{}}
		q := ecosystems.Fitting{Dependency: ecosystems.Dependency{Package: ecosystems.Package{Kind: kind, Name: "a.test/m"}, Pin: ecosystems.Pin{Runtime: "1.20"}}}
		b := ecosystems.Dependency{Package: ecosystems.Package{Kind: kind, Name: "b.test/m"}, Direct: true, Pin: ecosystems.Pin{Text: "v1.0.0", Version: parsed(t, "v1.0.0")}}
		q.Beside = []ecosystems.Neighbour{{Dependency: b, Refuses: func(version.Version) string { return "too far" }}}
		for n := range c.releases {
			v := fmt.Sprintf("v1.0.%d", c.releases-n)
			if n < c.releases-c.fit {
				source.text["a.test/m "+v] = c.text
			}
			q.Versions = append(q.Versions, parsed(t, v))
		}
		first, why, err := New(source, nil).Fit(t.Context(), q)
		if err != nil || first != c.first || len(source.asked) > c.asked || why.Text != c.why {
			t.Errorf("%+v: %d, %q, %v, asked %d", c, first, why.Text, err, len(source.asked))
		}
	}
}

func parsed(t *testing.T, text string) version.Version {
	t.Helper()
	v, ok := gosemver.Parse(text)
	if !ok {
		t.Fatalf("%q is no version", text)
	}
	return v
}

// What the go command cannot read as a whole holds every update of the file, in outdated as in update.
func TestFitUnreadable(t *testing.T) {
	for _, c := range []struct{ name, file, data, want string }{
		{"a conflict that git left", "go.mod", "module m.test/m\n<<<<<<< HEAD\nrequire a.test/m v1.0.0\n", "go.mod:2: unknown directive: <<<<<<<"},
		{"a byte order mark", "go.mod", "\ufeffmodule m.test/m\nrequire a.test/m v1.0.0\n", "unexpected input character"},
		{"a go.work", "go.work", "go 1.20\nreplace b.test/m => a.test/m v1.0.0\nbogus\n", "go.work:3: unknown directive: bogus"},
	} {
		e := New(&manifests{asked: map[string]bool{}}, nil)
		deps, err := e.Extract(fstest.MapFS{c.file: {Data: []byte(c.data)}}, c.file)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(deps, func(d ecosystems.Dependency) bool { return d.Package.Name == "a.test/m" })
		q := ecosystems.Fitting{Dependency: deps[at], Versions: []version.Version{parsed(t, "v1.0.2"), parsed(t, "v1.0.1")}}
		first, why, err := e.Fit(t.Context(), q)
		if err != nil || first != 2 || why.Code != ecosystems.ToolFail || !strings.Contains(why.Text, c.want) {
			t.Errorf("%s: Fit = %d, %+v, %v, want %q", c.name, first, why, err, c.want)
		}
	}
}
