package forgetest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Pack makes a gzipped tar archive. The content of a file is its Uname, which keeps tables
// short. It panics if a header is wrong.
func Pack(members ...tar.Header) []byte {
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	w := tar.NewWriter(zip)
	for _, h := range members {
		content := h.Uname
		// It is the content here and must not be written as the owner.
		h.Uname = ""
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			panic(err)
		}
		if h.Typeflag == tar.TypeReg {
			// Cannot fail: the size is right, and the archive is in memory.
			_, _ = io.WriteString(w, content)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	if err := zip.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// OnDisk describes what is in a folder, by path. It panics if the folder cannot be read.
func OnDisk(dir string) map[string]string {
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		// Cannot fail, because p is below dir.
		rel, _ := filepath.Rel(dir, p)
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			to, _ := os.Readlink(p)
			all[rel] = "-> " + to
		case d.Type().IsRegular():
			data, _ := os.ReadFile(p)
			info, _ := d.Info()
			all[rel] = fmt.Sprintf("%o %s", info.Mode().Perm(), data)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	return all
}
