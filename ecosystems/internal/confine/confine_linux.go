package confine

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	addresses = 4 << 30 // address space in bytes that Go programs reserve without using it
	headroom  = 1024    // further threads of this user that other programs may start
)

// restrict sets the limits that the kernel enforces for each process: address
// space, file size, processor time, and no core files. If it fails, the
// measurements of Run remain.
//
// RLIMIT_NPROC counts the threads of a user in all programs and does not apply to
// root. So it cannot limit a command exactly. It only stops, for users other than
// root, a command that forks faster than Run measures.
func restrict(pid int, l Limits) {
	limits := map[int]int64{
		unix.RLIMIT_AS: 2*l.Memory + addresses, unix.RLIMIT_FSIZE: l.Disk, unix.RLIMIT_CORE: 0,
		unix.RLIMIT_CPU: int64((l.CPU + time.Second - 1) / time.Second),
	}
	if n := tasksOf(os.Getuid()); os.Getuid() != 0 && n > 0 {
		limits[unix.RLIMIT_NPROC] = int64(n + l.Processes + headroom)
	}
	for resource, limit := range limits {
		_ = unix.Prlimit(pid, resource, &unix.Rlimit{Cur: uint64(limit), Max: uint64(limit)}, nil)
	}
}

// free returns the free space of the disk that a folder is on, in bytes.
func free(dir string) (int64, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}

// A process has fields of /proc/PID/stat, proc(5).
type process struct {
	state                                byte // 'Z' for a process that has ended
	pid, parent, group, session, threads int
	cpu                                  time.Duration // including children that it has waited for
	memory                               int64         // resident, in bytes
	began                                uint64        // in ticks; distinguishes processes that reuse a PID
}

// ticks is the unit of times in /proc: USER_HZ is always 100.
const ticks = time.Second / 100

// readProcess reads a process; false if it does not exist.
func readProcess(pid int) (p process, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:]) // from the third field on: the name in brackets may contain anything
	if err != nil || len(fields) < 22 {
		return p, false
	}
	number := func(n int) int64 {
		v, _ := strconv.ParseInt(string(fields[n-3]), 10, 64)
		return v
	}
	p = process{state: fields[0][0], pid: pid, parent: int(number(4)), group: int(number(5)), session: int(number(6)), threads: int(number(20)), began: uint64(number(22))}
	p.cpu = time.Duration(number(14)+number(15)+number(16)+number(17)) * ticks
	p.memory = number(24) * int64(os.Getpagesize())
	return p, true
}

// all returns all visible processes of the machine.
func all() (list []process) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // after an error, use the names read so far
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if p, ok := readProcess(pid); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// tasksOf returns the number of threads of a user.
func tasksOf(uid int) (n int) {
	for _, p := range all() {
		if info, err := os.Stat(fmt.Sprintf("/proc/%d", p.pid)); err == nil && int(info.Sys().(*syscall.Stat_t).Uid) == uid {
			n += p.threads
		}
	}
	return n
}

// A family is a process and its descendants: the members of its process group,
// their children and so on, even after they left the group, and at the end all
// processes with the mark in their environment.
type family struct {
	group int
	began uint64
	mark  []byte
	known map[int]uint64 // start time by PID
}

func newFamily(pid int, mark string) *family {
	p, _ := readProcess(pid)
	return &family{pid, p.began, []byte(mark), map[int]uint64{}}
}

// look returns the current usage of the family.
func (f *family) look() (u usage) {
	list := all()
	f.take(list, func(process) bool { return false })
	for _, p := range list {
		if began, is := f.known[p.pid]; is && began == p.began {
			u.processes, u.cpu, u.memory = u.processes+1, u.cpu+p.cpu, u.memory+p.memory
		}
	}
	return u
}

// take adds processes that belong to the family, or for which besides is true, and
// returns how many it added.
func (f *family) take(list []process, besides func(process) bool) (taken int) {
	began := map[int]uint64{} // to detect that another process has reused a PID
	for _, p := range list {
		began[p.pid] = p.began
	}
	is := func(pid int) bool { known, ok := f.known[pid]; return ok && known == began[pid] }
	leads := began[f.group] == 0 || began[f.group] == f.began
	for before := -1; taken != before; {
		before = taken
		for _, p := range list {
			if is(p.pid) {
				continue
			}
			if is(p.parent) || leads && (p.group == f.group || p.session == f.group) || besides(p) {
				f.known[p.pid] = p.began
				taken++
			}
		}
	}
	return taken
}

// mostRounds limits the searches for processes that were started during the last one.
const mostRounds = 20

// end ends all remaining processes. It stops all of them first, so that none can
// start another while it kills the rest.
func (f *family) end() {
	for range mostRounds {
		unsure := false
		taken := f.take(all(), func(p process) bool {
			marked, sure := f.marked(p)
			unsure = unsure || !sure
			return marked
		})
		if taken == 0 && !unsure {
			break
		}
		f.signal(syscall.SIGSTOP)
		time.Sleep(time.Millisecond) // a process in the middle of exec shows no environment
	}
	f.signal(syscall.SIGKILL)
	for end := time.Now().Add(mostDying); f.alive() && time.Now().Before(end); { // a process ends some time after the signal
		time.Sleep(time.Millisecond)
	}
}

// mostDying limits the wait for killed processes, because a process that is
// blocked in a system call does not end.
const mostDying = 10 * time.Second

// alive reports whether any process of the family still runs.
func (f *family) alive() bool {
	for pid, began := range f.known {
		if p, ok := readProcess(pid); ok && p.began == began && p.state != 'Z' && p.state != 'X' {
			return true
		}
	}
	return false
}

func (f *family) signal(s syscall.Signal) {
	for pid, began := range f.known {
		if p, ok := readProcess(pid); ok && p.began == began {
			_ = syscall.Kill(pid, s) // it fails if the process has just ended
		}
	}
}

// marked reports whether a process has the mark in its environment. sure is false
// for a process that is younger than the command and shows no environment.
func (f *family) marked(p process) (is, sure bool) {
	if p.began < f.began || p.state == 'Z' {
		return false, true
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
	return bytes.Contains(data, f.mark), err != nil || len(data) > 0
}
