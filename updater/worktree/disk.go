package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
)

// A disk changes the tree, one step after another.
type disk struct {
	root *os.Root
	step func(what, name string) error // before each change: tests let it fail, or kill the process; else nil
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

// clear removes what may be gone already.
func (d disk) clear(name string) error {
	if _, err := d.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return d.remove(name)
}

// mkdirAll makes a folder and those above it, and returns the new ones.
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

// removeAll removes folders that were made, the newest first, and hold nothing.
func (d disk) removeAll(made []string) {
	for _, dir := range slices.Backward(made) {
		_ = d.remove(dir) // an empty folder left behind does no harm
	}
}

// write writes a new file. Where it is to be like another it has that one's
// owner and mode before there is anything in it to read.
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

// syncFolders makes the names in folders durable, on systems where that can be asked for.
func (d disk) syncFolders(dirs []string) {
	for _, dir := range dirs {
		_ = d.do("sync", dir, func() error {
			f, err := d.root.Open(dir)
			if err != nil {
				return err
			}
			return errors.Join(f.Sync(), f.Close())
		}) // not all file systems know it, and the contents are safe
	}
}
