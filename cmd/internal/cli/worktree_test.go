package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/cmd/internal/console"
)

// folder fills a folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, tree := t.TempDir(), fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
	}
	if err := os.CopyFS(dir, tree); err != nil {
		t.Fatal(err)
	}
	return dir
}

// contents is the other way round.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, tree := map[string]string{}, os.DirFS(dir)
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(tree, name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
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
		if code != console.ExitUsage || out.Len() > 0 || !strings.HasPrefix(errs.String(), "freshpin: ") {
			t.Errorf("update %q = %d\n%s%s", args, code, out.String(), errs.String())
		}
	}
}
