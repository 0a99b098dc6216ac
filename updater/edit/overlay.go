package edit

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// An overlay is a tree with some files replaced in memory.
type overlay struct {
	fs.FS
	files map[string][]byte
}

// Open opens the replacement of a file, or the file if it has none.
func (o overlay) Open(name string) (fs.File, error) {
	data, ok := o.files[name]
	if !ok {
		return o.FS.Open(name)
	}
	return &memoryFile{bytes.NewReader(data), path.Base(name)}, nil
}

// A memoryFile is an open file in memory and its own FileInfo.
type memoryFile struct {
	*bytes.Reader
	name string
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *memoryFile) Close() error               { return nil }
func (f *memoryFile) Name() string               { return f.name }
func (f *memoryFile) Mode() fs.FileMode          { return 0o444 }
func (f *memoryFile) ModTime() time.Time         { return time.Time{} }
func (f *memoryFile) IsDir() bool                { return false }
func (f *memoryFile) Sys() any                   { return nil }
