package confine

import (
	"os"
	"path/filepath"
	"testing"
)

// A folder among other people's is ours alone, and never a link to somewhere else.
func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	for range 2 {
		got, err := private(dir)
		info, statErr := os.Stat(dir)
		if err != nil || statErr != nil || got != dir || info.Mode().Perm() != 0o700 {
			t.Errorf("private: %q, %v, %v", got, err, statErr)
		}
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip(err)
	}
	if got, err := private(link); err == nil {
		t.Errorf("private follows a link to %q", got)
	}
}
