package gitcommand

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Snapshot is a read-only view of the tree of a commit. It implements fs.FS. Files
// have the committed contents, without filters.
type Snapshot struct {
	Commit string    // 40 or 64 hex digits
	Time   time.Time // of the commit

	ctx     context.Context // of Base, because the methods of fs.FS have no context
	dir     string
	files   map[string]blob
	folders map[string][]fs.DirEntry // sorted; "." is the root
	read    map[string][]byte        // contents by object id
}

// A blob is a file of a snapshot.
type blob struct {
	object string
	size   int64
	mode   fs.FileMode
}

// Limits of a snapshot.
const (
	mostEntries = 500_000
	maxBlob     = 8 << 20   // bytes of a file that is read
	maxBlobs    = 256 << 20 // of all files that are read at once
	mostHops    = 16        // symbolic links that lead to a file
)

// Base returns the tree of the merge base of the current branch and another branch,
// tag or commit.
func Base(ctx context.Context, dir, ref string) (*Snapshot, error) {
	if ref == "" || strings.HasPrefix(ref, "-") || strings.ContainsAny(ref, "\x00\n") {
		return nil, fmt.Errorf("%q is no branch, tag or commit", ref)
	}
	commit, err := line(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("there is no branch, tag or commit %q here%s", ref, shallow(ctx, dir))
	}
	base, err := line(ctx, dir, "merge-base", "HEAD", commit)
	if err != nil || base == "" {
		return nil, fmt.Errorf("%q and the current commit have no commit in common%s", ref, shallow(ctx, dir))
	}
	s := &Snapshot{Commit: base, ctx: ctx, dir: dir, files: map[string]blob{}, folders: map[string][]fs.DirEntry{".": {}}, read: map[string][]byte{}}
	if err := s.when(); err != nil {
		return nil, err
	}
	return s, s.list()
}

// shallow returns a hint for a shallow clone, "" for a complete one.
func shallow(ctx context.Context, dir string) string {
	if is, err := line(ctx, dir, "rev-parse", "--is-shallow-repository"); err == nil && is == "true" {
		return ": the history of this clone is cut off. git fetch --unshallow brings it, in GitHub Actions fetch-depth: 0"
	}
	return ""
}

// line runs a command that prints one line.
func line(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := Run(ctx, dir, args...)
	text, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(text), err
}

// when sets the time of the commit from its header.
func (s *Snapshot) when() error {
	out, err := Run(s.ctx, s.dir, "cat-file", "commit", s.Commit)
	if err != nil {
		return err
	}
	for text := range strings.Lines(string(out)) {
		fields := strings.Fields(text)
		if len(fields) == 0 {
			break
		}
		if n := len(fields); fields[0] == "committer" && n > 3 {
			seconds, err := strconv.ParseInt(fields[n-2], 10, 64)
			if err == nil {
				s.Time = time.Unix(seconds, 0).UTC()
			}
		}
	}
	return nil
}

