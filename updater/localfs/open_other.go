//go:build !unix

package localfs

// dontWait is for systems with named pipes among files.
const dontWait = 0
