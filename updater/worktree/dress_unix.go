//go:build unix

package worktree

import (
	"io/fs"
	"os"
	"syscall"
)

// dress sets the owner and mode of a new file to those of the file it replaces. In a
// container the user often does not own the files, and only root may change owners.
// If the group cannot be set, it gets only the permissions of others.
func dress(f *os.File, like fs.FileInfo) error {
	mode := like.Mode().Perm()
	if s, ok := like.Sys().(*syscall.Stat_t); ok && f.Chown(int(s.Uid), int(s.Gid)) != nil && f.Chown(-1, int(s.Gid)) != nil {
		mode = mode&^0o070 | mode&0o007<<3&mode
	}
	return f.Chmod(mode)
}

// names returns the number of hard links of a file.
func names(info fs.FileInfo) int {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return int(s.Nlink)
}