// list reads the entries of the tree.
func (s *Snapshot) list() error {
	out, err := Run(s.ctx, s.dir, "ls-tree", "-r", "-z", "-l", "--full-tree", s.Commit)
	if err != nil {
		return err
	}
	n := 0
	for entry := range bytes.SplitSeq(out, []byte{0}) {
		if n++; n > mostEntries {
			return fmt.Errorf("more than %d files at %.12s", mostEntries, s.Commit)
		}
		s.entry(string(entry))
	}
	for dir := range s.folders {
		slices.SortFunc(s.folders[dir], func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return nil
}

// entry parses one entry, "MODE TYPE OBJECT SIZE\tPATH", and skips entries that are not files.
func (s *Snapshot) entry(text string) {
	head, name, ok := strings.Cut(text, "\t")
	fields := strings.Fields(head)
	if !ok || len(fields) != 4 || fields[1] != "blob" || !fs.ValidPath(name) || name == "." {
		return
	}
	size, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil {
		return
	}
	b := blob{object: fields[2], size: size, mode: 0o644}
	switch fields[0] {
	case "120000":
		b.mode |= fs.ModeSymlink
	case "100755":
		b.mode = 0o755
	}
	s.files[name] = b
	s.add(path.Dir(name), fs.FileInfoToDirEntry(entryInfo{path.Base(name), b.size, b.mode, s.Time}))
}

// add adds an entry to a folder, and creates the folder and its parents.
func (s *Snapshot) add(dir string, e fs.DirEntry) {
	for {
		list, known := s.folders[dir]
		s.folders[dir] = append(list, e)
		if known || dir == "." {
			return
		}
		e = fs.FileInfoToDirEntry(entryInfo{path.Base(dir), 0, fs.ModeDir | 0o755, s.Time})
		dir = path.Dir(dir)
	}
}

// Objects returns the object ids of the files by path.
func (s *Snapshot) Objects() map[string]string {
	out := make(map[string]string, len(s.files))
	for name, b := range s.files {
		out[name] = b.object
	}
	return out
}

// Load reads the wanted files with one command.
func (s *Snapshot) Load(wanted func(name string) bool) error {
	var objects []string
	left := int64(maxBlobs)
	for name, b := range s.files {
		if _, known := s.read[b.object]; known || b.size > maxBlob || !wanted(name) {
			continue
		}
		if left -= b.size; left < 0 {
			break // the rest is read on demand
		}
		objects = append(objects, b.object)
	}
	slices.Sort(objects)
	return s.fetch(slices.Compact(objects))
}

// fetch reads objects with git cat-file --batch, which applies no filters.
func (s *Snapshot) fetch(objects []string) error {
	if len(objects) == 0 {
		return nil
	}
	out, err := runWith(s.ctx, timeLimit, s.dir, maxBlobs+int64(len(objects))*128, strings.Join(objects, "\n")+"\n", []string{"cat-file", "--batch"})
	if err != nil {
		return err
	}
	r := bufio.NewReader(bytes.NewReader(out))
	for range objects {
		head, err := r.ReadString('\n')
		fields := strings.Fields(head)
		if err != nil || len(fields) != 3 || fields[1] != "blob" {
			return fmt.Errorf("git cat-file: the object %.12s is not here", head)
		}
		size, err := strconv.Atoi(fields[2])
		if err != nil || size < 0 || size > maxBlob {
			return fmt.Errorf("git cat-file: %.80q is no answer", head)
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(r, data); err != nil {
			return fmt.Errorf("git cat-file: %w", err)
		}
		if _, err := r.Discard(1); err != nil {
			return fmt.Errorf("git cat-file: %w", err)
		}
		s.read[fields[0]] = data
	}
	return nil
}

// Open implements fs.FS. It follows symbolic links inside the tree.
func (s *Snapshot) Open(name string) (fs.File, error) {
	fail := func(err error) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	at := name
	for range mostHops {
		if entries, ok := s.folders[at]; ok {
			return &folder{info: entryInfo{path.Base(at), 0, fs.ModeDir | 0o755, s.Time}, entries: entries}, nil
		}
		b, ok := s.files[at]
		if !ok {
			return fail(fs.ErrNotExist)
		}
		data, err := s.content(b)
		if err != nil {
			return fail(err)
		}
		if b.mode&fs.ModeSymlink == 0 {
			return &file{Reader: bytes.NewReader(data), info: entryInfo{path.Base(name), int64(len(data)), b.mode, s.Time}}, nil
		}
		at = path.Join(path.Dir(at), string(data))
		if !fs.ValidPath(at) {
			return fail(fs.ErrNotExist)
		}
	}
	return fail(errors.New("too many symbolic links"))
}

func (s *Snapshot) content(b blob) ([]byte, error) {
	if data, ok := s.read[b.object]; ok {
		return data, nil
	}
	if b.size > maxBlob {
		return nil, fmt.Errorf("larger than %d bytes", maxBlob)
	}
	if err := s.fetch([]string{b.object}); err != nil {
		return nil, err
	}
	return s.read[b.object], nil
}

// An entryInfo describes a file or folder of a snapshot.
type entryInfo struct {
	name string
	size int64
	mode fs.FileMode
	time time.Time
}

func (i entryInfo) Name() string       { return i.name }
func (i entryInfo) Size() int64        { return i.size }
func (i entryInfo) Mode() fs.FileMode  { return i.mode }
func (i entryInfo) ModTime() time.Time { return i.time }
func (i entryInfo) IsDir() bool        { return i.mode.IsDir() }
func (i entryInfo) Sys() any           { return nil }

// A file is an open file of a snapshot.
type file struct {
	*bytes.Reader
	info entryInfo
}

func (f *file) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *file) Close() error               { return nil }

// A folder is an open folder of a snapshot.
type folder struct {
	info    entryInfo
	entries []fs.DirEntry
	at      int
}

func (f *folder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *folder) Close() error               { return nil }
func (f *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.info.name, Err: errors.New("is a directory")}
}

// ReadDir implements fs.ReadDirFile.
func (f *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	left := f.entries[f.at:]
	if n <= 0 {
		f.at = len(f.entries)
		return slices.Clone(left), nil
	}
	if len(left) == 0 {
		return nil, io.EOF
	}
	left = left[:min(n, len(left))]
	f.at += len(left)
	return slices.Clone(left), nil
}
