//go:build unix

package gitbranch

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/freshpin/freshpin/updater/forge"
)

func head(dir string) (*forge.Checkout, error) {
	r, err := Open(dir)
	if err != nil {
		return nil, err
	}
	return r.Head()
}

// TestHostilePipes: a repository made of named pipes and devices is an error and not a wait (F8, F18).
func TestHostilePipes(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git command")
	}
	for _, name := range []string{".git", ".git/HEAD", ".git/config", ".git/packed-refs", ".git/commondir", ".git/refs/heads/main", ".git/objects/info/alternates", ".git/objects/info/packs", ".git/shallow"} {
		for _, kind := range []string{"pipe", "zero"} {
			dir := t.TempDir()
			for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "--allow-empty", "-m", "Begin"}} {
				cmd := exec.Command("git", args...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("git %q: %v\n%s", args, err, out)
				}
			}
			file := filepath.Join(dir, filepath.FromSlash(name))
			make := func() error { return syscall.Mkfifo(file, 0o644) }
			if kind == "zero" {
				make = func() error { return os.Symlink("/dev/zero", file) }
			}
			if err := errors.Join(os.RemoveAll(file), make()); err != nil {
				t.Fatal(err)
			}
			_, err := head(dir)
			_, again := head(dir)
			if needed := filepath.Dir(name) != ".git/objects/info" && name != ".git/shallow" && name != ".git/packed-refs"; needed && (err == nil || again == nil) {
				t.Errorf("%s is a %s, and nothing is said", name, kind)
			}
		}
	}
}
