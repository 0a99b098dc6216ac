package scan

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/plan"
)

// unlistedFactor is how many pins may be read for each listed one: a go.mod
// names its direct requirements and far more indirect ones.
const unlistedFactor = 5

// mayRead counts the pins of a file and returns an error if they exceed a limit.
func (r *Reader) mayRead(deps []ecosystems.Dependency) error {
	n, listed := len(deps), 0
	for i := range deps {
		if deps[i].Direct { // an estimate: the policy may list indirect ones too
			listed++
		}
	}
	if most, is := plan.Limit(r.Limits.FilePins, 5_000); is && n > most {
		return plan.OverLimit("file_pins", "the file has %d pins, more than the limit of %d, so none was checked", n, most)
	}
	most, is := plan.Limit(r.Limits.Pins, 20_000)
	if is && (r.read+n > unlistedFactor*most || r.listed+listed > most) {
		return plan.OverLimit("pins", "its %d pins were not checked: one run checks at most %d", n, most)
	}
	r.read, r.listed = r.read+n, r.listed+listed
	return nil
}

// A Reader reads trees within its limits.
type Reader struct {
	Ecosystems []ecosystems.Ecosystem
	Limits     plan.Limits

	listed, read int // pins so far: the listed ones, and all
}

// Items reads the manifests of a tree and returns an item for every dependency
// and for every file that could not be read.
func (r *Reader) Items(t plan.Tree) ([]*plan.Item, int, error) {
	found, problems, err := find(t, r.Ecosystems)
	if err != nil {
		return nil, 0, err
	}
	var items []*plan.Item
	files := 0
	for n, m := range found {
		if n == 0 || found[n-1].path != m.path { // a file may have several readers
			files++
		}
		deps, err := Extract(t.FS, m.path, m.eco)
		if over := r.mayRead(deps); err == nil && over != nil {
			err, deps = over, nil
		}
		if err != nil && (n == 0 || found[n-1].path != m.path) {
			problems = append(problems, problem{m.path, err})
		}
		items = append(items, fileItems(t, m, deps, readers(found, m.path))...)
	}
	for _, p := range problems {
		items = append(items, brokenFile(t, p))
	}
	return items, files, nil
}

// readers returns the ecosystems that read a file.
func readers(found []manifest, file string) (list []ecosystems.Ecosystem) {
	n, _ := slices.BinarySearchFunc(found, file, func(m manifest, file string) int { return cmp.Compare(m.path, file) })
	for ; n < len(found) && found[n].path == file; n++ {
		list = append(list, found[n].eco)
	}
	return list
}

// fileItems makes the items of one file, in order of their positions.
func fileItems(t plan.Tree, m manifest, deps []ecosystems.Dependency, readers []ecosystems.Ecosystem) []*plan.Item {
	files := map[string][]byte{}
	name := m.eco.Info().Name
	var items []*plan.Item
	for _, d := range deps {
		d.Ecosystem = name
		item := &plan.Item{Dependency: d, Origin: plan.Origin{Ecosystem: m.eco, Tree: t, Manifest: m.path, Readers: readers}, File: m.path}
		d.At = slices.Clone(d.At)
		for n := range d.At {
			d.At[n].File = cmp.Or(d.At[n].File, m.path)
		}
		item.Dependency.At = d.At
		if len(d.At) == 0 {
			item.Dependency.At = []ecosystems.Span{{File: m.path}}
		}
		locate(item, t.FS, files, item.Dependency.At[0])
		items = append(items, item)
	}
	return items
}

// locate sets the displayed position: that of the pin's text, which may be in
// another file. files caches the files read.
func locate(i *plan.Item, repo fs.FS, files map[string][]byte, at ecosystems.Span) {
	if at.File != "" {
		i.File = at.File
	}
	data, ok := files[i.File]
	if !ok {
		data, _ = fs.ReadFile(repo, i.File)
		files[i.File] = data
	}
	i.Line, i.Column = ecosystems.Position(data, at.Start)
	i.File = i.Origin.Tree.Show(i.File)
}

// brokenFile returns an item that reports an unreadable file, so that the file
// does not vanish from the plan.
func brokenFile(t plan.Tree, p problem) *plan.Item {
	code, text := ecosystems.Malformed, p.err.Error()
	var pe *fs.PathError
	var over *fetch.Error
	switch {
	case errors.As(p.err, &pe):
		code, text = ecosystems.Unreadable, pe.Err.Error()
	case errors.As(p.err, &over) && over.Code == fetch.Limit:
		code, text = ecosystems.Limit, over.Err.Error()
	case errors.Is(p.err, ecosystems.ErrTooManyPins):
		code = ecosystems.Limit
	}
	return &plan.Item{
		File: t.Show(p.path), Line: 1, Column: 1, Origin: plan.Origin{Tree: t, Manifest: p.path},
		Dependency: ecosystems.Dependency{Name: path.Base(p.path), Skip: ecosystems.Reason{Code: code, Text: text}},
	}
}
