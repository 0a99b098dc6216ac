//go:build !unix

package worktree

import (
	"io/fs"
	"os"
)

// dress gives a new file the mode of the one that it replaces.
func dress(f *os.File, like fs.FileInfo) error { return f.Chmod(like.Mode().Perm()) }

// names takes every file for one with a single name.
func names(fs.FileInfo) int { return 1 }
