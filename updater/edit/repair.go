package edit

import (
	"context"
	"errors"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/plan"
)

// A Tidied is a manifest in which a tool put something in order that is
// unrelated to the updates.
type Tidied struct {
	File string // as shown
	Text string // what: "go.sum (+a.test/lib v1.0.0 and 3 more)", or why it could not
	Done bool
}

// A damage is a manifest whose files are inconsistent, for example after an
// interrupted update.
type damage struct {
	manifest string
	eco      ecosystems.Finisher
	lacks    string
}

// damaged returns the manifests that lack something and have no update.
func (w *writer) damaged(items []plan.Item, updated [][]plan.Item) (list []damage) {
	seen := map[string]bool{}
	for _, group := range updated {
		seen[group[0].Origin.Manifest] = true // the tool repairs it with its updates
	}
	for _, i := range items {
		checker, ok := i.Origin.Ecosystem.(ecosystems.Checker)
		if i.Finisher() == nil || !ok || seen[i.Origin.Manifest] {
			continue
		}
		seen[i.Origin.Manifest] = true
		if lacks := checker.Lacks(w.tree.FS, i.Origin.Manifest); lacks != "" {
			list = append(list, damage{i.Origin.Manifest, i.Finisher(), lacks})
		}
	}
	return list
}

// repair runs the tool on damaged manifests and records what it did or why it failed.
func (w *writer) repair(ctx context.Context, space *workspace, broken []damage) error {
	for _, d := range broken {
		if err := space.writeState(ctx, w.state); err != nil {
			return err
		}
		done, err := repairOne(ctx, d, space.dir)
		if err == nil {
			var after state
			if after, err = w.written(space, w.state, done.Changes); err == nil {
				w.state = after
				w.tidied(d.manifest, done.Tidied)
				continue
			}
		}
		if ctx.Err() != nil {
			return plan.Interrupted(ctx)
		}
		var no *ecosystems.Refusal
		if !errors.As(err, &no) { // the tool has not decided, so a later run tries again
			w.work.Unasked = append(w.work.Unasked, d.manifest)
		}
		w.work.Tidied = append(w.work.Tidied, Tidied{File: w.tree.Show(d.manifest), Text: d.lacks + "; repairing it failed: " + err.Error()})
	}
	return nil
}

// repairOne runs the tool. It returns a panic on hostile input as the error of this manifest.
func repairOne(ctx context.Context, d damage, dir string) (done ecosystems.Finished, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the tool gave up")
		}
	}()
	return d.eco.Finish(ctx, dir, d.manifest, nil)
}

// tidied records what a tool put in order.
func (w *writer) tidied(manifest, text string) {
	if text != "" {
		w.work.Tidied = append(w.work.Tidied, Tidied{w.tree.Show(manifest), text, true})
	}
}
