//go:build unix

package worktree

import (
	"io/fs"
	"os"
	"syscall"
)

// dress gives a new file the owner and the mode of the one that it replaces. In
// a container, whoever runs it is often not who owns the files, and only root
// may give files away. Where the group stays another, it may read no more than
// everybody.
func dress(f *os.File, like fs.FileInfo) error {
	mode := like.Mode().Perm()
	if s, ok := like.Sys().(*syscall.Stat_t); ok && f.Chown(int(s.Uid), int(s.Gid)) != nil && f.Chown(-1, int(s.Gid)) != nil {
		mode = mode&^0o070 | mode&0o007<<3&mode
	}
	return f.Chmod(mode)
}

// names returns how many names a file has.
func names(info fs.FileInfo) int {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 1
	}
	return int(s.Nlink)
}
