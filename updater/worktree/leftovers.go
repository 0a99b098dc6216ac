package worktree

import (
	"errors"
	"io/fs"
	"path"
)

// mostEntries is how much of a tree is looked through for what was left behind.
const mostEntries = 500_000

// SweepStaged removes files that an update staged which was killed before it
// kept a journal, as version 0.1.0 did: plain files of exactly the name that it
// gave them, without a second name, and that keep does not claim, such as for
// what git tracks. No link is followed, and no other repository inside entered.
// The names of what is gone are returned also with an error.
func (t *Tree) SweepStaged(keep func(name string) bool) (gone []string, err error) {
	entries := 0
	walked := fs.WalkDir(t.disk.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if entries++; entries > mostEntries {
			return fs.SkipAll
		}
		switch {
		case err != nil:
			return nil // what may not be read is left alone
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

// foreign reports whether a folder is git's own, the journal's, that of packages
// that others have put there, or another work tree.
func (t *Tree) foreign(dir string) bool {
	if checkPath(dir) != nil || path.Base(dir) == "node_modules" {
		return true
	}
	_, err := t.disk.root.Lstat(path.Join(dir, ".git"))
	return !errors.Is(err, fs.ErrNotExist)
}
