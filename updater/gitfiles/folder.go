package gitfiles

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/freshpin/freshpin/updater/localfs"
)

// The limits of what is read of a repository, which may come from a stranger.
const (
	maxIndex    = 256 << 20 // git's index, in bytes
	maxText     = 1 << 20   // a file of patterns, or one that names a folder; git has such a limit too
	maxPatterns = 20_000    // of one tree
)

// Tracked are the files that git tracks in a work tree. The nil one tracks none.
type Tracked struct {
	files, folders map[string]bool // slash-separated; folders that hold tracked files
}

func newTracked(names []string) *Tracked {
	t := &Tracked{files: map[string]bool{}, folders: map[string]bool{}}
	for _, name := range names {
		t.files[name] = true
		for dir := path.Dir(name); dir != "." && !t.folders[dir]; dir = path.Dir(dir) {
			t.folders[dir] = true
		}
	}
	return t
}

// Has reports whether git tracks the file, or any file of the folder.
func (t *Tracked) Has(name string, dir bool) bool {
	return t != nil && (t.files[name] && !dir || t.folders[name] && dir)
}

// Read returns what git tracks in the work tree at root, nil where there is no
// repository, and the patterns of its info/exclude. Nothing is run: the files
// of git are read as they are.
func Read(root string) (tracked *Tracked, exclude []byte, err error) {
	dir, common, err := gitDirs(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	exclude, _ = localfs.ReadFile(os.DirFS(common), "info/exclude", maxText) // most repositories have none that says anything
	names, err := indexed(dir)
	if err != nil {
		return nil, exclude, fmt.Errorf("git's index: %w", err)
	}
	return newTracked(names), exclude, nil
}

// Branch returns the branch that a work tree stands on, "" where there is no
// repository or HEAD is on no branch, and whether it is the default one: that of
// the remote origin or, where that is not known, any.
func Branch(root string) (name string, home bool) {
	dir, common, err := gitDirs(root)
	if err != nil {
		return "", false
	}
	name = target(dir, "HEAD", "refs/heads/")
	origin := target(common, "refs/remotes/origin/HEAD", "refs/remotes/origin/")
	return name, name != "" && (origin == "" || origin == name)
}

// target returns where a symbolic ref leads, without the beginning that its name has; "" for elsewhere.
func target(dir, ref, prefix string) string {
	text, err := localfs.ReadFile(os.DirFS(dir), ref, maxText)
	name, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "ref: "+prefix)
	if err != nil || !ok {
		return ""
	}
	return name
}

// gitDirs returns the folder of git of a work tree, and the one that all its
// work trees share (gitrepository-layout(5)).
func gitDirs(root string) (dir, common string, err error) {
	dir = filepath.Join(root, ".git")
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", "", err
	case !info.IsDir():
		text, err := localfs.ReadFile(os.DirFS(root), ".git", maxText)
		if err != nil {
			return "", "", fmt.Errorf(".git: %w", err)
		}
		to, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "gitdir: ")
		if !ok {
			return "", "", errors.New(".git does not say where the repository is")
		}
		dir = below(root, to)
	}
	text, err := localfs.ReadFile(os.DirFS(dir), "commondir", maxText)
	if common = dir; err == nil {
		common = below(dir, strings.TrimSpace(string(text)))
	}
	return dir, common, nil
}

func below(dir, to string) string {
	if filepath.IsAbs(to) {
		return to
	}
	return filepath.Join(dir, to)
}

// indexed returns the names in the index of a folder of git; none where nothing was added yet.
func indexed(dir string) ([]string, error) {
	data, err := localfs.ReadFile(os.DirFS(dir), "index", maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := parseIndex(data)
	if err != nil || x.shared == "" || strings.Trim(x.shared, "0") == "" {
		return x.names, err
	}
	if data, err = localfs.ReadFile(os.DirFS(dir), "sharedindex."+x.shared, maxIndex); err != nil {
		return nil, err
	}
	shared, err := parseIndex(data)
	return append(shared.names, x.names...), err
}
