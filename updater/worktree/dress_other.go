//go:build !unix

package worktree

import (
	"io/fs"
	"os"
)

// dress sets the mode of a new file to that of the file it replaces.
func dress(f *os.File, like fs.FileInfo) error { return f.Chmod(like.Mode().Perm()) }

// names assumes that every file has one hard link.
func names(fs.FileInfo) int { return 1 }
