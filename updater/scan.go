package updater

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
)

// The limits of what is read of one tree. A tree beyond them is an error, never cut short in silence.
const (
	maxFile  = 8 << 20 // larger manifests are not read, in bytes
	maxFiles = 50_000  // manifests in one tree
	maxDepth = 64      // folders inside folders
)

// A Filter tells which paths of a tree are left out.
type Filter interface {
	// Ignores reports whether a path is left out; dir tells a folder, whose contents are left out with it.
	Ignores(path string, dir bool) bool
}

// A manifest is a file that an ecosystem reads.
type manifest struct {
	path string
	eco  ecosystems.Ecosystem
}

// find returns the manifests of a tree in order of their paths. Folders that
// cannot be read are returned as problems; the others go on.
func find(repo fs.FS, ecos []ecosystems.Ecosystem, skip Filter) ([]manifest, []problem, error) {
	var found []manifest
	var problems []problem
	err := fs.WalkDir(repo, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			problems = append(problems, problem{p, err})
			return nil
		case p == ".":
			return nil
		case d.IsDir() && (d.Name() == ".git" || skip.Ignores(p, true)):
			return fs.SkipDir
		case d.IsDir() && strings.Count(p, "/") > maxDepth:
			return fmt.Errorf("%s: more than %d folders deep", p, maxDepth)
		case !d.Type().IsRegular() || skip.Ignores(p, false):
			return nil
		}
		for _, e := range ecos {
			if e.Match(p) {
				found = append(found, manifest{p, e})
			}
		}
		if len(found) > maxFiles {
			return fmt.Errorf("more than %d manifests", maxFiles)
		}
		return nil
	})
	return found, problems, err
}

// A problem is a file or folder that could not be read.
type problem struct {
	path string
	err  error
}

// extract reads one manifest. A panic of a parser on hostile input is a problem of that file alone.
func extract(repo fs.FS, m manifest) (deps []ecosystems.Dependency, err error) {
	defer func() {
		if r := recover(); r != nil {
			deps, err = nil, fmt.Errorf("%s: the parser gave up: %v", m.path, r)
		}
	}()
	info, err := fs.Stat(repo, m.path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s: %d MB are more than the limit of %d", m.path, info.Size()>>20, maxFile>>20)
	}
	return m.eco.Extract(repo, m.path)
}

// items reads the manifests of a tree and returns an item for every dependency
// and for every file that could not be read.
func (s *Scan) items(t Tree) ([]*Item, int, error) {
	found, problems, err := find(t.FS, s.Ecosystems, t.Rules)
	if err != nil {
		return nil, 0, err
	}
	var items []*Item
	for _, m := range found {
		if !s.wants(t, m) {
			continue
		}
		deps, err := extract(t.FS, m)
		if err != nil {
			problems = append(problems, problem{m.path, err})
		}
		items = append(items, s.fileItems(t, m, deps)...)
	}
	for _, p := range problems {
		items = append(items, brokenFile(t, p))
	}
	return items, len(found), nil
}

func (s *Scan) wants(t Tree, m manifest) bool {
	if len(s.OnlyEcosystems) > 0 && !slices.Contains(s.OnlyEcosystems, m.eco.Name()) {
		return false
	}
	if t.Only != "" && m.path != t.Only {
		return false
	}
	return s.OnlyFile == nil || s.OnlyFile(m.path)
}

// fileItems makes the items of one file, in order of their positions.
func (s *Scan) fileItems(t Tree, m manifest, deps []ecosystems.Dependency) []*Item {
	files := map[string][]byte{}
	var items []*Item
	for _, d := range deps {
		d.Ecosystem = m.eco.Name()
		item := &Item{Dependency: d, eco: m.eco, tree: t, manifest: m.path, File: m.path}
		if len(d.At) > 0 {
			item.locate(t.FS, files, d.At[0])
		}
		items = append(items, item)
	}
	return items
}

// locate sets the position shown: that of the pin's text, which may stand in another file.
func (i *Item) locate(repo fs.FS, files map[string][]byte, at ecosystems.Span) {
	if at.File != "" {
		i.File = at.File
	}
	data, ok := files[i.File]
	if !ok {
		data, _ = fs.ReadFile(repo, i.File)
		files[i.File] = data
	}
	i.Line, i.Column = ecosystems.Position(data, at.Start)
}

// brokenFile is the item of a file that could not be read: it fails, and is not lost.
func brokenFile(t Tree, p problem) *Item {
	text := p.err.Error()
	var pe *fs.PathError
	if errors.As(p.err, &pe) {
		text = pe.Err.Error()
	}
	return &Item{
		File: p.path, Line: 1, Column: 1, tree: t, manifest: p.path,
		Dependency: ecosystems.Dependency{Name: path.Base(p.path), Skip: ecosystems.Reason{Code: ecosystems.Malformed, Text: text}},
	}
}
