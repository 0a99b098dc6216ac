package worktree

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
)

// folder fills a folder. A name that ends in "*" is executable.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		mode := fs.FileMode(0o644)
		if n, ok := strings.CutSuffix(name, "*"); ok {
			name, mode = n, 0o755
		}
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// contents is the other way round. Folders that hold nothing are "name/".
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if list, err := os.ReadDir(name); err != nil || len(list) > 0 {
				return err
			}
			files[rel+"/"] = ""
			return nil
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		if i.Mode()&0o100 != 0 {
			rel += "*"
		}
		data, err := os.ReadFile(name)
		files[rel] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// replaceAll replaces files of a folder as one process does.
func replaceAll(t *testing.T, ctx context.Context, dir string, files []ecosystems.FileChange) error {
	t.Helper()
	tree, err := Open(ctx, dir, nil)
	if err != nil {
		return err
	}
	defer tree.Close()
	return tree.Replace(ctx, files)
}

func changes() []ecosystems.FileChange {
	return []ecosystems.FileChange{
		{Path: "a", Data: []byte("A\r\n")},
		{Path: "deep/run", Data: []byte("RUN")},
		{Path: "gone/x/y", Delete: true},
		{Path: "new/b", Data: []byte{}},
		{Path: "z", Data: []byte("Z")},
	}
}

func before() map[string]string {
	return map[string]string{"a": "a\r\n", "deep/run*": "run", "gone/x/y*": "y", "z": "z", "other": "o"}
}

func TestReplaceAll(t *testing.T) {
	dir := folder(t, before())
	if err := replaceAll(t, t.Context(), dir, changes()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "A\r\n", "deep/run*": "RUN", "new/b": "", "z": "Z", "other": "o"}
	if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestReplaceInterrupted(t *testing.T) {
	dir := folder(t, before())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := replaceAll(t, ctx, dir, changes()[:2]); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if diff := cmp.Diff(before(), contents(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestReplaceRefuses are places where nothing may be written.
func TestReplaceRefuses(t *testing.T) {
	outside := folder(t, map[string]string{"secret": "s"})
	for _, c := range []struct {
		path string
		make func(dir string) error
	}{
		{"link", func(dir string) error { return os.Symlink("other", filepath.Join(dir, "link")) }},
		{"out/secret", func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "out")) }},
		{"other/x", func(string) error { return nil }},
		{"deep", func(string) error { return nil }},
		{"../secret", func(string) error { return nil }},
		{".git/hooks/pre-commit", func(string) error { return nil }},
		{"x/.GIT/config", func(string) error { return nil }},
		{"git~1/config", func(string) error { return nil }},
		{".g\u200cit/config", func(string) error { return nil }},
		{".git./config", func(string) error { return nil }},
		{".git::$INDEX_ALLOCATION/config", func(string) error { return nil }},
		{".freshpin-update/journal", func(string) error { return nil }},
		{"inner/x", func(dir string) error { return os.Symlink("deep", filepath.Join(dir, "inner")) }},
		{"dangling", func(dir string) error { return os.Symlink("nowhere", filepath.Join(dir, "dangling")) }},
		{"a/../../x", func(string) error { return nil }},
		{"", func(string) error { return nil }},
	} {
		dir := folder(t, before())
		if err := c.make(dir); err != nil {
			t.Fatal(err)
		}
		err := replaceAll(t, t.Context(), dir, []ecosystems.FileChange{{Path: "a", Data: []byte("A")}, {Path: c.path, Data: []byte("X")}})
		if err == nil || !strings.HasPrefix(err.Error(), "write "+c.path+": ") {
			t.Errorf("%s: %v", c.path, err)
		}
		if data, _ := os.ReadFile(filepath.Join(dir, "a")); string(data) != "a\r\n" {
			t.Errorf("%s: a file beside was written: %q", c.path, data)
		}
		if data, _ := os.ReadFile(filepath.Join(outside, "secret")); string(data) != "s" {
			t.Errorf("%s: written outside: %q", c.path, data)
		}
	}
}
