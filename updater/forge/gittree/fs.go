package gittree

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

// The limits of symbolic links.
const (
	maxHops = 40   // on the way to a file
	MaxLink = 4096 // bytes of a target
)

// An FS is a file system over a tree. Symbolic links are followed inside it; one
// that leads out, or nowhere, is not there. A submodule is an empty folder.
type FS struct {
	root *node
	read func(forge.Entry) ([]byte, error)
}

var (
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadFileFS = (*FS)(nil)
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// New returns the file system over a list; read returns the content of a file,
// which is not changed. Where two items claim one path the first has it.
func New(items []Item, read func(forge.Entry) ([]byte, error)) *FS {
	t := &FS{root: folder(".", nil), read: read}
	for _, i := range items {
		t.add(i)
	}
	return t
}

// A node is a file, link or folder. It is its own fs.DirEntry and fs.FileInfo.
type node struct {
	name   string
	mode   fs.FileMode
	entry  forge.Entry
	parent *node
	kids   map[string]*node // nil but for folders
}

// Name implements fs.FileInfo and fs.DirEntry.
func (n *node) Name() string { return n.name }

// Size implements fs.FileInfo.
func (n *node) Size() int64 { return n.entry.Size }

// Mode implements fs.FileInfo.
func (n *node) Mode() fs.FileMode { return n.mode }

// ModTime implements fs.FileInfo: git keeps no times of files.
func (n *node) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo and fs.DirEntry.
func (n *node) IsDir() bool { return n.mode.IsDir() }

// Sys implements fs.FileInfo.
func (n *node) Sys() any { return nil }

// Type implements fs.DirEntry.
func (n *node) Type() fs.FileMode { return n.mode.Type() }

// Info implements fs.DirEntry.
func (n *node) Info() (fs.FileInfo, error) { return n, nil }

// String implements fmt.Stringer, for the output of tests.
func (n *node) String() string { return fs.FormatDirEntry(n) }

func folder(name string, parent *node) *node {
	return &node{name: name, mode: fs.ModeDir | 0o755, parent: parent, kids: map[string]*node{}}
}

func (t *FS) add(i Item) {
	if !fs.ValidPath(i.Path) || i.Path == "." {
		return // a list comes from a forge, which may be wrong or hostile
	}
	at, base := t.root, path.Base(i.Path)
	for _, part := range parts(path.Dir(i.Path)) {
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

func newNode(i Item, base string, parent *node) *node {
	mode := fs.FileMode(0o644)
	switch i.Mode {
	case Folder, Module:
		return folder(base, parent)
	case Link:
		mode = fs.ModeSymlink | 0o777
	case Executable:
		mode = 0o755
	}
	return &node{name: base, parent: parent, entry: i.entry(), mode: mode}
}

// parts splits a path; "." has none.
func parts(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(part string) bool { return part == "" || part == "." })
}

// find walks to a node, which has the name that it was asked by. A link on the
// way is followed, the last one only if asked.
func (t *FS) find(op, name string, follow bool) (*node, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	n, err := t.walk(parts(name), follow)
	if err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if base := path.Base(name); n.name != base {
		// A copy, because others look at the node under its own name.
		called := *n
		called.name = base
		n = &called
	}
	return n, nil
}

func (t *FS) walk(todo []string, follow bool) (*node, error) {
	at := t.root
	for hops, steps := 0, 0; len(todo) > 0; steps++ {
		next := at.kids[todo[0]]
		if todo[0] == ".." {
			next = at.parent
		}
		todo = todo[1:]
		// The root has no parent, so that a path which leads out ends here. Steps are limited beside
		// links, because each of these may have a long target.
		if next == nil || next.mode.IsRegular() && len(todo) > 0 || steps > MaxLink {
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
		todo = append(parts(target), todo...)
	}
	return at, nil
}

// target reads where a link leads.
func (t *FS) target(n *node) (string, error) {
	if n.entry.Size > MaxLink {
		return "", errors.New("the target of the link is too long")
	}
	data, err := t.read(n.entry)
	return string(data), err
}

// content finds a file or folder, and reads it if it is a file.
func (t *FS) content(op, name string) (n *node, data []byte, err error) {
	if n, err = t.find(op, name, true); err != nil || n.IsDir() {
		return n, nil, err
	}
	if data, err = t.read(n.entry); err != nil {
		return nil, nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, data, nil
}

// Open opens a file or folder.
func (t *FS) Open(name string) (fs.File, error) {
	n, data, err := t.content("open", name)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		return &openFolder{open{n}, n.sorted()}, nil
	}
	n = &node{name: n.name, mode: n.mode, entry: forge.Entry{Size: int64(len(data))}} // lists are not always right about sizes
	return &openFile{bytes.NewReader(data), open{n}}, nil
}

// ReadFile returns the content of a file, which the caller may change.
func (t *FS) ReadFile(name string) ([]byte, error) {
	n, data, err := t.content("read", name)
	if err == nil && n.IsDir() {
		err = isFolder(name)
	}
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte{}, data), nil // read may return what a cache keeps; and empty is not nil
}

// ReadDir returns what is in a folder, by name.
func (t *FS) ReadDir(name string) ([]fs.DirEntry, error) {
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
func (t *FS) Stat(name string) (fs.FileInfo, error) { return info(t.find("stat", name, true)) }

// Lstat describes a file or link.
func (t *FS) Lstat(name string) (fs.FileInfo, error) { return info(t.find("lstat", name, false)) }

// info keeps a nil node from becoming an interface that is not nil.
func info(n *node, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	return n, nil
}

// ReadLink returns where a link leads.
func (t *FS) ReadLink(name string) (string, error) {
	n, err := t.find("readlink", name, false)
	if err != nil {
		return "", err
	}
	if n.mode&fs.ModeSymlink == 0 {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return t.target(n)
}

func isFolder(name string) error {
	return &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
}

func (n *node) sorted() []fs.DirEntry {
	all := make([]fs.DirEntry, 0, len(n.kids))
	for _, k := range n.kids {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return all
}

// open is what open files and folders have in common.
type open struct{ node *node }

// Stat implements fs.File.
func (o open) Stat() (fs.FileInfo, error) { return o.node, nil }

// Close implements fs.File.
func (open) Close() error { return nil }

type openFile struct {
	*bytes.Reader
	open
}

type openFolder struct {
	open
	left []fs.DirEntry
}

// Read implements fs.File, as reading a folder of the operating system does.
func (f *openFolder) Read([]byte) (int, error) { return 0, isFolder(f.node.name) }

// ReadDir returns the next n entries, or all that are left.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	// Only a positive n ends with io.EOF (fs.ReadDirFile).
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
