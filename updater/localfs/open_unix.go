//go:build unix

package localfs

import "syscall"

// dontWait keeps open(2) from waiting for the other end of a named pipe.
const dontWait = syscall.O_NONBLOCK
