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
	addresses = 4 << 30 // Go programs reserve so many bytes without using them
	headroom  = 1024    // tasks of this user that may come besides, whoever starts them
)

// restrict sets the limits that the kernel keeps for each process: addresses,
// the size of a file, processor time, and that there are no core files. Where it
// cannot, the soft limits stay.
//
// RLIMIT_NPROC counts threads of one user, in all programs, and does not bind
// root. So it is no measure of a command, only what stops one that forks faster
// than it is looked at, where we are not root.
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

// free returns how much of the disk is free where a folder is, in bytes.
func free(dir string) (int64, bool) {
	var s unix.Statfs_t
	if unix.Statfs(dir, &s) != nil {
		return 0, false
	}
	return int64(s.Bavail) * s.Bsize, true
}

// A process is one line of /proc/PID/stat, proc(5).
type process struct {
	state                                byte // 'Z' for one that has ended
	pid, parent, group, session, threads int
	cpu                                  time.Duration // with that of children that were waited for
	memory                               int64         // resident, in bytes
	began                                uint64        // in ticks; tells a number that was given to another process
}

// ticks are the unit of times in /proc: USER_HZ is 100 for every program.
const ticks = time.Second / 100

// readProcess returns what is known of a process; false where it is gone.
func readProcess(pid int) (p process, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:]) // from the third on; the name in brackets may hold anything
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

// all returns every process of the machine that we may see.
func all() (list []process) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // those that were read are counted
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if p, ok := readProcess(pid); ok {
				list = append(list, p)
			}
		}
	}
	return list
}

// tasksOf counts the threads of a user.
func tasksOf(uid int) (n int) {
	for _, p := range all() {
		if info, err := os.Stat(fmt.Sprintf("/proc/%d", p.pid)); err == nil && int(info.Sys().(*syscall.Stat_t).Uid) == uid {
			n += p.threads
		}
	}
	return n
}

// A family is a process and what came from it, as far as that was seen: those of
// its group, their children, and theirs, also where they have left the group, and
// at the end those that still have the mark in their environment.
type family struct {
	group int
	began uint64
	mark  []byte
	known map[int]uint64 // by number: when it began
}

func newFamily(pid int, mark string) *family {
	p, _ := readProcess(pid)
	return &family{pid, p.began, []byte(mark), map[int]uint64{}}
}

// look counts what the family has now.
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

// take takes those in who belong to the family, or besides.
func (f *family) take(list []process, besides func(process) bool) (taken int) {
	began := map[int]uint64{} // a number may be that of another process by now
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

// mostRounds is how often those are looked for who were started while others were held.
const mostRounds = 20

// end ends whoever is left: first all are held, so that none is started while
// the others are ended.
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
		time.Sleep(time.Millisecond) // one that is about to become another program shows no environment
	}
	f.signal(syscall.SIGKILL)
	for end := time.Now().Add(mostDying); f.alive() && time.Now().Before(end); { // a signal is sent before it is obeyed
		time.Sleep(time.Millisecond)
	}
}

// mostDying is how long those that were killed are waited for: one that the
// kernel holds in a system call cannot be ended by anybody.
const mostDying = 10 * time.Second

// alive reports whether one of the family has not ended yet.
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
			_ = syscall.Kill(pid, s) // perhaps it has just ended
		}
	}
}

// marked reports whether a process has the mark in its environment; it is not
// sure where it is younger than the command and has none.
func (f *family) marked(p process) (is, sure bool) {
	if p.began < f.began || p.state == 'Z' {
		return false, true
	}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid))
	return bytes.Contains(data, f.mark), err != nil || len(data) > 0
}
