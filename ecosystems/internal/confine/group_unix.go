//go:build unix

package confine

import (
	"os/exec"
	"syscall"
)

// alone gives the command its own process group. Cancelling kills the whole group.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
