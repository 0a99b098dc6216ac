// Package edit makes the edits of updates. It applies them in memory, reads the
// result again, completes it with tools that work in a copy of the tree, and
// returns the new files.
//
// It does not change the tree, and it chooses no version: if a tool refuses one,
// it takes the plan's next option.
package edit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/localfs"
	"github.com/freshpin/freshpin/updater/plan"
)

// A Work is the result of the updates of one tree.
type Work struct {
	Files   []ecosystems.FileChange // sorted by path; empty if there is nothing to write
	Made    []plan.Item             // the updates in Files
	Held    []plan.Item             // the updates that failed, with the status Held and the reason
	Dragged []Dragged               // the dependencies that a tool moved along, within their own policies
	Tidied  []Tidied                // what else a tool put in order, by manifest
	Unasked []string                // IDs from Held, and unrepaired manifests, for which the tool could not run: try them again
}

// InOrder returns the files in the order in which to write them: files that
// belong to a manifest, such as go.sum, before the manifest. If writing is
// interrupted, the pin in the manifest is still the old one, so the next run
// makes the update again.
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

// A Dragged is a dependency that moved along with an update.
type Dragged struct {
	Dependency ecosystems.Dependency // as it was
	Kind       ecosystems.Kind       // of its package
	File       string                // as shown
	Line       int                   // counted from 1
	From, To   string
	Band       string
}

// Write makes the updates among the items, which all belong to tree t, and
// returns the new files. It does not change the tree. Tools complete edits in a
// temporary copy; an update that the tool refuses is held and does not stop the
// others. The error is for edits that do not fit the files, and for an interrupt.
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
	// First, because tools work on a copy that already has these edits.
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

// byManifest groups the items of one tree by manifest.
func byManifest(items []plan.Item) [][]plan.Item {
	return plan.GroupBy(items, func(i plan.Item) string { return i.Origin.Manifest })
}

// A writer collects the new files of a tree.
type writer struct {
	tree  plan.Tree
	now   time.Time
	state state
	tools map[string]bool // files that a tool reported as changed
	work  *Work
}

// A state holds the content of every file that differs from the tree; nil for a deleted one.
type state map[string][]byte

// over returns the tree with the files of this state.
func (s state) over(tree fs.FS) fs.FS { return localfs.Overlay{FS: tree, Files: s} }

// edit makes the byte edits of the items. It verifies them again and holds those
// that fail, because items may be only some of the updates that the plan verified.
func (w *writer) edit(items []plan.Item) error {
	for _, group := range byManifest(items) {
		if _, err := w.apply(group); err != nil {
			return err
		}
		verifyFile(plan.Updates(group))
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

// apply returns the new content of the files that the edits of the items change.
func (w *writer) apply(items []plan.Item) (state, error) {
	byFile := map[string][]plan.Edit{}
	for _, i := range items {
		for _, e := range i.Edits {
			file, err := follow(w.tree.FS, e.At.File)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", e.File, e.Line, err)
			}
			e.At.File = file // edits through different links to one file must not overlap
			byFile[file] = append(byFile[file], e)
		}
	}
	out := state{}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		edits := byFile[name]
		data, err := fs.ReadFile(w.tree.FS, name)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", edits[0].File, edits[0].Line, localfs.Bare(err))
		}
		if out[name], err = replace(data, edits); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// replace makes the edits of one file. The error names the line that does not match.
func replace(data []byte, edits []plan.Edit) ([]byte, error) {
	slices.SortStableFunc(edits, func(a, b plan.Edit) int {
		return cmp.Or(cmp.Compare(a.At.Start, b.At.Start), cmp.Compare(a.At.End, b.At.End), cmp.Compare(a.New, b.New))
	})
	var plain []ecosystems.Edit
	for n, e := range edits {
		at := e.At
		switch {
		case n > 0 && e.Edit == edits[n-1].Edit:
			continue // two dependencies share one place
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

// collect lists every file that differs from the tree. It does not compare the
// files that a tool reported, because reading hundreds of vendored files may take
// as many requests.
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
