package wiring

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/gitfiles"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// Trees opens the arguments: folders, single files, repositories on the forge.
func Trees(ctx context.Context, paths []string, s *Settings) ([]plan.Tree, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var all []plan.Tree
	seen := map[string]bool{}
	for _, p := range paths {
		if seen[filepath.Clean(p)] {
			continue // an argument given twice is read once
		}
		seen[filepath.Clean(p)] = true
		t, err := Tree(ctx, p, s)
		if err != nil {
			return nil, err
		}
		if len(paths) > 1 {
			t.Prefix = prefix(p, t.Only)
		} else if !IsRemote(p) {
			t.Lead = prefix(p, t.Only)
		}
		all = append(all, t)
	}
	return all, nil
}

// prefix returns what is prepended to the paths of a tree when there are several.
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

// Tree opens one argument.
func Tree(ctx context.Context, path string, s *Settings) (plan.Tree, error) {
	if IsRemote(path) {
		return s.remote(ctx, path)
	}
	if host, rest, ok := strings.Cut(path, "://"); ok {
		return plan.Tree{}, s.elsewhere(path, host, rest)
	}
	info, err := Stat(path)
	if err != nil {
		return plan.Tree{}, err
	}
	// Opening a named pipe would wait for its writer.
	if !info.IsDir() && !info.Mode().IsRegular() {
		return plan.Tree{}, console.Usagef("%s is not a regular file", path)
	}
	dir, only := path, ""
	if !info.IsDir() {
		dir, only = filepath.Dir(path), filepath.Base(path)
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return plan.Tree{}, err
	}
	if only != "" {
		return s.file(path, dir, only)
	}
	t, err := s.open(top(dir), dir)
	if err == nil && ignoredWhole(t) { // the user named this folder, so its own ignore rule does not apply
		return s.open(dir, dir)
	}
	return t, err
}

// elsewhere is the error for an address, which is no path.
func (s *Settings) elsewhere(path, scheme, rest string) error {
	u := &console.UsageError{Err: fmt.Errorf("%s is an address, and no path", sanitize.Cell(path)), Hint: "clone it, and name the folder"}
	parts := strings.Split(strings.TrimSuffix(strings.TrimSuffix(rest, "/"), ".git"), "/")
	if strings.HasPrefix(scheme, "http") && len(parts) >= 3 && parts[0] == HostOf(s.Forge.Site) {
		u.Hint = "a repository on " + s.Forge.Title + " is " + s.Forge.Name + ":" + sanitize.Cell(parts[1]+"/"+parts[2])
	}
	return u
}

// file opens the repository of one file, to be read as what it is by its name,
// or else by its content.
func (s *Settings) file(path, dir, only string) (plan.Tree, error) {
	t, err := s.open(top(dir), dir)
	if err != nil {
		return t, err
	}
	t.Only = only
	name := pathpkg.Join(t.Dir, only)
	data, err := localfs.ReadFile(t.FS, name, mostContent)
	if err != nil {
		return t, unreadable(path, err)
	}
	if slices.ContainsFunc(s.Ecosystems(), func(e ecosystems.Ecosystem) bool {
		m, ok := e.(ecosystems.Marked)
		return e.Match(name) && (!ok || m.Marked(data))
	}) {
		return t, nil
	}
	for _, e := range s.Ecosystems() {
		if r, ok := e.(ecosystems.Recognizer); ok && r.Recognizes(string(data)) {
			t.As = e.Info().Name
			return t, nil
		}
	}
	return t, &console.UsageError{
		Err:  fmt.Errorf("%s is not a kind of file that Freshpin reads, neither by name nor by content", path),
		Hint: "it reads " + all.Infos().Files("and"),
	}
}

// mostContent is how many bytes of a file are read to determine its kind.
const mostContent = 8 << 20

// unreadable is the error for an argument that cannot be read. Symbolic links are
// followed only inside the repository.
func unreadable(path string, err error) error {
	err = console.Cause(err)
	if to, lost := filepath.EvalSymlinks(path); lost == nil && to != filepath.Clean(path) {
		return &console.UsageError{Err: fmt.Errorf("%s: %w", path, err), Hint: "this is a symbolic link; name the file itself: " + to}
	}
	return console.Usagef("%s: %w", path, err)
}

// Stat describes an argument; a missing path is a usage error.
func Stat(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return nil, console.Usagef("%s: %w", path, pe.Err)
	}
	return info, err
}

