//go:build unix

package localfs

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// special fills a folder with what a stranger may put there.
func special(t *testing.T) string {
	t.Helper()
	dir, outside := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret"), "secret")
	write(filepath.Join(dir, "plain"), "hello")
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "folder"), 0o755),
		syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644),
		os.Symlink("pipe", filepath.Join(dir, "to-pipe")),
		os.Symlink("plain", filepath.Join(dir, "to-plain")),
		os.Symlink("/dev/zero", filepath.Join(dir, "zero")),
		os.Symlink(outside, filepath.Join(dir, "out")),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(dir, "to-secret")),
		os.Symlink("../"+filepath.Base(outside)+"/secret", filepath.Join(dir, "up")),
		os.Symlink("loop", filepath.Join(dir, "loop")),
		os.WriteFile(filepath.Join(dir, "sparse"), nil, 0o644),
		os.Truncate(filepath.Join(dir, "sparse"), 20<<30),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return dir
}

// TestHostileFiles: what is not a regular file, lies outside or is too large is an
// error at once (F18, F19, F20). A wrong answer here waits for ever.
func TestHostileFiles(t *testing.T) {
	tree, err := Open(special(t))
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	for _, c := range []struct{ name, want string }{
		{"plain", ""}, {"to-plain", ""},
		{"folder", "is a folder"}, {"pipe", "is a named pipe"}, {"to-pipe", "is a named pipe"}, {"socket", "is a socket"},
		{"sparse", "20480 MB are more than the limit of 64 MB"},
		{"zero", "escapes"}, {"to-secret", "escapes"}, {"out/secret", "escapes"}, {"up", "escapes"}, {"../x", "invalid"}, {"/etc/passwd", "invalid"},
		{"loop", "too many"}, {"nothing", "no such file"},
	} {
		data, err := tree.ReadFile(c.name)
		if c.want == "" && (err != nil || string(data) != "hello") {
			t.Errorf("ReadFile(%s) = %q, %v", c.name, data, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("ReadFile(%s): %v, want %q", c.name, err, c.want)
		}
		var pe *fs.PathError
		if err != nil && !errors.As(err, &pe) {
			t.Errorf("ReadFile(%s): %T names no file", c.name, err)
		}
		file, err := tree.Open(c.name)
		if opens := c.want == "" || c.name == "folder" || c.name == "sparse"; opens != (err == nil) {
			t.Errorf("Open(%s): %v", c.name, err)
		}
		if err == nil {
			file.Close()
		}
	}
	if _, err := ReadFile(tree, "plain", 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("5 bytes of at most 4: %v", err)
	}
	if data, err := ReadFile(tree, "plain", 5); err != nil || len(data) != 5 {
		t.Errorf("5 bytes of at most 5: %q, %v", data, err)
	}
	if err := fs.WalkDir(tree, ".", func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
		t.Errorf("walk: %v", err)
	}
}

// TestHostileExchange: a file that becomes a pipe between looking and opening is not waited for.
func TestHostileExchange(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "f")
	if err := os.WriteFile(name, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := errors.Join(os.Remove(name), syscall.Mkfifo(name, 0o644)); err != nil {
		t.Fatal(err)
	}
	file, err := root.OpenFile("f", os.O_RDONLY|dontWait, 0)
	if err != nil {
		t.Fatalf("opening is refused: %v", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || plain(info) == nil {
		t.Errorf("the pipe is taken for a file: %v", err)
	}
}
