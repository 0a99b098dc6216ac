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

// A manifest is a file that an ecosystem reads.
type manifest struct {
	path string
	eco  ecosystems.Ecosystem
}

// find returns the manifests of a tree, ordered by path: those with a matching
// name, or the one file of t.Only, and the files that they lead to.
func find(t plan.Tree, ecos []ecosystems.Ecosystem) (found []manifest, problems []problem, err error) {
	if t.Only != "" {
		found = named(t, ecos)
	} else if found, problems, err = walk(t, ecos); err != nil {
		return nil, nil, err
	}
	found, err = reachable(t, found)
	return found, problems, err
}

// named returns the one file of t.Only. It is read even if the settings exclude it.
func named(t plan.Tree, ecos []ecosystems.Ecosystem) (found []manifest) {
	file := path.Join(t.Dir, t.Only)
	look := &glance{repo: t.FS, file: file}
	for _, e := range ecos {
		if e.Info().Name == t.As || t.As == "" && e.Match(file) && look.marked(e) {
			found = append(found, manifest{file, e})
		}
	}
	return found
}

// A glance reads a file once for all ecosystems that recognise files by content.
type glance struct {
	repo fs.FS
	file string
	data []byte
	read bool
}

// maxLook is how many bytes of a file are searched for marks.
const maxLook = maxFile

// marked reports whether a file can belong to an ecosystem by its content. It is
// true for an unreadable file, because extracting it then reports the error.
func (l *glance) marked(e ecosystems.Ecosystem) bool {
	m, ok := e.(ecosystems.Marked)
	if !ok {
		return true
	}
	if !l.read {
		l.read = true
		f, err := l.repo.Open(l.file)
		if err != nil {
			return true
		}
		defer f.Close()
		if l.data, err = io.ReadAll(io.LimitReader(f, maxLook)); err != nil {
			return true
		}
	}
	return m.Marked(l.data)
}

// reachable adds the files that manifests include, each once for an ecosystem.
func reachable(t plan.Tree, found []manifest) ([]manifest, error) {
	seen := map[string]bool{} // by ecosystem and path
	key := func(m manifest) string { return m.eco.Info().Name + " " + m.path }
	for _, m := range found {
		seen[key(m)] = true
	}
	for n := 0; n < len(found); n++ {
		m := found[n]
		for _, file := range leads(t.FS, m) {
			next := manifest{file, m.eco}
			if seen[key(next)] || plan.Ignored(t.Rules, file) {
				continue
			}
			seen[key(next)] = true
			if found = append(found, next); len(found) > maxFiles {
				return nil, fmt.Errorf("more than %d manifests", maxFiles)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b manifest) int { return cmp.Compare(a.path, b.path) })
	return found, nil
}

// leads returns the files that a manifest includes. It ignores a panic of a
// parser on hostile input, because Extract reports it.
func leads(repo fs.FS, m manifest) (files []string) {
	defer func() {
		if recover() != nil {
			files = nil
		}
	}()
	f, ok := m.eco.(ecosystems.Follower)
	if !ok || oversize(repo, m.path) != nil {
		return nil
	}
	return f.Follow(repo, m.path)
}

// walk returns the manifests of a tree, ordered by path. An unreadable folder
// becomes a problem and does not stop the walk.
func walk(t plan.Tree, ecos []ecosystems.Ecosystem) ([]manifest, []problem, error) {
	var found []manifest
	var problems []problem
	top := path.Clean(t.Dir)
	err := fs.WalkDir(t.FS, top, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			problems = append(problems, problem{p, err})
			return nil
		case p == top:
			return nil
		case d.IsDir() && (d.Name() == ".git" || t.Rules.Ignores(p, true)):
			return fs.SkipDir
		case d.IsDir() && strings.Count(p, "/") > maxDepth:
			problems = append(problems, problem{p, fmt.Errorf("nothing in it is read: more than %d folders deep", maxDepth)})
			return fs.SkipDir
		case !d.Type().IsRegular() || t.Rules.Ignores(p, false):
			return nil
		}
		look := &glance{repo: t.FS, file: p}
		for _, e := range ecos {
			if (e.Match(p) || annotated(t.Rules, e, p)) && t.Rules.Reads(e.Info().Name, p) && look.marked(e) {
				found = append(found, manifest{p, e})
			}
		}
		if len(found) > maxFiles {
			found = found[:maxFiles]
			problems = append(problems, problem{p, fmt.Errorf("it and what comes after it is not read: more than %d manifests in one tree", maxFiles)})
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

// A problem is a file or folder that could not be read.
type problem struct {
	path string
	err  error
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
