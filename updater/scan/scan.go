// Package scan finds the files of a tree that ecosystems read, and reads them: an
// item for each dependency, and one for each file that cannot be read.
//
// It does no lookups, and decides only which files exceed the limits.
package scan

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// The limits of one tree. A file beyond them becomes a failure of its own, never
// a silent omission, and the rest is read.
const (
	maxFile  = 8 << 20 // larger manifests are not read, in bytes
	maxFiles = 50_000  // manifests in one tree
	maxDepth = 64      // folders inside folders
)

// A File is a file that an ecosystem reads.
type File struct {
	Path      string // in the FS of the tree
	Ecosystem ecosystems.Ecosystem
}

// A Problem is a file or folder that could not be read. It does not stop the scan.
type Problem struct {
	Path string
	Err  error
}

// Files returns the files of a tree that ecosystems read, ordered by path, and the
// places that could not be read: the files with a matching name, or the one file
// of t.Only, and the files that they lead to. The error is for a scan that could
// not begin.
func Files(t plan.Tree, ecos []ecosystems.Ecosystem) (found []File, problems []Problem, err error) {
	if t.Only != "" {
		found = named(t, ecos)
	} else if found, problems, err = walk(t, ecos); err != nil {
		return nil, nil, err
	}
	found, err = reachable(t, found)
	return found, problems, err
}

// named returns the one file of t.Only. It is read even if the settings exclude it.
func named(t plan.Tree, ecos []ecosystems.Ecosystem) (found []File) {
	file := path.Join(t.Dir, t.Only)
	content := contentOf(t.FS, file)
	for _, e := range ecos {
		if e.Info().Name == t.As || t.As == "" && e.Match(file) && marked(e, content) {
			found = append(found, File{file, e})
		}
	}
	return found
}

// contentOf returns a function that reads a file when it is first called.
func contentOf(repo fs.FS, file string) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) {
		f, err := repo.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return io.ReadAll(io.LimitReader(f, maxFile))
	})
}

// marked reports whether a file can belong to an ecosystem by its content. It is
// true for an unreadable file, because extracting it then reports the error.
func marked(e ecosystems.Ecosystem, content func() ([]byte, error)) bool {
	m, ok := e.(ecosystems.Marked)
	if !ok {
		return true
	}
	data, err := content()
	return err != nil || m.Marked(data)
}

// reachable adds the files that others include, each once for an ecosystem.
func reachable(t plan.Tree, found []File) ([]File, error) {
	seen := map[string]bool{} // by ecosystem and path
	key := func(f File) string { return f.Ecosystem.Info().Name + " " + f.Path }
	for _, f := range found {
		seen[key(f)] = true
	}
	for n := 0; n < len(found); n++ { // not by range, because found grows: an included file may include others
		f := found[n]
		for _, file := range leads(t.FS, f) {
			next := File{file, f.Ecosystem}
			if seen[key(next)] || plan.Ignored(t.Rules, file) {
				continue
			}
			seen[key(next)] = true
			if found = append(found, next); len(found) > maxFiles {
				return nil, fmt.Errorf("more than %d manifests", maxFiles)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return found, nil
}

// leads returns the files that a file includes. It ignores a panic of a parser on
// hostile input, because Extract reports it.
func leads(repo fs.FS, f File) (files []string) {
	defer func() {
		if recover() != nil {
			files = nil
		}
	}()
	follower, ok := f.Ecosystem.(ecosystems.Follower)
	if !ok || oversize(repo, f.Path) != nil {
		return nil
	}
	return follower.Follow(repo, f.Path)
}

// walk returns the files of a tree with a matching name, ordered by path. An
// unreadable folder becomes a problem and does not stop the walk.
func walk(t plan.Tree, ecos []ecosystems.Ecosystem) ([]File, []Problem, error) {
	var found []File
	var problems []Problem
	top := path.Clean(t.Dir)
	err := fs.WalkDir(t.FS, top, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			problems = append(problems, Problem{p, err})
			return nil
		case p == top: // even if the settings ignore it: the user named it
			return nil
		case d.IsDir() && (d.Name() == ".git" || t.Rules.Ignores(p, true)):
			return fs.SkipDir
		case d.IsDir() && strings.Count(p, "/") > maxDepth:
			problems = append(problems, Problem{p, fmt.Errorf("nothing in it is read: more than %d folders deep", maxDepth)})
			return fs.SkipDir
		case !d.Type().IsRegular() || t.Rules.Ignores(p, false):
			return nil
		}
		content := contentOf(t.FS, p)
		for _, e := range ecos {
			if (e.Match(p) || annotated(t.Rules, e, p)) && t.Rules.Reads(e.Info().Name, p) && marked(e, content) {
				found = append(found, File{p, e})
			}
		}
		if len(found) > maxFiles {
			found = found[:maxFiles]
			problems = append(problems, Problem{p, fmt.Errorf("it and what comes after it is not read: more than %d manifests in one tree", maxFiles)})
			return fs.SkipAll
		}
		return nil
	})
	return found, problems, err
}

// annotated reports whether the settings name the file as one with comments for an Annotator.
func annotated(rules plan.Rules, e ecosystems.Ecosystem, file string) bool {
	names, ok := rules.(interface{ Annotated(file string) bool })
	_, reads := e.(ecosystems.Annotator)
	return ok && reads && names.Annotated(file)
}

// Extract reads one manifest. It returns a panic of a parser on hostile input as
// the error of that file.
func Extract(repo fs.FS, file string, eco ecosystems.Ecosystem) (deps []ecosystems.Dependency, err error) {
	defer func() {
		if r := recover(); r != nil {
			deps, err = nil, fmt.Errorf("%s: the parser gave up: %v", file, r)
		}
	}()
	if err := oversize(repo, file); err != nil {
		return nil, err
	}
	return eco.Extract(repo, file)
}

// oversize returns an error for a file that must not be read: too large, or not a regular file.
func oversize(repo fs.FS, name string) error {
	info, err := fs.Stat(repo, name)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: is not a regular file", name)
	case info.Size() > maxFile:
		return fmt.Errorf("%s: %d MB are more than the limit of %d", name, info.Size()>>20, maxFile>>20)
	}
	return nil
}
