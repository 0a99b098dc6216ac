//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package gocommand

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockAgain is the wait between attempts to lock a cache that another process empties.
const lockAgain = 20 * time.Millisecond

// share keeps other processes from emptying a cache until release is called.
func share(ctx context.Context, cache string) (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for errors.Is(flock(f, syscall.LOCK_SH), syscall.EWOULDBLOCK) { // any other error means a file system without locks, which is used without one
		select {
		case <-time.After(lockAgain):
		case <-ctx.Done():
			return nil, errors.Join(context.Cause(ctx), f.Close())
		}
	}
	return func() { _ = f.Close() }, nil
}

// claim locks a cache exclusively; ok is false if another process uses it.
func claim(cache string) (release func(), ok bool) {
	f, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, false
	}
	if flock(f, syscall.LOCK_EX) != nil {
		_ = f.Close()
		return nil, false
	}
	return func() { _ = f.Close() }, true
}

func flock(f *os.File, how int) error {
	for {
		if err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
