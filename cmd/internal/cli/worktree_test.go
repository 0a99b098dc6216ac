package cli

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
	if err := replaceAll(t.Context(), dir, changes()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a": "A\r\n", "deep/run*": "RUN", "new/b": "", "z": "Z", "other": "o"}
	if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestReplaceBroken breaks every step: the folder is as it was, but for the new folder.
func TestReplaceBroken(t *testing.T) {
	for _, at := range []string{"a", "deep/run", "new/b", "z"} {
		dir := folder(t, before())
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		err = replaceIn(t.Context(), root, changes(), func(from, to string) error {
			if to == at {
				return &os.LinkError{Op: "rename", Old: from, New: to, Err: errors.New("disk on fire")}
			}
			return root.Rename(from, to)
		})
		if err == nil || !strings.HasPrefix(err.Error(), "write "+at+": disk on fire") {
			t.Errorf("%s: %v", at, err)
		}
		got := contents(t, dir)
		delete(got, "new/")
		if diff := cmp.Diff(before(), got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", at, diff)
		}
	}
}

func TestReplaceInterrupted(t *testing.T) {
	dir := folder(t, before())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := replaceAll(ctx, dir, changes()[:2]); !errors.Is(err, context.Canceled) {
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
	} {
		dir := folder(t, before())
		if err := c.make(dir); err != nil {
			t.Fatal(err)
		}
		err := replaceAll(t.Context(), dir, []ecosystems.FileChange{{Path: "a", Data: []byte("A")}, {Path: c.path, Data: []byte("X")}})
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

// TestUpdateUsage are command lines that are wrong: exit code 2, before anything is asked or written.
func TestUpdateUsage(t *testing.T) {
	dir := folder(t, map[string]string{"Dockerfile": "FROM x:1.0\n"})
	for _, args := range [][]string{
		{"--diff", "--branch", dir}, {"--branch=", dir}, {"--branch=a..b", dir}, {"github:acme/shop"}, {dir, dir}, {filepath.Join(dir, "nowhere")},
		{"--only", "[", dir}, {"--allow", "x", dir}, {"--as-of", "x", dir},
	} {
		var out, errs strings.Builder
		code := Run(t.Context(), append([]string{"update"}, args...), func(string) string { return "" }, &out, &errs)
		if code != exitUsage || out.Len() > 0 || !strings.HasPrefix(errs.String(), "freshpin: ") {
			t.Errorf("update %q = %d\n%s%s", args, code, out.String(), errs.String())
		}
	}
}
