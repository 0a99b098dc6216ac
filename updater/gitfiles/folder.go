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

// Limits for a repository, which may come from a stranger.
const (
	maxIndex    = 256 << 20 // git's index, in bytes
	maxText     = 1 << 20   // a file of patterns or with the path of a folder, in bytes; git has such a limit, too
	maxPatterns = 20_000    // of one tree
)

// Tracked holds the files that git tracks in a work tree. nil means none.
type Tracked struct {
	files, folders map[string]bool // slash-separated paths; folders with tracked files
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

// Has reports whether git tracks the file, or a file in the folder.
func (t *Tracked) Has(name string, dir bool) bool {
	return t != nil && (t.files[name] && !dir || t.folders[name] && dir)
}

// Read returns the tracked files of the work tree at root, nil if there is no
// repository, and the patterns of its info/exclude. It reads git's files directly
// and runs no program.
func Read(root string) (tracked *Tracked, exclude []byte, err error) {
	dir, common, err := gitDirs(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	exclude, _ = localfs.ReadFile(os.DirFS(common), "info/exclude", maxText) // optional
	names, err := indexed(dir)
	if err != nil {
		return nil, exclude, fmt.Errorf("git's index: %w", err)
	}
	return newTracked(names), exclude, nil
}

// Branch returns the current branch of a work tree, "" if there is no repository or
// HEAD is detached. home reports whether it is the default branch of the remote
// origin; it is true if that branch is unknown.
func Branch(root string) (name string, home bool) {
	dir, common, err := gitDirs(root)
	if err != nil {
		return "", false
	}
	name = target(dir, "HEAD", "refs/heads/")
	origin := target(common, "refs/remotes/origin/HEAD", "refs/remotes/origin/")
	return name, name != "" && (origin == "" || origin == name)
}

// target returns the target of a symbolic ref without prefix; "" if it does not have the prefix.
func target(dir, ref, prefix string) string {
	text, err := localfs.ReadFile(os.DirFS(dir), ref, maxText)
	name, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "ref: "+prefix)
	if err != nil || !ok {
		return ""
	}
	return name
}

// gitDirs returns the git folder of a work tree, and the one that all work trees of
// the repository share (gitrepository-layout(5)).
func gitDirs(root string) (dir, common string, err error) {
	dir = filepath.Join(root, ".git")
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return "", "", err
	// In a linked work tree or a submodule, .git is a file.
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

// indexed returns the names in the index of a git folder; none if there is no index.
func indexed(dir string) ([]string, error) {
	data, err := localfs.ReadFile(os.DirFS(dir), "index", maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x, err := parseIndex(data)
	// Zeros mean that there is no shared index.
	if err != nil || x.shared == "" || strings.Trim(x.shared, "0") == "" {
		return x.names, err
	}
	if data, err = localfs.ReadFile(os.DirFS(dir), "sharedindex."+x.shared, maxIndex); err != nil {
		return nil, err
	}
	shared, err := parseIndex(data)
	return append(shared.names, x.names...), err
}
