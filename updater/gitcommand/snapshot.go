package gitcommand

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

// A Snapshot is a read-only view of the tree of a commit. It implements fs.FS. Files
// have the committed contents, without filters.
type Snapshot struct {
	*gittree.FS
	Commit string    // 40 or 64 hex digits
	Time   time.Time // of the commit

	ctx   context.Context // of Base, because the methods of fs.FS have no context
	dir   string
	files []gittree.Item
	read  map[string][]byte // contents by object id
}

// Limits of a snapshot.
const (
	mostEntries = 500_000
	maxBlob     = 8 << 20   // bytes of a file that is read
	maxBlobs    = 256 << 20 // of all files that are read at once
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
	s := &Snapshot{Commit: base, ctx: ctx, dir: dir, read: map[string][]byte{}}
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
			break // the message follows, which may contain anything
		}
		// The name may contain spaces, so the seconds are counted from the end.
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
	for entry := range bytes.SplitSeq(out, []byte{0}) {
		item, ok := itemOf(string(entry))
		if !ok {
			continue
		}
		if s.files = append(s.files, item); len(s.files) > mostEntries {
			return fmt.Errorf("more than %d files at %.12s", mostEntries, s.Commit)
		}
	}
	s.FS = gittree.New(s.files, s.content)
	return nil
}

// itemOf parses one entry, "MODE TYPE OBJECT SIZE\tPATH"; ok is false for entries that
// are not files.
func itemOf(entry string) (item gittree.Item, ok bool) {
	head, name, _ := strings.Cut(entry, "\t")
	fields := strings.Fields(head)
	// A submodule has the type "commit": its files are in another repository. A path with
	// ".." is possible in a tree that git did not write.
	if len(fields) != 4 || fields[1] != "blob" || !fs.ValidPath(name) {
		return item, false
	}
	size, err := strconv.ParseInt(fields[3], 10, 64)
	return gittree.Item{Path: name, Mode: fields[0], Hash: fields[2], Size: size}, err == nil
}

// Objects returns the object ids of the files by path.
func (s *Snapshot) Objects() map[string]string {
	out := make(map[string]string, len(s.files))
	for _, f := range s.files {
		out[f.Path] = f.Hash
	}
	return out
}

// Load reads the wanted files with one command.
func (s *Snapshot) Load(wanted func(name string) bool) error {
	var objects []string
	left := int64(maxBlobs)
	for _, f := range s.files {
		if _, known := s.read[f.Hash]; known || f.Size > maxBlob || !wanted(f.Path) {
			continue
		}
		if left -= f.Size; left < 0 {
			break // the rest is read on demand
		}
		objects = append(objects, f.Hash)
	}
	slices.Sort(objects)
	return s.fetch(slices.Compact(objects)) // equal files have one object
}

// fetch reads objects with git cat-file --batch, which applies no filters.
func (s *Snapshot) fetch(objects []string) error {
	if len(objects) == 0 {
		return nil
	}
	// 128 bytes are more than the line before a content: its id, type and size.
	out, err := run(s.ctx, timeLimit, s.dir, maxBlobs+int64(len(objects))*128, strings.Join(objects, "\n")+"\n", []string{"cat-file", "--batch"})
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
		// A newline follows each content.
		if _, err := r.Discard(1); err != nil {
			return fmt.Errorf("git cat-file: %w", err)
		}
		s.read[fields[0]] = data
	}
	return nil
}

// content returns the content of a file for gittree.
func (s *Snapshot) content(e forge.Entry) ([]byte, error) {
	if data, ok := s.read[e.Hash]; ok {
		return data, nil
	}
	if e.Size > maxBlob {
		return nil, fmt.Errorf("larger than %d bytes", maxBlob)
	}
	if err := s.fetch([]string{e.Hash}); err != nil {
		return nil, err
	}
	return s.read[e.Hash], nil
}
