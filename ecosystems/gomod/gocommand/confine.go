package gocommand

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// errBeyond ends a command that wants more of the machine than it may have.
var errBeyond = errors.New("the go command wanted more than it may have")

const (
	floorDisk = 256 << 20 // is left for others, in bytes
	lookEvery = 200 * time.Millisecond
)

// confined runs a command within its limits. Each of its processes has those
// that the kernel keeps (restrict); what all of them have together is looked at
// every now and then, and none of them is left when it returns.
func (t *Tool) confined(ctx context.Context, cmd *exec.Cmd, h home) error {
	before, known := free(h.cache)
	if err := cmd.Start(); err != nil {
		return err
	}
	restrict(cmd.Process.Pid, t.o)
	family := newFamily(cmd.Process.Pid, h.temp)
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	defer family.end()
	for {
		select {
		case err := <-done:
			return err
		case <-look.C:
		}
		over := t.beyond(family.look())
		if now, ok := free(h.cache); over == "" && known && ok && (before-now >= t.o.Disk || now <= floorDisk && before > floorDisk) {
			over = fmt.Sprintf("%d MiB of the disk", (before-now)>>20)
		}
		if over == "" {
			continue
		}
		_ = cmd.Cancel() // the whole group at once; it may have ended by itself
		family.end()
		<-done
		return fmt.Errorf("%w: %s", errBeyond, over)
	}
}

// A usage is what a process and all that came from it have of the machine; the zero value where that is not known.
type usage struct {
	processes int
	cpu       time.Duration
	memory    int64 // resident, in bytes
}

// beyond says which limit of a whole command is passed, "" for none.
func (t *Tool) beyond(u usage) string {
	switch {
	case u.processes > t.o.Processes:
		return fmt.Sprintf("more than %d processes at once", t.o.Processes)
	case u.cpu > t.o.CPU:
		return fmt.Sprintf("more than %v of processor time", t.o.CPU)
	case u.memory > 2*t.o.Memory:
		return fmt.Sprintf("more than %d MiB of memory", 2*t.o.Memory>>20)
	}
	return ""
}
