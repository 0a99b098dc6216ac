//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package worktree

import (
	"context"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lock locks a folder with a file in the temporary folder, named after the folder.
func lock(_ context.Context, dir string, _ func()) (unlock func() error, err error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	free, err := lockedfile.MutexAt(filepath.Join(os.TempDir(), "freshpin-"+sum([]byte(full))[:16]+".lock")).Lock()
	if err != nil {
		return nil, err
	}
	return func() error { free(); return nil }, nil
}
