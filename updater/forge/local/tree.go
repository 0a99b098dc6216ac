package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/freshpin/freshpin/updater/forge"
)

// maxLinks is how many symbolic links may lead to a file.
const maxLinks = 40

// A tree is the tree of a commit as a file system. Symbolic links are followed inside it.
type tree struct {
	store   storer.EncodedObjectStorer
	files   map[string]forge.Entry
	folders map[string][]fs.DirEntry // sorted by name; "." is the top
}

// newTree lists a tree. What is no file, such as a submodule, is left out.
func newTree(store storer.EncodedObjectStorer, hash plumbing.Hash) (*tree, error) {
	t := &tree{store: store, files: map[string]forge.Entry{}, folders: map[string][]fs.DirEntry{}}
	return t, t.list(hash, ".")
}

func (t *tree) list(hash plumbing.Hash, dir string) error {
	listing, err := object.GetTree(t.store, hash)
	if err != nil {
		return err
	}
	t.folders[dir] = []fs.DirEntry{}
	for _, e := range listing.Entries {
		name := path.Join(dir, e.Name)
		if !fs.ValidPath(name) || path.Dir(name) != dir {
			return fmt.Errorf("%q is no name of a file", e.Name)
		}
		switch e.Mode {
		case filemode.Dir:
			if err := t.list(e.Hash, name); err != nil {
				return err
			}
			t.add(dir, info{name: e.Name, mode: fs.ModeDir | 0o755})
		case filemode.Regular, filemode.Executable, filemode.Symlink, filemode.Deprecated:
			size, err := t.size(e.Hash)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			mode, _ := e.Mode.ToOSFileMode() // one of those that have one
			t.files[name] = forge.Entry{Hash: e.Hash.String(), Mode: fmt.Sprintf("%06o", uint32(e.Mode)), Size: size}
			t.add(dir, info{e.Name, size, mode})
		}
	}
	slices.SortFunc(t.folders[dir], func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return nil
}

// size returns the size of a file: 0 for one that a partial clone has not
// fetched. The quick way knows no objects of another repository.
func (t *tree) size(hash plumbing.Hash) (int64, error) {
	size, err := t.store.EncodedObjectSize(hash)
	if !errors.Is(err, plumbing.ErrObjectNotFound) {
		return size, err
	}
	o, err := t.store.EncodedObject(plumbing.BlobObject, hash)
	if errors.Is(err, plumbing.ErrObjectNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return o.Size(), nil
}

func (t *tree) add(dir string, i info) {
	t.folders[dir] = append(t.folders[dir], fs.FileInfoToDirEntry(i))
}

// An info describes a file.
type info struct {
	name string
	size int64
	mode fs.FileMode
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return i.mode }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode.IsDir() }
func (i info) Sys() any           { return nil }

// Open opens a file or folder.
func (t *tree) Open(name string) (fs.File, error) {
	place, i, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if i.IsDir() {
		return &folder{info: i, left: t.folders[place]}, nil
	}
	data, err := t.read(place)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &file{bytes.NewReader(data), i}, nil
}

// ReadFile returns the content of a file.
func (t *tree) ReadFile(name string) ([]byte, error) {
	place, i, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if i.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	return t.read(place)
}

// ReadDir lists a folder.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	place, i, err := t.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !i.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("is no folder")}
	}
	return slices.Clone(t.folders[place]), nil
}

// Stat describes what a path leads to.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	_, i, err := t.find("stat", name, true)
	if err != nil {
		return nil, err
	}
	return i, nil
}

// Lstat describes a file or link.
func (t *tree) Lstat(name string) (fs.FileInfo, error) {
	_, i, err := t.find("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return i, nil
}

// ReadLink returns where a link leads.
func (t *tree) ReadLink(name string) (string, error) {
	place, i, err := t.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if i.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	data, err := t.read(place)
	return string(data), err
}

// find walks to a file, through symbolic links, that of the last part only where follow says so.
func (t *tree) find(op, name string, follow bool) (string, info, error) {
	fail := func(err error) (string, info, error) { return "", info{}, &fs.PathError{Op: op, Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	at, here, links := ".", info{name: ".", mode: fs.ModeDir | 0o755}, 0
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch {
		case part == "" || part == ".":
			continue
		case part == ".." && at == ".":
			return fail(fs.ErrNotExist) // outside
		case part == "..":
			at = path.Dir(at)
			here = info{name: path.Base(at), mode: fs.ModeDir | 0o755}
			continue
		}
		next, there := t.entry(at, part)
		if !there {
			return fail(fs.ErrNotExist)
		}
		if next.mode&fs.ModeSymlink == 0 || len(rest) == 0 && !follow {
			at, here = path.Join(at, part), next
			continue
		}
		target, err := t.read(path.Join(at, part))
		if err != nil {
			return fail(err)
		}
		if links++; links > maxLinks || path.IsAbs(string(target)) {
			return fail(fs.ErrNotExist)
		}
		rest = append(strings.Split(string(target), "/"), rest...)
	}
	return at, here, nil
}

// entry looks a name up in a folder.
func (t *tree) entry(dir, name string) (info, bool) {
	list := t.folders[dir]
	n, found := slices.BinarySearchFunc(list, name, func(e fs.DirEntry, name string) int { return strings.Compare(e.Name(), name) })
	if !found {
		return info{}, false
	}
	i, err := list[n].Info()
	if err != nil {
		return info{}, false
	}
	return info{i.Name(), i.Size(), i.Mode()}, true
}

// read returns the content of a file at its own place.
func (t *tree) read(place string) ([]byte, error) {
	blob, err := object.GetBlob(t.store, plumbing.NewHash(t.files[place].Hash))
	if err != nil {
		return nil, err
	}
	r, err := blob.Reader()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// unpack writes the tree into an empty folder.
func (t *tree) unpack(ctx context.Context, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(t, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if d.IsDir() {
			return root.MkdirAll(name, 0o755)
		}
		data, err := t.read(name)
		if err != nil {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			if _, _, err := t.find("stat", name, true); err != nil {
				return nil // leads nowhere, or outside
			}
			return root.Symlink(string(data), name)
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		return root.WriteFile(name, data, i.Mode().Perm())
	})
}

// A file is one that is open.
type file struct {
	*bytes.Reader
	info info
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (*file) Close() error                 { return nil }

// A folder is one that is open.
type folder struct {
	info info
	left []fs.DirEntry
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (*folder) Close() error                 { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("is a folder")}
}

// ReadDir returns the next n entries, or all that are left.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(f.left) {
		if n > 0 && len(f.left) == 0 {
			return nil, io.EOF
		}
		n = len(f.left)
	}
	list := f.left[:n:n]
	f.left = f.left[n:]
	return list, nil
}
