package updater

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A settable is what is checked together: everything of one ecosystem in one tree.
type settable struct{ tree, ecosystem string }

// checkSets holds the updates that would leave a set of pins that cannot be
// installed together, where the ecosystem knows of such sets.
func (r *run) checkSets(ctx context.Context, items []Item) error {
	var order []settable
	groups := map[settable][]*Item{}
	for n := range items {
		i := &items[n]
		if _, ok := i.eco.(ecosystems.SetChecker); !ok {
			continue
		}
		k := settable{i.tree.Prefix, i.Dependency.Ecosystem}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], i)
	}
	for _, k := range order {
		if err := checkSet(ctx, groups[k]); err != nil {
			return err
		}
	}
	return nil
}

// checkSet checks the items of one ecosystem in one tree. A deadline that passed
// leaves what is not known unchecked; an interrupt ends the plan.
func checkSet(ctx context.Context, items []*Item) error {
	var moves []ecosystems.Move
	var moving []*Item
	var manifests []string
	for _, i := range items {
		manifests = append(manifests, i.manifest)
		if i.Status == Update {
			d := i.Dependency
			if i.Policy.Python != "" {
				d.Pin.Runtime = i.Policy.Python
			}
			moves, moving = append(moves, ecosystems.Move{Dependency: d, To: i.Target}), append(moving, i)
		}
	}
	if len(moves) == 0 {
		return nil
	}
	slices.Sort(manifests)
	verdicts, err := askSet(ctx, items[0], slices.Compact(manifests), moves)
	if err != nil {
		for _, i := range moving {
			i.note(ecosystems.MetadataUnknown, "the set of pins was not checked: %v", err)
		}
		return interrupted(ctx)
	}
	for n, v := range verdicts {
		moving[n].Notes = append(slices.Clip(moving[n].Notes), v.Notes...)
		if !v.Held.IsZero() {
			moving[n].hold(v.Held)
		}
	}
	return nil
}

// askSet asks the ecosystem. A panic of it on hostile input leaves the set unchecked.
func askSet(ctx context.Context, i *Item, manifests []string, moves []ecosystems.Move) (verdicts []ecosystems.SetVerdict, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the check gave up: %v", r)
		}
	}()
	return i.eco.(ecosystems.SetChecker).CheckSet(ctx, i.tree.FS, manifests, moves)
}

// limit returns why a version of a dependency is not admitted by another file; nil where none limits it.
func (i *Item) limit() func(version.Version) string {
	l, ok := i.eco.(ecosystems.Limiter)
	if !ok {
		return nil
	}
	return l.Limit(i.Dependency)
}

// admitted marks the candidates that another file does not admit.
func (i *Item) admitted(list []version.Candidate) []version.Candidate {
	why := i.limit()
	if why == nil {
		return list
	}
	list = slices.Clone(list)
	var newest version.Candidate
	for n := range list {
		c := &list[n]
		if c.ShownOnly != "" {
			continue
		}
		if c.ShownOnly = why(c.Version); c.ShownOnly != "" && (newest.Version.IsZero() || version.Compare(c.Version, newest.Version) > 0) {
			newest = *c
		}
	}
	if !newest.Version.IsZero() {
		i.trace("%s is not proposed: %s", newest.Version, newest.ShownOnly)
	}
	return list
}
