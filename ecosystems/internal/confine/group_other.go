//go:build !unix

package confine

import "os/exec"

// alone does nothing on a system without process groups: cancelling ends only the command itself and closes its pipes.
func alone(*exec.Cmd) {}
