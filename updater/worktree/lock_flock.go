//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package worktree

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"
)

// lockAgain is the wait between attempts to get a lock.
const lockAgain = 100 * time.Millisecond

// lock locks a folder with flock(2) on the folder itself, so that no file is left
// behind and the lock ends with the process. It does nothing on file systems without
// locks.
func lock(ctx context.Context, dir string, waiting func()) (unlock func() error, err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for first := true; ; first = false {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return f.Close, nil
		}
		if first && waiting != nil {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		case <-time.After(lockAgain):
		}
	}
}
