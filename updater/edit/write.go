// Package edit makes the edits of updates: it writes them down, reads the result
// back, and returns the files as they are to be, completed by tools that work in
// a copy of the tree.
//
// It changes nothing of the tree, and chooses no version: where a tool refuses
// one, it takes the next that the plan knows.
package edit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// A Work is what updates do to the files of one tree.
type Work struct {
	Files   []ecosystems.FileChange // sorted by path; empty if nothing is left to do
	Made    []plan.Item             // the updates that are in Files
	Held    []plan.Item             // those that a tool refused, with the status Held and the reason
	Dragged []Dragged               // what a tool moved along with them, within its own policy
	Tidied  []Tidied                // what a tool put in order besides, by manifest
	Unasked []string                // IDs of those in Held, and manifests not mended, that are worth another try: the tool could not be asked
}

// InOrder returns the files in the order in which they are to be written: what
// goes with a manifest, such as go.sum, before the manifest itself. So where an
// update is cut off and cannot be completed, the pin still shows that it is due.
func (w *Work) InOrder() []ecosystems.FileChange {
	pins := map[string]bool{}
	for n := range w.Made {
		i := &w.Made[n]
		pins[i.Origin.Manifest] = true
		for _, e := range i.Edits {
			pins[e.At.File] = true
		}
	}
	list := slices.Clone(w.Files)
	slices.SortStableFunc(list, func(a, b ecosystems.FileChange) int {
		switch {
		case pins[a.Path] == pins[b.Path]:
			return 0
		case pins[a.Path]:
			return 1
		}
		return -1
	})
	return list
}

// A Dragged is a dependency that nobody asked to move.
type Dragged struct {
	Dependency ecosystems.Dependency // as it was
	Kind       ecosystems.Kind       // of its package
	File       string                // as shown
	Line       int                   // counted from 1
	From, To   string
	Band       string
}

// Write makes the updates among the items, all of them of tree t, and returns
// the files as they are to be. Nothing of the tree itself is changed. Edits
// that a tool completes are made in a copy of the tree, which is gone
// afterwards; what the tool refuses is held, and the rest goes on. The error is
// for edits that do not fit the files, and for an interrupt.
func Write(ctx context.Context, t plan.Tree, items []plan.Item, now time.Time) (*Work, error) {
	w := &writer{tree: t, now: now, state: state{}, tools: map[string]bool{}, work: &Work{}}
	var plain, finished []plan.Item
	order := map[string]int{}
	for n, i := range items {
		order[i.ID] = n
		switch {
		case i.Status != plan.Update:
		case i.Finisher() == nil:
			plain = append(plain, i)
		default:
			finished = append(finished, i)
		}
	}
	if err := w.edit(plain); err != nil {
		return nil, err
	}
	manifests := byManifest(finished)
	if err := w.finishAll(ctx, manifests, w.damaged(items, manifests)); err != nil {
		return nil, err
	}
	w.collect()
	for _, list := range [][]plan.Item{w.work.Made, w.work.Held} {
		slices.SortStableFunc(list, func(a, b plan.Item) int { return cmp.Compare(order[a.ID], order[b.ID]) })
	}
	return w.work, nil
}

// byManifest sorts items into those of each manifest, in order of the first.
func byManifest(items []plan.Item) (groups [][]plan.Item) {
	at := map[string]int{}
	for _, i := range items {
		key := i.Origin.Manifest
		n, there := at[key]
		if !there {
			n = len(groups)
			at[key], groups = n, append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

// A writer holds the files of a tree as they become.
type writer struct {
	tree  plan.Tree
	now   time.Time
	state state
	tools map[string]bool // files that a tool has reported as other than before
	work  *Work
}

// A state is the content of every file that is other than in the tree; nil for one that is gone.
type state map[string][]byte

// read returns a file of the tree as it is in this state.
func (s state) read(tree fs.FS, name string) ([]byte, error) {
	data, ok := s[name]
	switch {
	case !ok:
		return fs.ReadFile(tree, name)
	case data == nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return data, nil
}

// edit makes the byte edits of the items. It holds those that would not read as
// they should afterwards, for other updates of the same plan may be missing here.
func (w *writer) edit(items []plan.Item) error {
	for _, group := range byManifest(items) {
		if _, err := w.apply(group); err != nil {
			return err
		}
		readable(group)
		for _, i := range group {
			if i.Status == plan.Update {
				w.work.Made = append(w.work.Made, i)
			} else {
				w.work.Held = append(w.work.Held, i)
			}
		}
	}
	files, err := w.apply(w.work.Made)
	maps.Copy(w.state, files)
	return err
}

// readable holds the updates of one manifest that would change anything but their own dependency.
func readable(items []plan.Item) {
	if items[0].Origin.Ecosystem == nil {
		return
	}
	var list []*plan.Item
	for n := range items {
		list = append(list, &items[n])
	}
	verifyFile(list)
}

// apply returns the files that the edits of the items change, as they are then.
func (w *writer) apply(items []plan.Item) (state, error) {
	byFile := map[string][]plan.Edit{}
	for _, i := range items {
		for _, e := range i.Edits {
			file, err := follow(w.tree.FS, e.At.File)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", e.File, e.Line, err)
			}
			e.At.File = file // two names of one file are one place
			byFile[file] = append(byFile[file], e)
		}
	}
	out := state{}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		edits := byFile[name]
		data, err := fs.ReadFile(w.tree.FS, name)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", edits[0].File, edits[0].Line, reason(err))
		}
		if out[name], err = replace(data, edits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// replace makes the edits of one file. Its error names the line that does not fit.
func replace(data []byte, edits []plan.Edit) ([]byte, error) {
	slices.SortStableFunc(edits, func(a, b plan.Edit) int {
		return cmp.Or(cmp.Compare(a.At.Start, b.At.Start), cmp.Compare(a.At.End, b.At.End), cmp.Compare(a.New, b.New))
	})
	var plain []ecosystems.Edit
	for n, e := range edits {
		at := e.At
		switch {
		case n > 0 && e.Edit == edits[n-1].Edit:
			continue // a place that two dependencies share
		case at.Start < 0 || at.End < at.Start || at.End > len(data):
			return nil, fmt.Errorf("%s:%d: the file ends before %q: it has changed since it was read", e.File, e.Line, e.Old)
		case string(data[at.Start:at.End]) != e.Old:
			return nil, fmt.Errorf("%s:%d: %q stands there, not %q: the file has changed since it was read", e.File, e.Line, data[at.Start:at.End], e.Old)
		case n > 0 && (at.Start < edits[n-1].At.End || at == edits[n-1].At):
			return nil, fmt.Errorf("%s:%d: two updates write in the same place: %q and %q", e.File, e.Line, edits[n-1].New, e.New)
		}
		plain = append(plain, e.Edit)
	}
	return ecosystems.Apply(data, plain)
}

// reason returns the error without the path, which is named already.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// collect lists every file that is other than in the tree. A tool is believed:
// reading hundreds of vendored files again may take as many requests.
func (w *writer) collect() {
	for _, name := range slices.Sorted(maps.Keys(w.state)) {
		data := w.state[name]
		if !w.tools[name] {
			if old, err := fs.ReadFile(w.tree.FS, name); err == nil && bytes.Equal(old, data) {
				continue
			}
		}
		w.work.Files = append(w.work.Files, ecosystems.FileChange{Path: name, Data: data, Delete: data == nil})
	}
}
