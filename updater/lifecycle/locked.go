package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
)

// unlocked leaves out the updates of files that the login may not change: that is
// found out before anything is tried and said once, and the others go on.
func (r *base) unlocked(ctx context.Context, offers []plan.Item) ([]plan.Item, error) {
	locker, ok := r.Forge.(forge.Locker)
	if !ok || len(offers) == 0 {
		return offers, nil
	}
	var files []string
	for n := range offers {
		for _, e := range offers[n].Edits {
			files = append(files, e.At.File)
		}
	}
	slices.Sort(files)
	locked, why, err := locker.Locked(ctx, r.repo, slices.Compact(files))
	if err != nil || len(locked) == 0 {
		return offers, err
	}
	kept := slices.DeleteFunc(slices.Clone(offers), func(i plan.Item) bool {
		return slices.ContainsFunc(i.Edits, func(e plan.Edit) bool { return slices.Contains(locked, e.At.File) })
	})
	for n := range offers {
		if !slices.ContainsFunc(kept, func(i plan.Item) bool { return i.ID == offers[n].ID }) {
			r.end(offers[n].ID, plan.Held, ecosystems.Reason{Code: forge.NoPermission, Text: why})
		}
	}
	r.warn(fmt.Sprintf("%s %s not proposed: %s", plan.Count(len(offers)-len(kept), "update"), plan.Are(len(offers)-len(kept)), why))
	return kept, nil
}

// guarded reports whether what a group was refused for may be a permission that
// only its own files take, so that the other groups can still be proposed.
func (r *base) guarded(g *group, err error) bool {
	var refused *forge.Denied
	locker, ok := r.Forge.(forge.Locker)
	return ok && errors.As(err, &refused) && refused.Code == "no-permission" && slices.ContainsFunc(g.Updates, func(i plan.Item) bool {
		return slices.ContainsFunc(i.Edits, func(e plan.Edit) bool { return locker.Guards(e.At.File) })
	})
}
