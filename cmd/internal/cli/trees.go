package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/localfs"
)

// trees opens what is given on the command line: folders, single files, repositories on GitHub.
func trees(ctx context.Context, paths []string, s *settings) ([]updater.Tree, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var all []updater.Tree
	seen := map[string]bool{}
	for _, p := range paths {
		if seen[filepath.Clean(p)] {
			continue // given twice, read once
		}
		seen[filepath.Clean(p)] = true
		t, err := tree(ctx, p, s)
		if err != nil {
			return nil, err
		}
		if len(paths) > 1 {
			t.Prefix = prefix(p, t.Only)
		}
		all = append(all, t)
	}
	return all, nil
}

// prefix is what stands before the paths of one of several trees.
func prefix(path, only string) string {
	p := filepath.ToSlash(filepath.Clean(path))
	if only != "" {
		p = strings.TrimSuffix(p, only)
	}
	if p == "." || p == "" {
		return ""
	}
	return strings.TrimSuffix(p, "/") + "/"
}

func tree(ctx context.Context, path string, s *settings) (updater.Tree, error) {
	if strings.HasPrefix(path, scheme) {
		return s.remote(ctx, path)
	}
	info, err := stat(path)
	if err != nil {
		return updater.Tree{}, err
	}
	if !info.IsDir() && !info.Mode().IsRegular() {
		return updater.Tree{}, usage("%s is no plain file", path)
	}
	dir, only := path, ""
	if !info.IsDir() {
		dir, only = filepath.Dir(path), filepath.Base(path)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return updater.Tree{}, err
	}
	if rel, err := filepath.Rel(top(dir), filepath.Join(dir, only)); err == nil && only != "" && !s.reads(filepath.ToSlash(rel)) {
		return updater.Tree{}, &usageError{
			err:  fmt.Errorf("%s is no file that Freshpin reads", path),
			hint: "it reads Dockerfiles, compose files, requirements files, go.mod and go.work",
		}
	}
	t, err := open(top(dir), dir, only, s)
	if err == nil && ignoredWhole(t) { // but this very folder was asked for
		return open(dir, dir, only, s)
	}
	return t, err
}

// reads reports whether an ecosystem reads the file, whose path is relative to the top of its repository.
func (s *settings) reads(name string) bool {
	return slices.ContainsFunc(s.ecosystems(), func(e ecosystems.Ecosystem) bool { return e.Match(name) })
}

// stat describes a path of the command line; one that is not there is wrong usage.
func stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return nil, usage("%s: %w", path, pe.Err)
	}
	return info, err
}

// open opens the folder dir inside the repository at root.
func open(root, dir, only string, s *settings) (updater.Tree, error) {
	repo, err := localfs.Open(root)
	if err != nil {
		return updater.Tree{}, usage("open %s: %w", root, err)
	}
	rules, ignored := s.rules(repo), updater.NewGitignore(repo, excluded(repo))
	t := updater.Tree{FS: repo, Only: only, Rules: ruleSet{rules, ignored, updater.Filters{rules, ignored}}}
	if rel, err := filepath.Rel(root, dir); err == nil && rel != "." {
		t.Dir = filepath.ToSlash(rel)
	}
	return t, nil
}

// top returns the folder at or above dir that holds the git repository, dir itself where there is none.
func top(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(filepath.Join(d, ".git")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			return dir
		}
	}
}

// ignoredWhole reports whether the folder of the tree, or one above it, is ignored in the repository.
func ignoredWhole(t updater.Tree) bool {
	words := strings.Split(t.Dir, "/")
	for n := range words {
		if t.Dir != "" && (t.Rules.Ignores(strings.Join(words[:n+1], "/"), true)) {
			return true
		}
	}
	return t.Dir != "" && t.Rules.Ignores(t.Dir+"/Dockerfile", false)
}

// A ruleSet is the configuration of a tree together with what git ignores in it.
type ruleSet struct {
	*config.Tree
	ignored *updater.Gitignore
	filter  updater.Filter
}

// Ignores reports whether the configuration or git ignores the path.
func (r ruleSet) Ignores(path string, dir bool) bool { return r.filter.Ignores(path, dir) }

// excluded returns what .git/info/exclude of the folder says.
func excluded(repo fs.FS) []byte {
	data, err := localfs.ReadFile(repo, ".git/info/exclude", maxExclude)
	if err != nil {
		return nil
	}
	return data
}

// maxExclude bounds .git/info/exclude, in bytes.
const maxExclude = 1 << 20

// warn tells what of the trees was not read although it says what is to be read.
func (e *env) warn(all []updater.Tree) {
	for _, t := range all {
		if r, ok := t.Rules.(ruleSet); ok {
			for _, text := range r.ignored.Unread() {
				printLine(e.stderr, "freshpin: %s", text)
			}
		}
	}
}
