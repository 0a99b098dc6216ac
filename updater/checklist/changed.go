package checklist

import (
	"bytes"
	"io/fs"
	"time"
)

// A changed is a tree with another content for one file.
type changed struct {
	fs.FS
	name, text string
}

// Open implements fs.FS.
func (c changed) Open(name string) (fs.File, error) {
	if name == c.name {
		return &textFile{Reader: bytes.NewReader([]byte(c.text)), info: textInfo{c.name, int64(len(c.text))}}, nil
	}
	return c.FS.Open(name)
}

// A textFile is an open file in memory.
type textFile struct {
	*bytes.Reader
	info textInfo
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *textFile) Close() error               { return nil }

// A textInfo describes a textFile.
type textInfo struct {
	name string
	size int64
}

func (i textInfo) Name() string       { return i.name }
func (i textInfo) Size() int64        { return i.size }
func (i textInfo) Mode() fs.FileMode  { return 0o644 }
func (i textInfo) ModTime() time.Time { return time.Time{} }
func (i textInfo) IsDir() bool        { return false }
func (i textInfo) Sys() any           { return nil }
