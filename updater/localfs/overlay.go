package localfs

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// An Overlay is a tree in which some files have another content, in memory.
type Overlay struct {
	fs.FS
	Files map[string][]byte // by name; nil for a deleted file
}

// Open opens the content in memory, or the file of the tree if there is none.
func (o Overlay) Open(name string) (fs.File, error) {
	data, ok := o.Files[name]
	switch {
	case !ok:
		return o.FS.Open(name)
	case data == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &memoryFile{bytes.NewReader(data), path.Base(name)}, nil
}

// A memoryFile is an open file in memory and its own fs.FileInfo.
type memoryFile struct {
	*bytes.Reader
	name string
}

// Stat implements fs.File.
func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }

// Close implements fs.File.
func (f *memoryFile) Close() error { return nil }

// Name implements fs.FileInfo.
func (f *memoryFile) Name() string { return f.name }

// Mode implements fs.FileInfo.
func (f *memoryFile) Mode() fs.FileMode { return 0o444 }

// ModTime implements fs.FileInfo.
func (f *memoryFile) ModTime() time.Time { return time.Time{} }

// IsDir implements fs.FileInfo.
func (f *memoryFile) IsDir() bool { return false }

// Sys implements fs.FileInfo.
func (f *memoryFile) Sys() any { return nil }
