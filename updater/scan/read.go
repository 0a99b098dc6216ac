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
	found, problems, err := Files(t, r.Ecosystems)
	if err != nil {
		return nil, 0, err
	}
	var items []*plan.Item
	files := 0
	for n, f := range found {
		first := n == 0 || found[n-1].Path != f.Path // a file may have several readers
		if first {
			files++
		}
		deps, err := Extract(t.FS, f.Path, f.Ecosystem)
		if over := r.mayRead(deps); err == nil && over != nil {
			err, deps = over, nil
		}
		if err != nil && first {
			problems = append(problems, Problem{f.Path, err})
		}
		items = append(items, fileItems(t, f, deps, readers(found, f.Path))...)
	}
	for _, p := range problems {
		items = append(items, brokenFile(t, p))
	}
	return items, files, nil
}

// readers returns the ecosystems that read a file.
func readers(found []File, file string) (list []ecosystems.Ecosystem) {
	n, _ := slices.BinarySearchFunc(found, file, func(f File, file string) int { return cmp.Compare(f.Path, file) })
	for ; n < len(found) && found[n].Path == file; n++ {
		list = append(list, found[n].Ecosystem)
	}
	return list
}

// fileItems makes the items of one file, in order of their positions.
func fileItems(t plan.Tree, f File, deps []ecosystems.Dependency, readers []ecosystems.Ecosystem) []*plan.Item {
	files := map[string][]byte{}
	name := f.Ecosystem.Info().Name
	var items []*plan.Item
	for _, d := range deps {
		d.Ecosystem = name
		d.At = slices.Clone(d.At)
		for n := range d.At {
			d.At[n].File = cmp.Or(d.At[n].File, f.Path)
		}
		if len(d.At) == 0 {
			d.At = []ecosystems.Span{{File: f.Path}} // later steps take the first position without asking
		}
		item := &plan.Item{Dependency: d, Origin: plan.Origin{Ecosystem: f.Ecosystem, Tree: t, Manifest: f.Path, Readers: readers}}
		locate(item, t.FS, files)
		items = append(items, item)
	}
	return items
}

// locate sets the displayed position: that of the pin's text, which may be in
// another file than the manifest. files caches the files read.
func locate(i *plan.Item, repo fs.FS, files map[string][]byte) {
	at := i.Dependency.At[0]
	data, ok := files[at.File]
	if !ok {
		data, _ = fs.ReadFile(repo, at.File) // a file that is gone by now is shown at its first line
		files[at.File] = data
	}
	i.Line, i.Column = ecosystems.Position(data, at.Start)
	i.File = i.Origin.Tree.Show(at.File)
}

// brokenFile returns an item that reports an unreadable file, so that the file
// does not vanish from the plan.
func brokenFile(t plan.Tree, p Problem) *plan.Item {
	code, text := ecosystems.Malformed, p.Err.Error()
	var pe *fs.PathError
	var over *fetch.Error
	switch {
	case errors.As(p.Err, &pe):
		code, text = ecosystems.Unreadable, pe.Err.Error()
	case errors.As(p.Err, &over) && over.Code == fetch.Limit:
		code, text = ecosystems.Limit, over.Err.Error()
	case errors.Is(p.Err, ecosystems.ErrTooManyPins):
		code = ecosystems.Limit
	}
	return &plan.Item{
		File: t.Show(p.Path), Line: 1, Column: 1, Origin: plan.Origin{Tree: t, Manifest: p.Path},
		Dependency: ecosystems.Dependency{Name: path.Base(p.Path), Skip: ecosystems.Reason{Code: code, Text: text}},
	}
}
