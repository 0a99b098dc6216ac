package updater

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Work is what updates do to the files of one tree.
type Work struct {
	Files   []ecosystems.FileChange // sorted by path; empty if nothing is left to do
	Made    []Item                  // the updates that are in Files
	Held    []Item                  // those that a tool refused, with the status Held and the reason
	Dragged []Dragged               // what a tool moved along with them, within its own policy
}

// A Dragged is a dependency that nobody asked to move.
type Dragged struct {
	Dependency ecosystems.Dependency // as it was
	File       string
	Line       int // counted from 1
	From, To   string
	Band       string
}

// Write makes the updates among the items, all of them of tree t, and returns
// the files as they are to be. Nothing of the tree itself is changed. The error
// is for edits that do not fit the files, or a tree that cannot be copied.
func Write(ctx context.Context, t Tree, items []Item, now time.Time) (*Work, error) {
	w := &writer{tree: t, now: now, files: map[string][]byte{}, gone: map[string]bool{}, work: &Work{}}
	var finished [][]Item
	for _, i := range items {
		switch {
		case i.Status != Update:
		case w.finisher(i) == nil:
			w.work.Made = append(w.work.Made, i)
		default:
			finished = byManifest(finished, i)
		}
	}
	if err := w.edit(w.work.Made); err != nil {
		return nil, err
	}
	if len(finished) > 0 {
		if err := w.finishAll(ctx, finished); err != nil {
			return nil, err
		}
	}
	w.collect()
	return w.work, nil
}

// byManifest adds an item to those of its manifest.
func byManifest(groups [][]Item, i Item) [][]Item {
	for n := range groups {
		if groups[n][0].manifest == i.manifest {
			groups[n] = append(groups[n], i)
			return groups
		}
	}
	return append(groups, []Item{i})
}

// A writer holds the files of a tree as they become.
type writer struct {
	tree  Tree
	now   time.Time
	dir   string            // the copy that tools work in; "" before there is one
	files map[string][]byte // changed so far, by path
	gone  map[string]bool   // deleted so far
	work  *Work
}

func (w *writer) finisher(i Item) ecosystems.Finisher {
	f, _ := i.eco.(ecosystems.Finisher)
	return f
}

