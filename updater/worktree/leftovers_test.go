//go:build unix

package worktree

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestHostileLeftovers: what version 0.1.0 has staged and left behind goes, and
// nothing else, whatever a tree puts in its place (F11).
func TestHostileLeftovers(t *testing.T) {
	outside := t.TempDir()
	lay(t, outside, ".freshpin-AAAAAAAAAAAA", "outside")
	dir := t.TempDir()
	for _, name := range []string{
		".freshpin-ABCDEFGHIJKL", "svc/.freshpin-234567ABCDEF", "vendor/a.test/lib/.freshpin-ZZZZZZZZZZZZ", // go
		".freshpin-ABCDEFGHIJK", ".freshpin-ABCDEFGHIJKLM", ".freshpin-abcdefghijkl", ".freshpin-ABCDEFGHIJK1", ".freshpin-ABCDEFGHIJKL~", "x.freshpin-ABCDEFGHIJKL", ".freshpin.yaml", ".freshpin-", ".freshpin-ABCDEFGHIJK\u00c4",
		"kept/.freshpin-TRACKEDAAAAA", ".git/.freshpin-ABCDEFGHIJKL", "sub/.git", "sub/.freshpin-ABCDEFGHIJKL", "node_modules/x/.freshpin-ABCDEFGHIJKL", ".freshpin-ABCDEFGHIJKN/x", "two/names",
	} {
		lay(t, dir, name, "content")
	}
	for name, to := range map[string]string{".freshpin-LINKAAAAAAAA": filepath.Join(outside, ".freshpin-AAAAAAAAAAAA"), "link": outside, ".freshpin-LINKBBBBBBBB": "svc", ".freshpin-LINKCCCCCCCC": "nowhere"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(filepath.Join(dir, "two/names"), filepath.Join(dir, "two/.freshpin-TWONAMESAAAA")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, ".freshpin-FIFOAAAAAAAA"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := list(t, dir)
	tree, err := Open(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	gone, err := tree.SweepStaged(func(name string) bool { return strings.HasPrefix(name, "kept/") })
	want := []string{".freshpin-ABCDEFGHIJKL", "svc/.freshpin-234567ABCDEF", "vendor/a.test/lib/.freshpin-ZZZZZZZZZZZZ"}
	if err != nil || !slices.Equal(gone, want) {
		t.Errorf("gone %q, %v, want %q", gone, err, want)
	}
	after := list(t, dir)
	if left := slices.DeleteFunc(before, func(name string) bool { return slices.Contains(want, name) }); !slices.Equal(left, after) {
		t.Errorf("there is\n%q\nwant\n%q", after, left)
	}
	if data, err := os.ReadFile(filepath.Join(outside, ".freshpin-AAAAAAAAAAAA")); err != nil || string(data) != "outside" {
		t.Errorf("outside: %q, %v", data, err)
	}
}

func lay(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func list(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		names = append(names, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
