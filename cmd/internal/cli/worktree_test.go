package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/cmd/internal/console"
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