// read returns a file as it is now.
func (w *writer) read(name string) ([]byte, error) {
	if data, ok := w.files[name]; ok {
		return data, nil
	}
	if w.gone[name] {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(w.tree.FS, name)
}

// edit makes the byte edits of the items.
func (w *writer) edit(items []Item) error {
	byFile := map[string][]ecosystems.Edit{}
	for _, i := range items {
		for _, e := range i.Edits {
			byFile[e.At.File] = append(byFile[e.At.File], e.Edit)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		file, err := follow(w.tree.FS, name)
		if err != nil {
			return fmt.Errorf("%s: %w", w.tree.show(name), err)
		}
		data, err := w.read(file)
		if err != nil {
			return fmt.Errorf("%s: %w", w.tree.show(name), err)
		}
		if w.files[file], err = ecosystems.Apply(data, byFile[name]); err != nil {
			line, _ := ecosystems.Position(data, byFile[name][0].At.Start)
			return fmt.Errorf("%s:%d: %w", w.tree.show(name), line, err)
		}
	}
	return nil
}

// finishAll has tools make the updates of each manifest, in a copy of the tree.
func (w *writer) finishAll(ctx context.Context, manifests [][]Item) error {
	dir, err := os.MkdirTemp("", "freshpin-tree-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if w.dir = dir; w.tree.Unpack != nil {
		err = w.tree.Unpack(ctx, dir)
	} else {
		err = copyTree(w.tree.FS, dir)
	}
	if err != nil {
		return fmt.Errorf("copy the tree: %w", err)
	}
	if err := w.restore(slices.Collect(maps.Keys(w.files))); err != nil {
		return err
	}
	for _, items := range manifests {
		made, err := w.settle(ctx, nil, items)
		if err != nil {
			return err
		}
		w.work.Made = append(w.work.Made, made...)
	}
	return nil
}

// settle makes as many of the candidates as go together with those already
// made, and returns all that are made. What is refused for all of them at once
// is halved until the ones to blame are found.
func (w *writer) settle(ctx context.Context, made, candidates []Item) ([]Item, error) {
	if len(candidates) == 0 {
		return made, nil
	}
	tried, err := w.attempt(ctx, slices.Concat(made, candidates))
	if err == nil {
		return tried, nil
	}
	var refusal *ecosystems.Refusal
	if !errors.As(err, &refusal) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		refusal = &ecosystems.Refusal{Reason: ecosystems.Reason{Code: ecosystems.ToolFail, Text: err.Error()}}
	}
	blamed, rest := w.blame(refusal, candidates)
	w.hold(blamed, refusal.Reason)
	if len(blamed) > 0 {
		return w.settle(ctx, made, rest)
	}
	half := len(candidates) / 2
	if made, err = w.settle(ctx, made, candidates[:half]); err != nil {
		return nil, err
	}
	return w.settle(ctx, made, candidates[half:])
}

// blame returns the candidates that a refusal is about: those that it names, or
// all where it is about the manifest as a whole or there is only one; none
// where it does not tell.
func (w *writer) blame(r *ecosystems.Refusal, candidates []Item) (blamed, rest []Item) {
	switch r.Reason.Code {
	case ecosystems.NoTool, ecosystems.NotTidy, ecosystems.TooNew:
		return candidates, nil
	}
	if len(candidates) == 1 {
		return candidates, nil
	}
	for _, i := range candidates {
		if slices.Contains(r.Moves, i.Dependency.Package.Name) {
			blamed = append(blamed, i)
		} else {
			rest = append(rest, i)
		}
	}
	return blamed, rest
}

func (w *writer) hold(items []Item, why ecosystems.Reason) {
	for _, i := range items {
		i.Status, i.Reason = Held, why
		w.work.Held = append(w.work.Held, i)
	}
}

// attempt makes the updates of one manifest together. After an error everything is as before.
func (w *writer) attempt(ctx context.Context, items []Item) ([]Item, error) {
	var moves []ecosystems.Move
	for _, i := range items {
		moves = append(moves, ecosystems.Move{Dependency: i.Dependency, To: i.Target})
	}
	manifest := items[0].manifest
	before, err := w.extract(items[0])
	if err != nil {
		return nil, err
	}
	changes, err := w.finisher(items[0]).Finish(ctx, w.dir, manifest, moves)
	if err != nil {
		return nil, err
	}
	files, gone := maps.Clone(w.files), maps.Clone(w.gone)
	w.take(changes)
	arrived, dragged, err := w.judge(before, items)
	if err != nil {
		var touched []string
		for _, c := range changes {
			touched = append(touched, c.Path)
		}
		w.files, w.gone = files, gone
		return nil, errors.Join(err, w.restore(touched))
	}
	w.work.Dragged = slices.DeleteFunc(w.work.Dragged, func(d Dragged) bool { return d.File == w.tree.show(manifest) })
	w.work.Dragged = append(w.work.Dragged, dragged...)
	return arrived, nil
}

// take notes what a tool changed.
func (w *writer) take(changes []ecosystems.FileChange) {
	for _, c := range changes {
		delete(w.files, c.Path)
		delete(w.gone, c.Path)
		if c.Delete {
			w.gone[c.Path] = true
		} else {
			w.files[c.Path] = c.Data
		}
	}
}

// extract reads the manifest of an item as it is now.
func (w *writer) extract(i Item) ([]ecosystems.Dependency, error) {
	return extract(overlay{w.tree.FS, w.files}, manifest{i.manifest, i.eco})
}

// judge compares a manifest before and after a tool changed it: every direct
// dependency must be where it was, or where it was to go, or within its own policy.
func (w *writer) judge(before []ecosystems.Dependency, items []Item) (arrived []Item, dragged []Dragged, err error) {
	after, err := w.extract(items[0])
	if err != nil {
		return nil, nil, err
	}
	now := map[string]ecosystems.Dependency{}
	for _, d := range after {
		now[d.Package.Name] = d
	}
	arrived = slices.Clone(items)
	moving := map[string]*Item{}
	for n := range arrived {
		moving[arrived[n].Dependency.Package.Name] = &arrived[n]
	}
	data, _ := fs.ReadFile(w.tree.FS, items[0].manifest) // read before
	for _, was := range before {
		is, there := now[was.Package.Name]
		i := moving[was.Package.Name]
		if !there || !was.Direct && i == nil || version.Compare(was.Pin.Version, is.Pin.Version) == 0 || was.Pin.Version.IsName() {
			continue
		}
		if i != nil && i.Target.Version.Text == is.Pin.Version.Text {
			continue
		}
		d, err := w.drag(was, is, items[0], data)
		if err != nil {
			return nil, nil, err
		}
		if i != nil {
			i.Target.Version = is.Pin.Version
			continue
		}
		dragged = append(dragged, d)
	}
	return arrived, dragged, nil
}

// drag describes a dependency that moved unasked, or further than asked; the
// error is a refusal where that is beyond its own policy.
func (w *writer) drag(was, is ecosystems.Dependency, i Item, data []byte) (Dragged, error) {
	p := w.tree.Rules.For(was, i.manifest, w.now)
	band := p.Between(was.Pin.Version, is.Pin.Version)
	line, _ := ecosystems.Position(data, was.At[0].Start)
	d := Dragged{was, w.tree.show(i.manifest), line, was.Pin.Version.Text, is.Pin.Version.Text, band.String()}
	if version.Compare(is.Pin.Version, was.Pin.Version) > 0 && band <= p.Allow && p.Ignore == "" && !was.Ignored {
		return d, nil
	}
	text := fmt.Sprintf("it would also move %s from %s to %s (%s)", was.Package.Name, d.From, d.To, d.Band)
	return d, &ecosystems.Refusal{Reason: ecosystems.Reason{Code: ecosystems.Drags, Text: text}}
}

// restore brings files of the copy to what they are to be now.
func (w *writer) restore(names []string) error {
	for _, name := range names {
		data, err := w.read(name)
		if errors.Is(err, fs.ErrNotExist) {
			if err := os.RemoveAll(w.inside(name)); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := writeInside(w.inside(name), data); err != nil {
			return err
		}
	}
	return nil
}

// collect lists every file that is other than in the tree.
func (w *writer) collect() {
	for name, data := range w.files {
		if old, err := fs.ReadFile(w.tree.FS, name); err != nil || !bytes.Equal(old, data) {
			w.work.Files = append(w.work.Files, ecosystems.FileChange{Path: name, Data: data})
		}
	}
	for name := range w.gone {
		w.work.Files = append(w.work.Files, ecosystems.FileChange{Path: name, Delete: true})
	}
	slices.SortFunc(w.work.Files, func(a, b ecosystems.FileChange) int { return bytes.Compare([]byte(a.Path), []byte(b.Path)) })
}
