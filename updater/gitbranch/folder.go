package gitbranch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/rogpeppe/go-internal/lockedfile"
)

// own is the folder, beside git's objects and refs, that is ours.
const own = "freshpin"

// gitDirs returns the folder of git of a work tree, or of a bare repository, and
// the one that all its work trees share (gitrepository-layout(5)).
func gitDirs(path string) (dir, common string, err error) {
	dir = filepath.Join(path, ".git")
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		dir = path // bare
	case err != nil:
		return "", "", err
	case !info.IsDir():
		text, err := small(dir)
		if err != nil {
			return "", "", err
		}
		to, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
		if !ok {
			return "", "", fmt.Errorf("%s does not say where the repository is", dir)
		}
		dir = below(path, to)
	}
	text, err := small(filepath.Join(dir, "commondir"))
	switch common = dir; {
	case err == nil:
		common = below(dir, strings.TrimSpace(string(text)))
	case !errors.Is(err, fs.ErrNotExist):
		return "", "", err
	}
	for _, part := range []string{filepath.Join(dir, "HEAD"), filepath.Join(common, "objects"), filepath.Join(common, "refs")} {
		if _, err := os.Stat(part); err != nil {
			return "", "", err
		}
	}
	return dir, common, nil
}

func below(dir, to string) string {
	if filepath.IsAbs(to) {
		return to
	}
	return filepath.Join(dir, to)
}

// checkedOut returns the folder in whose work tree a branch is checked out, ""
// for none: moving it there would make every file look changed.
func (r *Repository) checkedOut(branch plumbing.ReferenceName) (string, error) {
	heads, err := filepath.Glob(filepath.Join(escape(r.dir), "worktrees", "*", "HEAD"))
	if err != nil {
		return "", err
	}
	for _, file := range append([]string{filepath.Join(r.dir, "HEAD")}, heads...) {
		text, err := small(file)
		if err != nil || strings.TrimSpace(string(text)) != "ref: "+branch.String() {
			continue // a work tree that is half gone holds nothing
		}
		at, err := small(filepath.Join(filepath.Dir(file), "gitdir"))
		if err != nil {
			return r.name, nil // the first work tree has no file that says where it is
		}
		return filepath.Dir(strings.TrimSpace(string(at))), nil
	}
	return "", nil
}

// escape makes a path one that filepath.Glob takes as it is.
func escape(path string) string {
	return strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]").Replace(path)
}

// lock keeps other runs out of the repository until it is unlocked, or the process ends.
func (r *Repository) lock() (unlock func(), err error) {
	dir := filepath.Join(r.dir, own)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return lockedfile.MutexAt(filepath.Join(dir, "lock")).Lock()
}
