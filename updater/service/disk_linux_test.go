package service_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/freshpin/freshpin/updater/store"
)

// TestDiskFull: a database that cannot grow loses nothing, and says so.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("no file system of its own to fill: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	w := newWorld(t, filepath.Join(dir, "freshpin.db"))
	w.repo("acme/shop0", "Dockerfile", pinned)
	w.repo("acme/shop1", "requirements.txt", clicks)
	w.start()
	w.all(2, "installation")

	fill := filepath.Join(dir, "fill")
	if err := os.WriteFile(fill, make([]byte, 16<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	told := w.push("acme/shop0", "requirements.txt", clicks)
	if got := w.post("push", told); got != http.StatusServiceUnavailable {
		t.Errorf("a webhook that cannot be kept is answered with %d", got)
	}
	if got := w.problems(); !strings.Contains(got, "database") {
		t.Errorf("the pages say %q", got)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	w.send("push", told) // as GitHub sends it again
	w.passed("the disk has room again", func(r store.Run) bool { return r.Repo == "acme/shop0" && r.Outcome == "done" && r.Totals.Pins == 2 })
	w.eachOnce(1, 2)
}
