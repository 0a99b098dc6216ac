// Package localfs reads folders of this machine that strangers may have filled:
// an unpacked archive, a shared folder, the checkout of a fork. Nothing outside
// of a folder is read, whatever links lead there; named pipes, sockets and
// devices are refused at once instead of being waited for; and no file is read
// that is larger than what is asked for.
package localfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// MaxFile bounds what ReadFile of an FS reads, in bytes: larger files are no source code.
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

// Open opens a plain file or a folder; anything else is an error.
func (f *FS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	file, err := open(f.root, name)
	if err != nil {
		return nil, err // not a nil *os.File in an interface
	}
	return file, nil
}

// ReadFile returns the content of a plain file of at most MaxFile bytes.
func (f *FS) ReadFile(name string) ([]byte, error) { return ReadFile(f, name, MaxFile) }

// ReadDir lists a folder.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(f.root.FS(), name) }

// Stat describes what a path leads to.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.root.FS(), name) }

// Lstat describes a file or a link.
func (f *FS) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(f.root.FS(), name) }

// ReadLink returns where a link leads.
func (f *FS) ReadLink(name string) (string, error) { return fs.ReadLink(f.root.FS(), name) }

// Close closes the folder.
func (f *FS) Close() error { return f.root.Close() }

// Read returns the content of a plain file below a root, of at most limit bytes.
func Read(root *os.Root, name string, limit int64) ([]byte, error) {
	return ReadFile(&FS{root}, name, limit)
}

// ReadFile returns the content of a plain file of any tree, of at most limit
// bytes. What it is and how large is asked before it is opened.
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
	data, err := io.ReadAll(io.LimitReader(file, limit+1)) // it may grow
	if err == nil && int64(len(data)) > limit {
		err = tooLarge(int64(len(data)), limit)
	}
	if err != nil {
		return nil, named(name, err)
	}
	return data, nil
}

// named returns the error with the file that it is about, once.
func named(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return err
	}
	return &fs.PathError{Op: "read", Path: name, Err: err}
}

// ErrTooLarge is what reading a file that is larger than the limit fails with.
var ErrTooLarge = errors.New("more than the limit")

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%s are %w of %s", bytes(size), ErrTooLarge, bytes(limit))
}

func bytes(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// open opens what is a plain file or a folder, looked at before and, because it
// may have been exchanged, behind.
func open(root *os.Root, name string) (*os.File, error) {
	info, err := root.Stat(name)
	if err == nil && !info.IsDir() {
		err = plain(info)
	}
	if err != nil {
		return nil, named(name, err)
	}
	file, err := root.OpenFile(name, os.O_RDONLY|dontWait, 0)
	if err != nil {
		return nil, err
	}
	info, err = file.Stat()
	if err == nil && !info.IsDir() {
		err = plain(info)
	}
	if err != nil {
		_ = file.Close() // it was only read
		return nil, named(name, err)
	}
	return file, nil
}

// plain returns an error that says what a file is, unless it is a plain one.
func plain(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return errors.New("is a folder")
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("is a named pipe, not a plain file")
	case mode&fs.ModeSocket != 0:
		return errors.New("is a socket, not a plain file")
	case mode&fs.ModeDevice != 0:
		return errors.New("is a device, not a plain file")
	case mode&fs.ModeSymlink != 0:
		return errors.New("is a symbolic link, not a plain file")
	}
	return errors.New("is no plain file")
}
