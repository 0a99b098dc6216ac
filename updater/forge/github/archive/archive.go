// Package archive unpacks archives of commits as files and links in a folder. It
// assumes that strangers wrote them: it writes nothing outside the folder, and no links
// that lead outside.
package archive

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

// A Tree is an unpacked archive.
type Tree struct {
	root    *os.Root
	written int64
	links   map[string]bool   // paths that are links
	hashes  map[string]string // git object ids of the written files, by path
}

// Unpack extracts a gzipped tar archive into a folder and strips its top folder.
func Unpack(r io.Reader, root *os.Root) (*Tree, error) {
	t := &Tree{root: root, links: map[string]bool{}, hashes: map[string]string{}}
	return t, members(r, t.member)
}

// Files calls do with the content of each file of at most limit bytes in a gzipped tar
// archive.
func Files(r io.Reader, limit int64, do func(data []byte)) error {
	return members(r, func(h *tar.Header, data io.Reader) error {
		if h.Typeflag != tar.TypeReg || h.Size < 0 || h.Size > limit {
			return nil
		}
		content, err := io.ReadAll(data)
		if err == nil {
			do(content)
		}
		return err
	})
}

// members calls do for each member of a gzipped tar archive, within the limits.
func members(r io.Reader, do func(h *tar.Header, data io.Reader) error) error {
	in := &meter{r: r}
	zip, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	defer zip.Close()
	plain := &ratio{r: zip, in: in}
	archive := tar.NewReader(plain)
	for range maxMembers {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, plain) // reads to the end to verify the checksum
			return err
		}
		if err != nil {
			return err
		}
		if err := do(h, archive); err != nil {
			return err
		}
	}
	return fmt.Errorf("the archive holds more than %d files", maxMembers)
}

// Differs reports whether a file of a commit is missing or has another content, and can
// be written.
func (t *Tree) Differs(name, hash string) bool {
	return t.hashes[name] != hash && !t.behindLink(name) && !inGit(name)
}

// Write replaces a file or link of a commit.
func (t *Tree) Write(name, mode string, data []byte) error {
	if err := t.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	// Writing to a link that stands here would change its target.
	if err := t.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if mode == gittree.Link {
		if !staysInside(name, string(data)) {
			return nil
		}
		return t.root.Symlink(string(data), name)
	}
	perm := fs.FileMode(0o644)
	if mode == gittree.Executable {
		perm = 0o755
	}
	return t.root.WriteFile(name, data, perm)
}

// member writes one file, link or folder. It skips types that a commit cannot contain.
func (t *Tree) member(h *tar.Header, data io.Reader) error {
	top, name, below := strings.Cut(strings.TrimSuffix(h.Name, "/"), "/")
	if !below || top == "." || !fs.ValidPath(top) || !fs.ValidPath(name) || name == "." || strings.ContainsRune(name, 0) || t.behindLink(name) || inGit(name) {
		return nil
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return t.root.MkdirAll(name, 0o755)
	case tar.TypeReg:
		return t.file(name, h, data)
	case tar.TypeSymlink:
		return t.link(name, h.Linkname)
	}
	return nil
}

// behindLink reports whether a path leads through a link, which paths of a commit never do.
func (t *Tree) behindLink(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if t.links[dir] {
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

func (t *Tree) file(name string, h *tar.Header, data io.Reader) error {
	if t.written += h.Size; h.Size < 0 || t.written > maxUnpacked {
		return fmt.Errorf("the archive holds more than %d MiB", maxUnpacked>>20)
	}
	if err := t.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if h.Mode&0o111 != 0 {
		mode = 0o755
	}
	// O_EXCL: an existing link is never followed.
	f, err := t.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
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
	t.hashes[name] = sum.Sum().String()
	return nil
}

// link creates a symbolic link if its target is inside the folder, and skips others.
func (t *Tree) link(name, target string) error {
	if !staysInside(name, target) {
		return nil
	}
	if err := t.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	err := t.root.Symlink(target, name)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		t.links[name] = true
		t.hashes[name] = gittree.BlobHash([]byte(target))
	}
	return err
}

// staysInside reports whether a link at name cannot lead out of the tree, provided that
// its folders are not links: ".." is allowed only at the start of target and not above
// the root. It refuses ".." after a name, because that name may be a link.
func staysInside(name, target string) bool {
	// Windows reads a backslash as a separator.
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

// Read implements io.Reader.
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

// Read implements io.Reader.
func (r *ratio) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	if r.n > maxUnzipped || r.n > ratioFrom && r.n > r.in.n*maxRatio {
		return n, errors.New("the archive grows out of all proportion when it is unpacked")
	}
	return n, err
}
