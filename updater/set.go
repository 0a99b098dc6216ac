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

// maxRounds is how often the sets are checked: again where an update that took
// another target for the sake of the set cannot be written.
const maxRounds = 3

// fitSets brings the updates to targets that can be installed together, where
// the ecosystem knows of such sets, and holds those that have none.
func (r *run) fitSets(ctx context.Context, items []Item) error {
	for range maxRounds {
		moved, err := r.checkSets(ctx, items)
		if err != nil || len(moved) == 0 {
			return err
		}
		for _, i := range moved {
			i.edit()
		}
		r.shared.agree()
		verify(items)
		if !slices.ContainsFunc(moved, func(i *Item) bool { return i.Status != Update }) {
			return nil
		}
	}
	return nil
}

// checkSets checks everything that has to be installable together, and returns
// the items that took another target.
func (r *run) checkSets(ctx context.Context, items []Item) (moved []*Item, err error) {
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
		some, err := checkSet(ctx, groups[k])
		if err != nil {
			return nil, err
		}
		moved = append(moved, some...)
	}
	return moved, nil
}

// checkSet checks the items of one ecosystem in one tree. A deadline that passed
// leaves what is not known unchecked; an interrupt ends the plan.
func checkSet(ctx context.Context, items []*Item) (moved []*Item, err error) {
	var moving []*Item
	var manifests []string
	for _, i := range items {
		manifests = append(manifests, i.manifest)
		if i.Status == Update {
			moving = append(moving, i)
		}
	}
	if len(moving) == 0 {
		return nil, nil
	}
	slices.Sort(manifests)
	verdicts, options, err := askSets(ctx, moving, slices.Compact(manifests))
	if err != nil {
		for _, i := range moving {
			i.note(ecosystems.MetadataUnknown, "the set of pins was not checked: %v", err)
		}
		return nil, interrupted(ctx)
	}
	for n, v := range verdicts {
		i := moving[n]
		i.Notes, i.With = append(i.Notes, v.Notes...), nil
		for _, other := range v.With {
			i.With = append(i.With, moving[other].Dependency.At[0])
		}
		switch {
		case !v.Held.IsZero():
			i.hold(v.Held)
		case v.Fits > 0:
			i.fallBack(options[n][v.Fits-1], v.Why)
			i.options = options[n][v.Fits:]
			moved = append(moved, i)
		}
	}
	return moved, nil
}

// askSets asks about the targets, again about all options where one does not
// fit, and again with one line after the other for the fixes that still do not.
func askSets(ctx context.Context, moving []*Item, manifests []string) ([]ecosystems.SetVerdict, [][]option, error) {
	options := make([][]option, len(moving))
	moves := make([]ecosystems.Move, len(moving))
	for n, i := range moving {
		options[n], moves[n] = i.options, i.move()
	}
	verdicts, err := askSet(ctx, moving[0], manifests, moves)
	if err != nil || !slices.ContainsFunc(verdicts, func(v ecosystems.SetVerdict) bool { return !v.Held.IsZero() }) {
		return verdicts, options, err
	}
	for n, i := range moving {
		if i.options == nil && i.search != nil {
			i.options = i.search.ahead(ctx, maxElse)
		}
		options[n], moves[n] = i.options, i.move()
	}
	verdicts, err = askSet(ctx, moving[0], manifests, moves)
	for err == nil && goFarther(ctx, moving, verdicts) {
		for n, i := range moving {
			options[n], moves[n] = i.options, i.move()
		}
		verdicts, err = askSet(ctx, moving[0], manifests, moves)
	}
	return verdicts, options, err
}

// goFarther gives each fix that fits on no version tried so far the options of
// its next line, and reports whether there are any. No nearer line is passed
// over for the sake of an update that is routine.
func goFarther(ctx context.Context, moving []*Item, verdicts []ecosystems.SetVerdict) (more bool) {
	for n, i := range moving {
		if verdicts[n].Held.IsZero() || i.search == nil {
			continue
		}
		farther := i.search.farther(ctx, maxElse-len(i.options))
		i.options, more = append(slices.Clip(i.options), farther...), more || len(farther) > 0
	}
	return more
}

// move is what an update asks of the check of a set.
func (i *Item) move() ecosystems.Move {
	m := ecosystems.Move{Dependency: i.Dependency, To: i.Target, Security: i.Security}
	if i.Policy.Python != "" {
		m.Dependency.Pin.Runtime = i.Policy.Python
	}
	for _, o := range i.options {
		m.Else = append(m.Else, o.target)
	}
	return m
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
