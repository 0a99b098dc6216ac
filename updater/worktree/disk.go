package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
)

// A disk changes the tree, step by step.
type disk struct {
	root *os.Root
	step func(what, name string) error // called before each change; tests make it fail or kill the process; else nil
}

func (d disk) do(what, name string, change func() error) error {
	if d.step != nil {
		if err := d.step(what, name); err != nil {
			return &fs.PathError{Op: what, Path: name, Err: err}
		}
	}
	return change()
}

func (d disk) rename(from, to string) error {
	return d.do("rename", to, func() error { return d.root.Rename(from, to) })
}

func (d disk) link(from, to string) error {
	return d.do("link", to, func() error { return d.root.Link(from, to) })
}

func (d disk) remove(name string) error {
	return d.do("remove", name, func() error { return d.root.Remove(name) })
}

// clear removes a file that may already be gone.
func (d disk) clear(name string) error {
	if _, err := d.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return d.remove(name)
}

// mkdirAll creates a folder and its parents, and returns the new ones.
func (d disk) mkdirAll(dir string) (made []string, err error) {
	var missing []string
	for ; dir != "."; dir = path.Dir(dir) {
		if _, err := d.root.Lstat(dir); err == nil {
			break
		}
		missing = append(missing, dir)
	}
	for _, one := range slices.Backward(missing) {
		if err := d.do("mkdir", one, func() error { return d.root.Mkdir(one, 0o755) }); err != nil {
			return made, err
		}
		made = append(made, one)
	}
	return made, nil
}

// removeAll removes created folders if they are empty, the newest first.
func (d disk) removeAll(made []string) {
	for _, dir := range slices.Backward(made) {
		_ = d.remove(dir) // an empty folder left behind does no harm
	}
}

// write writes a new file. If like is set, the file gets its owner and mode before
// the content is written, so that the content is never readable by others.
func (d disk) write(name string, data []byte, like fs.FileInfo) error {
	mode := fs.FileMode(0o644)
	if like != nil {
		mode = 0o600
	}
	var f *os.File
	err := d.do("create", name, func() (err error) {
		f, err = d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		return err
	})
	if err != nil {
		return err
	}
	if like != nil {
		err = d.do("chmod", name, func() error { return dress(f, like) })
	}
	if err == nil {
		err = d.do("write", name, func() error { _, err := f.Write(data); return err })
	}
	if err == nil {
		err = d.do("sync", name, f.Sync)
	}
	return errors.Join(err, f.Close())
}

// syncFolders makes the names in folders durable, on systems that support it.
func (d disk) syncFolders(dirs []string) {
	for _, dir := range dirs {
		_ = d.do("sync", dir, func() error {
			f, err := d.root.Open(dir)
			if err != nil {
				return err
			}
			return errors.Join(f.Sync(), f.Close())
		}) // not all file systems support it, and the contents are safe
	}
}