// open opens the folder dir of the repository at root.
func (s *Settings) open(root, dir string) (plan.Tree, error) {
	repo, err := localfs.Open(root)
	if err != nil {
		return plan.Tree{}, console.Usagef("open %s: %w", root, err)
	}
	tracked, exclude, err := gitfiles.Read(root)
	if err != nil {
		console.Line(s.env.Stderr, "freshpin: %s: %v: files that .gitignore matches are left out, even if git tracks them", root, err)
	}
	branch, home := gitfiles.Branch(root)
	rules, ignored := s.Rules(repo, branch, home), gitfiles.NewIgnore(repo, tracked, exclude)
	all := RuleSet{Tree: rules, ignored: ignored, filter: plan.Filters{rules, ignored}, root: root}
	if tracked != nil {
		all.tracked = func(file string) bool { return tracked.Has(file, false) }
	}
	t := plan.Tree{FS: repo, Rules: all}
	if rel, err := filepath.Rel(root, dir); err == nil && rel != "." {
		t.Dir = filepath.ToSlash(rel)
	}
	return t, nil
}

// top returns the folder at or above dir that holds the git repository. Where
// there is none it is the nearest one with settings, so that these count with and
// without git, else dir itself.
func top(dir string) string {
	if d, ok := above(dir, func(d string) bool { return exists(filepath.Join(d, ".git")) }); ok {
		return d
	}
	d, _ := above(dir, func(d string) bool {
		return !isShared(d) && (exists(filepath.Join(d, config.Name)) || exists(filepath.Join(d, ".freshpin.yml")))
	})
	return d
}

// above returns the nearest folder at or above dir of which something is true; dir, false for none.
func above(dir string, is func(d string) bool) (string, bool) {
	for d := dir; ; d = filepath.Dir(d) {
		if is(d) {
			return d, true
		}
		if d == filepath.Dir(d) {
			return dir, false
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// isShared reports whether all users may write to a folder, as to /tmp. Its contents
// may be a stranger's.
func isShared(dir string) bool {
	info, err := os.Stat(dir)
	return err != nil || info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows"
}

// ignoredWhole reports whether the folder of the tree, or one above it, is ignored in the repository.
func ignoredWhole(t plan.Tree) bool {
	words := strings.Split(t.Dir, "/")
	for n := range words {
		if t.Dir != "" && (t.Rules.Ignores(strings.Join(words[:n+1], "/"), true)) {
			return true
		}
	}
	return t.Dir != "" && t.Rules.Ignores(t.Dir+"/Dockerfile", false)
}

// A RuleSet is the configuration of a tree combined with git's ignore rules.
type RuleSet struct {
	*config.Tree
	ignored *gitfiles.Ignore
	filter  plan.Filter
	tracked func(file string) bool // reports whether git tracks a file; nil without a repository
	root    string                 // the repository folder on this machine
}

// Ignores reports whether the configuration or git ignores the path.
func (r RuleSet) Ignores(path string, dir bool) bool { return r.filter.Ignores(path, dir) }

// Warn prints the settings and ignore files that were not read because they are misplaced or
// unreadable.
func Warn(e *console.Env, all []plan.Tree) {
	for _, t := range all {
		if m, ok := t.Rules.(interface{ Misplaced() []string }); ok {
			for _, text := range m.Misplaced() {
				console.Line(e.Stderr, "freshpin: %s", text)
			}
		}
		if r, ok := t.Rules.(RuleSet); ok {
			for _, text := range r.ignored.Unread() {
				console.Line(e.Stderr, "freshpin: %s", text)
			}
		}
	}
}

// RootOf returns the folder of the tree for a path.
func RootOf(path string, t plan.Tree) string {
	dir, err := filepath.Abs(path)
	if err != nil {
		dir = path
	}
	if t.Only != "" {
		dir = filepath.Dir(dir)
	}
	if t.Dir == "" {
		return dir
	}
	return strings.TrimSuffix(dir, string(filepath.Separator)+filepath.FromSlash(t.Dir))
}

// TrackedIn returns a predicate for the files of a tree that git tracks: all files on a forge; nil for
// a folder without a repository.
func TrackedIn(t plan.Tree) func(file string) bool {
	if r, ok := t.Rules.(RuleSet); ok {
		return r.tracked
	}
	return func(string) bool { return true }
}

// InGit reports whether a folder is inside a git work tree.
func InGit(dir string) bool {
	_, err := os.Stat(filepath.Join(top(dir), ".git"))
	return err == nil
}
