//go:build !unix

package confine

import "os/exec"

// alone does nothing where there are no process groups: the command itself is ended, and its pipes are closed.
func alone(*exec.Cmd) {}
