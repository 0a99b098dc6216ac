package goproxyserver

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// goMod returns the go.mod of a module. If it has none, goMod generates one as the go command does.
func (m Module) goMod(path string) string {
	if m.GoMod == "" {
		return fmt.Sprintf("module %s\n", path)
	}
	return m.GoMod
}

// zip serves the files in the layout of the specification ("Module zip files").
func (s *Server) zip(w http.ResponseWriter, path string, m Module) {
	files := []modzip.File{}
	if m.GoMod != "" {
		files = append(files, file{"go.mod", m.GoMod})
	}
	for name, data := range m.Files {
		files = append(files, file{name, data})
	}
	if len(m.Files) == 0 { // the go command finds no package in an empty module
		files = append(files, file{"version.go", fmt.Sprintf("// Package stub stands for a real one.\npackage stub\n\n// Version is its version.\nconst Version = %q\n", m.Version)})
	}
	var out bytes.Buffer
	if err := modzip.Create(&out, module.Version{Path: path, Version: m.Version}, files); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	_, _ = w.Write(out.Bytes()) // fails only if the client has disconnected
}

// A file is an in-memory file for module/zip.
type file struct{ name, data string }

// Path returns the path below the root of the module, with slashes.
func (f file) Path() string { return f.name }

// Lstat describes a regular file.
func (f file) Lstat() (os.FileInfo, error) { return info{f}, nil }

// Open returns the data.
func (f file) Open() (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(f.data)), nil
}

// An info is the fs.FileInfo of a file.
type info struct{ file }

// Name returns the path.
func (i info) Name() string { return i.name }

// Size returns the length of the data.
func (i info) Size() int64 { return int64(len(i.data)) }

// Mode is that of a regular file: package zip refuses all others.
func (i info) Mode() os.FileMode { return 0o644 }

// ModTime is zero, because zip files of modules contain no times.
func (i info) ModTime() time.Time { return time.Time{} }

// IsDir returns false.
func (i info) IsDir() bool { return false }

// Sys returns nil.
func (i info) Sys() any { return nil }
