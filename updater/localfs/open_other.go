//go:build !unix

package localfs

// dontWait is 0 on systems without named pipes in the file system.
const dontWait = 0
