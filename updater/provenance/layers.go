package provenance

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// The limits for reading layers.
const (
	maxDatabase  = 256 << 20 // bytes of one file
	maxDatabases = 512 << 20 // bytes of all files
	maxFiles     = 5_000     // distroless images have one for each package
	maxEntries   = 2_000_000 // of the archives of one image
)

// databases are the files, or folders with a slash at the end, with the
// installed packages and the release of a system.
var databases = []string{
	"etc/os-release", "usr/lib/os-release",
	"var/lib/dpkg/status", "var/lib/dpkg/status.d/", "usr/lib/opkg/status",
	"lib/apk/db/installed", "usr/lib/apk/db/installed",
	"var/lib/rpm/", "usr/lib/sysimage/rpm/", "usr/share/rpm/",
}

// Installed downloads the layers of an image and reads their package databases
// (dpkg, apk, rpm). The result is nil if the image has none.
func Installed(ctx context.Context, images ecosystems.Images, repository, digest string) (*Contents, error) {
	dir, err := os.MkdirTemp("", "freshpin-layers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s := &system{dir: dir, left: maxDatabases}
	if err := images.Layers(ctx, repository, digest, func(_ string, layer io.Reader) error { return s.apply(layer) }); err != nil {
		return nil, err
	}
	return s.contents(ctx)
}

// A system holds the databases of an image after its layers were applied.
type system struct {
	dir     string // holds them
	left    int64  // bytes that may still be written
	files   int
	entries int
}

// apply reads a layer on top of those before it (OCI image specification,
// "Applying Changesets").
func (s *system) apply(layer io.Reader) error {
	archive := tar.NewReader(layer)
	mine := map[string]bool{} // files of this layer: its whiteouts hide only those of lower layers
	for {
		h, err := archive.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read a layer: %w", err)
		}
		if s.entries++; s.entries > maxEntries {
			return fmt.Errorf("the layers hold more than %d files", maxEntries)
		}
		name := strings.TrimPrefix(path.Clean("/"+h.Name), "/")
		if err := s.entry(name, h, archive, mine); err != nil {
			return err
		}
	}
}

func (s *system) entry(name string, h *tar.Header, data io.Reader, mine map[string]bool) error {
	folder, base := path.Split(name)
	if hidden, ok := strings.CutPrefix(base, ".wh."); ok {
		if hidden == ".wh..opq" {
			return s.hide(strings.TrimSuffix(folder, "/"), mine)
		}
		return s.hide(folder+hidden, mine)
	}
	// A link could lead out of the folder, and databases are regular files.
	if !wanted(name) || h.Typeflag != tar.TypeReg {
		return nil
	}
	if mine[name] {
		return nil // twice in one archive: keep the first
	}
	mine[name] = true
	if s.files++; s.files > maxFiles || h.Size > maxDatabase || h.Size > s.left {
		return fmt.Errorf("the package databases in the layers are too large to be read: %s", name)
	}
	s.left -= h.Size
	return write(filepath.Join(s.dir, filepath.FromSlash(name)), data)
}

func wanted(name string) bool {
	return slices.ContainsFunc(databases, func(d string) bool {
		rest, below := strings.CutPrefix(name, d)
		return name == d || below && strings.HasSuffix(d, "/") && !strings.Contains(rest, "/")
	})
}

func write(file string, data io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, data)
	return errors.Join(err, f.Close())
}

// hide removes the files of lower layers at a path and below it.
func (s *system) hide(name string, mine map[string]bool) error {
	return fs.WalkDir(os.DirFS(s.dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || mine[file] || name != "" && file != name && !strings.HasPrefix(file, name+"/") {
			return err
		}
		return os.Remove(filepath.Join(s.dir, filepath.FromSlash(file)))
	})
}

// contents reads the databases; nil if there is none.
func (s *system) contents(ctx context.Context) (*Contents, error) {
	c := &Contents{From: "layers"}
	found := false
	from := s.release()
	err := fs.WalkDir(os.DirFS(s.dir), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		read := readerOf(file)
		if read == nil {
			return nil
		}
		found = true
		list, err := read(ctx, filepath.Join(s.dir, filepath.FromSlash(file)), from)
		if err != nil {
			return fmt.Errorf("read %s in the layers: %w", file, err)
		}
		c.Packages = append(c.Packages, list...)
		return nil
	})
	if err != nil || !found {
		return nil, err
	}
	return c, nil
}
