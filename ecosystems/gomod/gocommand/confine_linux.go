package gocommand

import "golang.org/x/sys/unix"

// restrict bounds the memory of a process and of what it starts, and the size of
// each file that it writes. Where it cannot, the soft limits stay.
func restrict(pid int, memory, file int64) {
	for resource, limit := range map[int]int64{unix.RLIMIT_AS: memory, unix.RLIMIT_FSIZE: file, unix.RLIMIT_CORE: 0} {
		_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: uint64(limit), Max: uint64(limit)}, nil)
	}
}

// free returns how much of the disk is free where a folder is, in bytes.
func free(dir string) (int64, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}
