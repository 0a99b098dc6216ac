package worktree

import (
	"errors"
	"io/fs"
	"path"
)

// mostEntries is the most entries of a tree that are searched for leftover files.
const mostEntries = 500_000

// SweepStaged removes the staged files of an update that was killed and had no
// journal, as in version 0.1.0: regular files with exactly the names it used,
// without further hard links, and for which keep is false, for example because git
// does not track them. It follows no links and enters no nested repositories. It
// returns the removed names, even with an error.
func (t *Tree) SweepStaged(keep func(name string) bool) (gone []string, err error) {
	entries := 0
	walked := fs.WalkDir(t.disk.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if entries++; entries > mostEntries { // the leftovers do no harm, and a walk of everything may take minutes
			return fs.SkipAll
		}
		switch {
		case err != nil:
			return nil // skip unreadable folders
		case d.IsDir() && name != "." && t.foreign(name):
			return fs.SkipDir
		case d.IsDir() || !stageName.MatchString(path.Base(name)) || keep(name):
			return nil
		}
		if info, err := t.disk.root.Lstat(name); err != nil || !info.Mode().IsRegular() || names(info) != 1 {
			return nil
		}
		if err := t.disk.remove(name); err != nil {
			return err
		}
		gone = append(gone, name)
		return nil
	})
	return gone, walked
}

// foreign reports whether a folder belongs to git, to the journal, to installed
// packages, or to another work tree.
func (t *Tree) foreign(dir string) bool {
	if checkPath(dir) != nil || path.Base(dir) == "node_modules" {
		return true
	}
	_, err := t.disk.root.Lstat(path.Join(dir, ".git"))
	return !errors.Is(err, fs.ErrNotExist)
}
