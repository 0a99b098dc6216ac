package gomod

import (
	"fmt"
	"maps"
	"testing"
	"testing/fstest"
)

func TestImports(t *testing.T) {
	source := func(pkg string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("package x\n\nimport (\n\t\"fmt\"\n\t_ \"" + pkg + "\"\n)\n")}
	}
	many := fstest.MapFS{}
	for n := range mostSources + 1 {
		many[fmt.Sprintf("a/%d.go", n)] = source("os")
	}
	for _, c := range []struct {
		name, manifest string
		repo           fstest.MapFS
		want           map[string]string
		wrong          bool
	}{
		{"here", "go.mod", fstest.MapFS{"main.go": source("a/b")}, map[string]string{"a/b": "main.go:5"}, false},
		{"in a test, below", "m/go.mod", fstest.MapFS{"m/x/y_test.go": source("a/b"), "other.go": source("c")}, map[string]string{"a/b": "m/x/y_test.go:5"}, false},
		{"not", "go.mod", fstest.MapFS{"main.go": source("a/bc")}, map[string]string{}, false},
		{"in what the go command leaves out", "go.mod", fstest.MapFS{"main.go": source("os"), "testdata/a.go": source("a/b"), "_x/a.go": source("a/b"), ".x/a.go": source("a/b"), "vendor/a/b/a.go": source("a/b")}, map[string]string{}, false},
		{"in another module", "go.mod", fstest.MapFS{"main.go": source("os"), "n/go.mod": {Data: []byte("module n")}, "n/a.go": source("a/b")}, map[string]string{}, false},
		{"beside what is no Go", "go.mod", fstest.MapFS{"a.go": {Data: []byte("no Go")}, "b.go": source("a/b")}, map[string]string{"a/b": "b.go:5"}, false},
		{"no code at all", "go.mod", fstest.MapFS{"README": {}}, nil, true},
		{"too much of it", "go.mod", many, nil, true},
	} {
		got, err := (&Ecosystem{}).Imports(c.repo, c.manifest, []string{"a/b", "c"})
		if !maps.Equal(got, c.want) || (err != nil) != c.wrong {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
}
