package gitbranch

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/go-git/go-billy/v5"
	"github.com/go-git/go-billy/v5/osfs"

	"github.com/freshpin/freshpin/updater/localfs"
)

// maxSmall bounds the files of git that hold a name or a path, in bytes.
const maxSmall = 64 << 10

// small reads one of them.
func small(file string) ([]byte, error) {
	return localfs.ReadFile(os.DirFS(filepath.Dir(file)), filepath.Base(file), maxSmall)
}

// plainFiles returns a git folder that refuses named pipes and devices, which the
// untrusted author of a repository may have put there.
func plainFiles(dir string) billy.Filesystem { return plain{osfs.New(dir)} }

type plain struct{ billy.Filesystem }

var errNotPlain = errors.New("is not a regular file")

// Open opens a regular file for reading.
func (p plain) Open(name string) (billy.File, error) { return p.OpenFile(name, os.O_RDONLY, 0) }

// OpenFile opens a regular file, or creates one if flag says so.
func (p plain) OpenFile(name string, flag int, mode os.FileMode) (billy.File, error) {
	// To open a named pipe would wait for a writer.
	if info, err := p.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: name, Err: errNotPlain}
	}
	return p.Filesystem.OpenFile(name, flag, mode)
}

// Chroot returns a folder inside of it.
func (p plain) Chroot(dir string) (billy.Filesystem, error) {
	inner, err := p.Filesystem.Chroot(dir)
	if err != nil {
		return nil, err
	}
	return plain{inner}, nil
}

// Capabilities are those of the folder itself.
func (p plain) Capabilities() billy.Capability { return billy.Capabilities(p.Filesystem) }
