package edit

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

func TestFollow(t *testing.T) {
	link := func(to string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(to), Mode: fs.ModeSymlink} }
	tree := fstest.MapFS{
		"a/b/file": {}, "dir": link("a/b"), "a/up": link(".."), "a/b/top": link("../.."), "one": link("two"), "two": link("dir/file"),
		"self": link("self"), "out": link(".."), "root": link("/a"), "sly": link("a/b/top/../x"), "hole": link("not/there"), "here": link("."),
	}
	for _, c := range []struct{ name, want string }{
		{"a/b/file", "a/b/file"},
		{"dir/file", "a/b/file"},
		{"one", "a/b/file"},
		{"a/up/a/up/dir/file", "a/b/file"},
		{"a/b/top/one", "a/b/file"},
		{"here/here/one", "a/b/file"},
		{"here", "."},
		{"a//./b/../b/file", "a/b/file"},
		{"hole", "not/there"},
		{"dir/new/file", "a/b/new/file"},
		{"not/../there", "there"},
		{"self", errLoop.Error()},
		{"out/x", errOutside.Error()},
		{"root/b/file", errOutside.Error()},
		{"sly", errOutside.Error()},
		{"..", errOutside.Error()},
	} {
		got, err := follow(tree, c.name)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("follow(%s) = %s, want %s", c.name, got, c.want)
		}
	}
}
