package gocommand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// errDisk ends a command that fills the disk.
var errDisk = errors.New("the go command wanted more of the disk than it may have")

const (
	defaultDisk = 4 << 30
	floorDisk   = 256 << 20 // is left for others, in bytes
	lookDisk    = 200 * time.Millisecond
)

// confined runs a command within the limits of memory and disk.
func (t *Tool) confined(ctx context.Context, cmd *exec.Cmd, h home) error {
	before, known := free(h.cache)
	if err := cmd.Start(); err != nil {
		return err
	}
	restrict(cmd.Process.Pid, 2*cmp.Or(t.o.Memory, 2<<30)+addresses, cmp.Or(t.o.Disk, defaultDisk))
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	look := time.NewTicker(lookDisk)
	defer look.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-look.C:
		}
		now, ok := free(h.cache)
		if !known || !ok || before-now < cmp.Or(t.o.Disk, defaultDisk) && (now > floorDisk || before <= floorDisk) {
			continue
		}
		_ = cmd.Cancel() // it may have ended by itself
		<-done
		return fmt.Errorf("%w: %d MiB", errDisk, (before-now)>>20)
	}
}

// addresses is what the go command reserves without using it, in bytes.
const addresses = 4 << 30
