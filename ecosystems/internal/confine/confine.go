// Package confine runs commands on trees of strangers, within limits of the
// machine, and leaves nothing of them behind.
//
// What a command may see of the world (environment, folders, network) is for
// those to say who make it.
package confine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// ErrBeyond ends a command that wants more of the machine than it may have.
var ErrBeyond = errors.New("the command wanted more than it may have")

// Limits are what one command may have of the machine, with all that it starts.
type Limits struct {
	CPU       time.Duration // of the processors
	Memory    int64         // in bytes. Beyond twice as much it is ended, where the system can
	Disk      int64         // what it may add to the disk, in bytes
	Processes int           // at once
}

const (
	floorDisk = 256 << 20 // is left for others, in bytes
	lookEvery = 200 * time.Millisecond
)

// Run runs a command within its limits. Each of its processes has those
// that the kernel keeps (restrict); what all of them have together is looked at
// every now and then, and none of them is left when it returns. The disk that
// is watched is that of folder. mark is a text that stands in the environment
// of the command and of no other, by which those are found who left its group.
func Run(ctx context.Context, cmd *exec.Cmd, l Limits, folder, mark string) error {
	cmd.WaitDelay = 5 * time.Second // for pipes that a child may still hold
	alone(cmd)
	before, known := free(folder)
	if err := cmd.Start(); err != nil {
		return err
	}
	restrict(cmd.Process.Pid, l)
	family := newFamily(cmd.Process.Pid, mark)
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
		over := l.beyond(family.look())
		if now, ok := free(folder); over == "" && known && ok && (before-now >= l.Disk || now <= floorDisk && before > floorDisk) {
			over = fmt.Sprintf("%d MiB of the disk", (before-now)>>20)
		}
		if over == "" {
			continue
		}
		_ = cmd.Cancel() // the whole group at once; it may have ended by itself
		family.end()
		<-done
		return fmt.Errorf("%w: %s", ErrBeyond, over)
	}
}

// A usage is what a process and all that came from it have of the machine; the zero value where that is not known.
type usage struct {
	processes int
	cpu       time.Duration
	memory    int64 // resident, in bytes
}

// beyond says which limit of a whole command is passed, "" for none.
func (l Limits) beyond(u usage) string {
	switch {
	case u.processes > l.Processes:
		return fmt.Sprintf("more than %d processes at once", l.Processes)
	case u.cpu > l.CPU:
		return fmt.Sprintf("more than %v of processor time", l.CPU)
	case u.memory > 2*l.Memory:
		return fmt.Sprintf("more than %d MiB of memory", 2*l.Memory>>20)
	}
	return ""
}

// A Head keeps the beginning of what is written to it.
type Head struct {
	Data  []byte
	Limit int // in bytes
}

// Write keeps what there is room for, and takes the rest.
func (h *Head) Write(p []byte) (int, error) {
	h.Data = append(h.Data, p[:min(len(p), max(0, h.Limit-len(h.Data)))]...)
	return len(p), nil
}

// Find returns a command of a PATH, never one of a relative folder.
func Find(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue
		}
		if tool, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return tool, nil
		}
	}
	return "", exec.ErrNotFound
}
