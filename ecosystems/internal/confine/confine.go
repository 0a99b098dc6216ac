// Package confine runs commands on hostile files within resource limits, and ends
// all processes that they start.
//
// The caller restricts what a command can access: environment, folders, network.
package confine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// ErrBeyond says that a command exceeded a limit and was ended.
var ErrBeyond = errors.New("the command wanted more than it may have")

// Limits are the resource limits for one command and all processes that it starts.
type Limits struct {
	CPU       time.Duration // processor time
	Memory    int64         // in bytes; all processes together may use twice as much
	Disk      int64         // growth of the disk usage, in bytes
	Processes int           // at once
}

const (
	floorDisk = 256 << 20 // free space that must remain for other programs, in bytes
	lookEvery = 200 * time.Millisecond
)

// Run runs a command within its limits. The kernel enforces some limits for each
// process (restrict). Run measures all processes together at intervals. None of
// them remains when it returns. It measures the disk that folder is on. mark is a
// text that only the environment of this command contains: it identifies
// processes that left the process group.
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
		_ = cmd.Cancel() // kills the group at once; it fails if the command has just ended
		family.end()
		<-done
		return fmt.Errorf("%w: %s", ErrBeyond, over)
	}
}

// A usage is the resource usage of a process and its descendants; zero if unknown.
type usage struct {
	processes int
	cpu       time.Duration
	memory    int64 // resident, in bytes
}

// beyond returns the exceeded limit as text, "" for none.
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

// A Head is a Writer that keeps the beginning of its input.
type Head struct {
	Data  []byte
	Limit int // in bytes
}

// Write implements io.Writer. It discards bytes beyond the limit and never fails.
func (h *Head) Write(p []byte) (int, error) {
	h.Data = append(h.Data, p[:min(len(p), max(0, h.Limit-len(h.Data)))]...)
	return len(p), nil
}

// Find returns the path of a command in the folders of PATH. It ignores relative
// folders, because the working folder is hostile.
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
