package github

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
)

const (
	maxHops = 40   // symbolic links on the way to a file
	maxLink = 4096 // bytes of a link's target
)

// A tree is an fs.FS over the files of a commit. Files are read when they are
// opened. Symbolic links are followed inside the tree; one that leads out, or
// nowhere, is not there. A submodule is an empty folder.
type tree struct {
	root *node
	read func(forge.Entry) ([]byte, error)
}

var (
	_ fs.StatFS     = (*tree)(nil)
	_ fs.ReadFileFS = (*tree)(nil)
	_ fs.ReadDirFS  = (*tree)(nil)
	_ fs.ReadLinkFS = (*tree)(nil)
)

// A node is a file, link or folder. It is its own fs.DirEntry and fs.FileInfo.
type node struct {
	name   string
	mode   fs.FileMode
	entry  forge.Entry
	parent *node
	kids   map[string]*node // nil but for folders
}

func (n *node) Name() string               { return n.name }
func (n *node) Size() int64                { return n.entry.Size }
func (n *node) Mode() fs.FileMode          { return n.mode }
func (n *node) ModTime() time.Time         { return time.Time{} }
func (n *node) IsDir() bool                { return n.mode.IsDir() }
func (n *node) Sys() any                   { return nil }
func (n *node) Type() fs.FileMode          { return n.mode.Type() }
func (n *node) Info() (fs.FileInfo, error) { return n, nil }
func (n *node) String() string             { return fs.FormatDirEntry(n) }

// newTree makes a tree of a listing. Where two items claim one path the first has it.
func newTree(items []item, read func(forge.Entry) ([]byte, error)) *tree {
	t := &tree{root: folder(".", nil), read: read}
	for _, i := range items {
		t.add(i)
	}
	return t
}

func folder(name string, parent *node) *node {
	return &node{name: name, mode: fs.ModeDir | 0o755, parent: parent, kids: map[string]*node{}}
}

func (t *tree) add(i item) {
	if !fs.ValidPath(i.Path) || i.Path == "." {
		return
	}
	dir, base, _ := cutLast(i.Path)
	at := t.root
	for _, part := range split(dir) {
		next := at.kids[part]
		if next == nil {
			next = folder(part, at)
			at.kids[part] = next
		}
		if next.kids == nil {
			return // a file below a file
		}
		at = next
	}
	if at.kids[base] == nil {
		at.kids[base] = newNode(i, base, at)
	}
}

func newNode(i item, base string, parent *node) *node {
	n := &node{name: base, parent: parent, entry: forge.Entry{Hash: i.Hash, Mode: i.Mode, Size: i.Size}, mode: 0o644}
	switch i.Mode {
	case modeFolder, modeModule:
		return folder(base, parent)
	case modeLink:
		n.mode = fs.ModeSymlink | 0o777
	case modeExec:
		n.mode = 0o755
	}
	return n
}

func split(p string) []string {
	return strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
}

// find walks to a node. A link on the way is followed, the last one only if asked.
func (t *tree) find(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, err := t.walk(split(name), follow)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, nil
}

func (t *tree) walk(todo []string, follow bool) (*node, error) {
	at := t.root
	for hops, steps := 0, 0; len(todo) > 0; steps++ {
		part := todo[0]
		todo = todo[1:]
		next := at.kids[part]
		switch part {
		case ".":
			next = at
		case "..":
			next = at.parent
		}
		if next == nil || next.mode.IsRegular() && len(todo) > 0 || steps > maxLink {
			return nil, fs.ErrNotExist
		}
		if next.mode&fs.ModeSymlink == 0 || !follow && len(todo) == 0 {
			at = next
			continue
		}
		target, err := t.target(next)
		if err != nil {
			return nil, err
		}
		if hops++; hops > maxHops || path.IsAbs(target) || target == "" {
			return nil, fs.ErrNotExist
		}
		todo = append(split(target), todo...)
	}
	return at, nil
}

// target reads where a link leads.
func (t *tree) target(n *node) (string, error) {
	if n.entry.Size > maxLink {
		return "", errors.New("the target of the link is too long")
	}
	data, err := t.read(n.entry)
	return string(data), err
}

// Open opens a file or folder.
func (t *tree) Open(name string) (fs.File, error) {
	n, err := t.find("open", name, true)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		return &openFolder{node: n, name: name, left: n.sorted()}, nil
	}
	data, err := t.read(n.entry)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{Reader: bytes.NewReader(data), info: n.sized(len(data)).called(path.Base(name))}, nil
}

// ReadFile returns the content of a file.
func (t *tree) ReadFile(name string) ([]byte, error) {
	n, err := t.find("read", name, true)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	data, err := t.read(n.entry)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return slices.Concat([]byte{}, data), nil // the caller may change it
}

// ReadDir returns what is in a folder, by name.
func (t *tree) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := t.find("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !n.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	return n.sorted(), nil
}

// Stat describes a file; of a link, what it leads to.
func (t *tree) Stat(name string) (fs.FileInfo, error) {
	n, err := t.find("stat", name, true)
	if err != nil {
		return nil, err
	}
	return n.called(path.Base(name)), nil
}

// Lstat describes a file or link.
func (t *tree) Lstat(name string) (fs.FileInfo, error) {
	n, err := t.find("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return n.called(path.Base(name)), nil
}

// ReadLink returns where a link leads.
func (t *tree) ReadLink(name string) (string, error) {
	n, err := t.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return t.target(n)
}

// called returns the node under the name that it was asked by.
func (n *node) called(name string) *node {
	if n.name == name {
		return n
	}
	c := *n
	c.name = name
	return &c
}

// sized returns the node with the size that the content has; listings are not always right about it.
func (n *node) sized(size int) *node {
	if n.entry.Size == int64(size) {
		return n
	}
	c := *n
	c.entry.Size = int64(size)
	return &c
}

func (n *node) sorted() []fs.DirEntry {
	all := make([]fs.DirEntry, 0, len(n.kids))
	for _, k := range n.kids {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return all
}

type openFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	*node
	name string
	left []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.node.called(path.Base(f.name)), nil }
func (f *openFolder) Close() error               { return nil }
func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: errors.New("is a directory")}
}

func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.left)
	} else if len(f.left) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.left))
	out := f.left[:n:n]
	f.left = f.left[n:]
	return out, nil
}
