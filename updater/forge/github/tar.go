package github

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// Limits of an archive.
const (
	maxUnpacked = 2 << 30  // bytes on disk
	maxUnzipped = 3 << 30  // bytes of the decompressed archive
	maxMembers  = 500_000  // files and folders
	maxRatio    = 200      // decompressed bytes for each received byte, checked from
	ratioFrom   = 64 << 20 // this number of decompressed bytes on
)

// An unpacker extracts a tar archive into a folder. It writes nothing outside the
// folder, and no links that lead outside.
type unpacker struct {
	root    *os.Root
	written int64
	members int
	links   map[string]bool   // paths that are links
	hashes  map[string]string // git object ids of the written files, by path
}

// untar extracts a gzipped tar archive and strips its top folder.
func untar(r io.Reader, root *os.Root) (*unpacker, error) {
	u := &unpacker{root: root, links: map[string]bool{}, hashes: map[string]string{}}
	in := &meter{r: r}
	zip, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	defer zip.Close()
	plain := &ratio{r: zip, in: in}
	archive := tar.NewReader(plain)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, plain) // reads to the end to verify the checksum
			return u, err
		}
		if err != nil {
			return nil, err
		}
		if u.members++; u.members > maxMembers {
			return nil, fmt.Errorf("the archive holds more than %d files", maxMembers)
		}
		if err := u.member(h, archive); err != nil {
			return nil, err
		}
	}
}

// member writes one file, link or folder. It skips types that a commit cannot contain.
func (u *unpacker) member(h *tar.Header, data io.Reader) error {
	top, name, below := strings.Cut(strings.TrimSuffix(h.Name, "/"), "/")
	if !below || top == "." || !fs.ValidPath(top) || !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, 0) || u.behindLink(name) || inGit(name) {
		return nil
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return u.root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		return u.file(name, h, data)
	case tar.TypeSymlink:
		return u.link(name, h.Linkname)
	}
	return nil
}

// behindLink reports whether a path leads through a link, which paths of a commit never do.
func (u *unpacker) behindLink(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if u.links[dir] {
			return true
		}
	}
	return false
}

// inGit reports whether git would treat a path as its own folder, which is dangerous because tools run there.
func inGit(name string) bool {
	for _, part := range strings.Split(name, "/") {
		if strings.EqualFold(part, ".git") {
			return true
		}
	}
	return false
}

func (u *unpacker) file(name string, h *tar.Header, data io.Reader) error {
	if u.written += h.Size; h.Size < 0 || u.written > maxUnpacked {
		return fmt.Errorf("the archive holds more than %d MiB", maxUnpacked>>20)
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if h.Mode&0o111 != 0 {
		mode = 0o755
	}
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil // keep the first of two members with the same name
	}
	if err != nil {
		return err
	}
	sum := plumbing.NewHasher(plumbing.BlobObject, h.Size)
	_, err = io.Copy(io.MultiWriter(f, sum), data)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	u.hashes[name] = sum.Sum().String()
	return nil
}

// link creates a symbolic link if its target is inside the folder, and skips others.
func (u *unpacker) link(name, target string) error {
	if !staysInside(name, target) {
		return nil
	}
	if err := u.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	err := u.root.Symlink(target, name)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		u.links[name] = true
		u.hashes[name] = gittree.BlobHash([]byte(target))
	}
	return err
}

// staysInside reports whether a link at name cannot lead out of the tree, provided that
// its folders are not links: ".." is allowed only at the start of target and not above
// the root. It refuses ".." after a name, because that name may be a link.
func staysInside(name, target string) bool {
	if target == "" || len(target) > gittree.MaxLink || path.IsAbs(target) || strings.ContainsAny(target, "\x00\\") {
		return false
	}
	depth, down := strings.Count(name, "/"), false
	for _, part := range strings.Split(target, "/") {
		switch {
		case part == ".", part == "":
		case part != "..":
			down = true
		case down:
			return false
		default:
			depth--
		}
	}
	return depth >= 0
}

// A meter counts the received bytes.
type meter struct {
	r io.Reader
	n int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	return n, err
}

// A ratio reads decompressed data, and returns an error if the compression ratio is implausible.
type ratio struct {
	r  io.Reader
	in *meter
	n  int64
}

func (r *ratio) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	if r.n > maxUnzipped || r.n > ratioFrom && r.n > r.in.n*maxRatio {
		return n, errors.New("the archive grows out of all proportion when it is unpacked")
	}
	return n, err
}
