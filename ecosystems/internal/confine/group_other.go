//go:build !unix

package confine

import "os/exec"

// alone has no effect on a system without process groups: cancelling ends only the command itself and closes its pipes.
func alone(*exec.Cmd) {}
