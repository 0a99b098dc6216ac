// Package worktree writes files of a work tree atomically: each file is replaced in
// one step, and either all files change or none, even if the process is killed. It
// never writes through a link, into git's folder or outside the tree.
//
// New contents are staged beside the old files and renamed over them. A journal in
// the folder .freshpin-update describes the change: if the process is killed, the
// next one completes or reverts the change (Recover). A lock allows only one process
// to write to a tree at a time.
package worktree

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Tree is a work tree that is locked for other processes of ours.
type Tree struct {
	disk   disk
	unlock func() error
}

// Open opens a folder for writing. If another process writes to it, Open calls
// waiting once and waits.
func Open(ctx context.Context, dir string, waiting func()) (*Tree, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, dir, waiting)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Tree{disk: disk{root: root}, unlock: unlock}, nil
}

// Close releases the lock.
func (t *Tree) Close() error { return errors.Join(t.unlock(), t.disk.root.Close()) }

// A replacement is one file of a change.
type replacement struct {
	entry
	data []byte      // new content
	old  []byte      // old content
	like fs.FileInfo // of the old file; nil if there is none
}

// Replace writes the files in the given order. After an error or a cancelled context
// no file has changed. Files keep their mode and, if permitted, their owner.
func (t *Tree) Replace(ctx context.Context, files []ecosystems.FileChange) (err error) {
	all, err := t.survey(files)
	if err != nil {
		return err
	}
	var made []string // created folders
	whole := true     // the tree is consistent
	defer func() {
		if whole {
			err = errors.Join(err, t.sweep(entries(all)))
		}
		if err != nil {
			t.disk.removeAll(made)
		}
	}()
	if err := t.note(entries(all)); err != nil {
		return err
	}
	for n := range all {
		dirs, err := t.stage(&all[n])
		made = append(made, dirs...)
		if err != nil {
			return fmt.Errorf("write %s: %w", all[n].Path, localfs.Bare(err))
		}
	}
	if err := ctx.Err(); err != nil { // the last moment at which an interrupt costs nothing
		return err
	}
	// From here on Recover looks at the files of a killed change; before, it only removes what was staged.
	if err := t.disk.rename(journalFile, readyFile); err != nil {
		return fmt.Errorf("write %s: %w", readyFile, localfs.Bare(err))
	}
	// The journal and the staged files must be on disk before the first file is replaced.
	t.disk.syncFolders(append(parents(all), journalFolder))
	for n := range all {
		if err := t.commit(all[n].entry); err != nil {
			err = fmt.Errorf("write %s: %w", all[n].Path, localfs.Bare(err))
			back := t.undo(all[:n])
			whole = back == nil // else the journal stays, for Recover
			return errors.Join(err, back)
		}
	}
	t.disk.syncFolders(parents(all))
	return nil
}

// survey reads the old files, and returns an error for places that must not be written to.
func (t *Tree) survey(files []ecosystems.FileChange) ([]replacement, error) {
	var all []replacement
	for _, f := range files {
		r := replacement{entry: entry{Path: f.Path}, data: f.Data}
		err := checkPath(f.Path)
		if err == nil {
			err = t.look(&r)
		}
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", f.Path, localfs.Bare(err))
		}
		if !f.Delete {
			r.Stage, r.New = beside(f.Path), sum(f.Data)
		}
		if r.like != nil {
			r.Back, r.Old = beside(f.Path), sum(r.old)
		}
		all = append(all, r)
	}
	return all, nil
}

// look reads the old file, if there is one.
func (t *Tree) look(r *replacement) error {
	for n, c := range r.Path {
		if c != '/' {
			continue
		}
		info, err := t.disk.root.Lstat(r.Path[:n])
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if !info.IsDir() {
			return fmt.Errorf("%s is not a folder", r.Path[:n])
		}
	}
	info, err := t.disk.root.Lstat(r.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("is not a regular file")
	}
	r.like = info
	r.old, err = localfs.Read(t.disk.root, r.Path, localfs.MaxFile)
	return err
}

// checkPath returns an error for a path in git's or the journal's folder, in every
// spelling that a file system may treat as such (git, path.c, is_ntfs_dotgit and
// is_hfs_dotgit).
func checkPath(name string) error {
	if !fs.ValidPath(name) || name == "." {
		return fs.ErrInvalid
	}
	for part := range strings.SplitSeq(name, "/") {
		part = strings.Map(func(r rune) rune {
			if sanitize.Invisible(r) {
				return -1
			}
			return r
		}, part)
		part = strings.ToLower(strings.TrimRight(part, ". "))
		if part, _, _ = strings.Cut(part, ":"); part == ".git" || part == "git~1" || part == journalFolder {
			return errors.New("is no place to write to")
		}
	}
	return nil
}

// beside returns a new name in the folder of a file.
func beside(name string) string {
	return path.Join(path.Dir(name), stagePrefix+rand.Text()[:stageLetters])
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// stage writes the new content beside the old file, adds a hard link to the old
// file, and returns the folders it created.
func (t *Tree) stage(r *replacement) (made []string, err error) {
	if r.Back != "" && t.disk.link(r.Path, r.Back) != nil {
		r.Back = "" // a file system without hard links: the old content is in memory
	}
	if r.Stage == "" {
		return nil, nil
	}
	if made, err = t.disk.mkdirAll(path.Dir(r.Path)); err != nil {
		return made, err
	}
	return made, t.disk.write(r.Stage, r.data, r.like)
}

// commit renames the staged file over the old one.
func (t *Tree) commit(e entry) error {
	if e.Stage != "" {
		return t.disk.rename(e.Stage, e.Path)
	}
	if err := t.disk.remove(e.Path); !errors.Is(err, fs.ErrNotExist) { // a file that is gone already is as wanted
		return err
	}
	return nil
}

// undo restores the old files.
func (t *Tree) undo(done []replacement) (err error) {
	for _, r := range slices.Backward(done) {
		if one := t.putBack(r); one != nil {
			err = errors.Join(err, fmt.Errorf("put back %s: %w", r.Path, localfs.Bare(one)))
		}
	}
	return err
}

func (t *Tree) putBack(r replacement) error {
	switch {
	case r.Old == "" && r.New == "":
		return nil
	case r.Old == "":
		return t.disk.remove(r.Path)
	case r.Back != "":
		return t.disk.rename(r.Back, r.Path)
	}
	again := beside(r.Path)
	if err := t.disk.write(again, r.old, r.like); err != nil {
		return errors.Join(err, t.disk.clear(again))
	}
	return t.disk.rename(again, r.Path)
}

func entries(all []replacement) []entry {
	var list []entry
	for _, r := range all {
		list = append(list, r.entry)
	}
	return list
}

// parents returns the folders of the files, each once.
func parents(all []replacement) []string {
	var dirs []string
	for _, r := range all {
		dirs = append(dirs, path.Dir(r.Path))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}
