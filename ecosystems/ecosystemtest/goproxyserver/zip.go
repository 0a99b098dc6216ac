package goproxyserver

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
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
	if len(m.Files) == 0 {
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

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (os.FileInfo, error)  { return info{f}, nil }
func (f file) Open() (io.ReadCloser, error) { return io.NopCloser(bytes.NewBufferString(f.data)), nil }

type info struct{ file }

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return int64(len(i.data)) }
func (i info) Mode() os.FileMode  { return 0o644 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }
