// Package localfs reads local folders that strangers may have written, such as an
// unpacked archive, a shared folder or the checkout of a fork. It never reads
// outside the folder, even through links. It refuses named pipes, sockets and
// devices, which could block, and files that are larger than a limit.
package localfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MaxFile is the size limit of FS.ReadFile in bytes. Source code is not larger.
const MaxFile = 64 << 20

// An FS is a folder.
type FS struct{ root *os.Root }

var (
	_ fs.ReadFileFS = (*FS)(nil)
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// Open opens a folder.
func Open(dir string) (*FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &FS{root}, nil
}

// Open opens a regular file or a folder; anything else is an error.
func (f *FS) Open(name string) (fs.File, error) {
	// Package fs demands it; os.Root takes other forms of a path, such as a/../b.
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := open(f.root, name)
	if err != nil {
		return nil, err // avoids a nil *os.File in an interface
	}
	return file, nil
}

// ReadFile returns the content of a regular file of at most MaxFile bytes.
func (f *FS) ReadFile(name string) ([]byte, error) { return ReadFile(f, name, MaxFile) }

// ReadDir lists a folder.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.root.FS(), name) }

// Stat describes the file at a path and follows links.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.root.FS(), name) }

// Lstat describes the file at a path without following a link.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(f.root.FS(), name) }

// ReadLink returns the target of a link.
func (f *FS) ReadLink(name string) (string, error) { return fs.ReadLink(f.root.FS(), name) }

// Close closes the folder.
func (f *FS) Close() error { return f.root.Close() }

// Read returns the content of a regular file below a root, of at most limit bytes.
func Read(root *os.Root, name string, limit int64) ([]byte, error) {
	return ReadFile(&FS{root}, name, limit)
}

// ReadFile returns the content of a regular file of any tree, of at most limit
// bytes. It checks the type and size before it opens the file.
func ReadFile(tree fs.FS, name string, limit int64) ([]byte, error) {
	info, err := fs.Stat(tree, name)
	if err == nil {
		err = plain(info)
	}
	if err == nil && info.Size() > limit {
		err = tooLarge(info.Size(), limit)
	}
	if err != nil {
		return nil, named(name, err)
	}
	file, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1)) // the file may have grown
	if err == nil && int64(len(data)) > limit {
		err = tooLarge(int64(len(data)), limit)
	}
	if err != nil {
		return nil, named(name, err)
	}
	return data, nil
}

// named adds the name of the file to an error, unless it has it already.
func named(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return err
	}
	// The errors of plain and tooLarge have no path.
	return &fs.PathError{Op: "read", Path: name, Err: err}
}

// Bare returns an error without the path of the file, which the caller names itself.
func Bare(err error) error {
	var pe *fs.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case errors.As(err, &le):
		return le.Err
	}
	return err
}

// ErrTooLarge is the error for a file that is larger than the limit.
var ErrTooLarge = errors.New("more than the limit")

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%s are %w of %s", sizeText(size), ErrTooLarge, sizeText(limit))
}

func sizeText(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// open opens a regular file or a folder. It checks the type before opening and
// again afterwards, because the file may have been replaced.
func open(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err == nil && !info.IsDir() {
		err = plain(info)
	}
	if err != nil {
		return nil, named(name, err)
	}
	// The file may have become a pipe since the check above.
	file, err := root.OpenFile(name, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return nil, err
	}
	info, err = file.Stat()
	if err == nil && !info.IsDir() {
		err = plain(info)
	}
	if err != nil {
		_ = file.Close() // only opened for reading
		return nil, named(name, err)
	}
	return file, nil
}

// plain returns an error with the type of a file unless it is a regular one.
func plain(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a folder")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a named pipe, not a regular file")
	case mode&fs.ModeSocket != 0:
		return errors.New("is a socket, not a regular file")
	case mode&fs.ModeDevice != 0:
		return errors.New("is a device, not a regular file")
	case mode&fs.ModeSymlink != 0:
		return errors.New("is a symbolic link, not a regular file")
	}
	return errors.New("is not a regular file")
}
