package updater

import (
	"context"
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/plan"
)

// maxRounds is the number of times that sets are checked. They are checked again if
// an update that got another target for the set cannot be written.
const maxRounds = 3

// fitSets changes the targets of updates so that they can be installed together, if
// the ecosystem can check that, and holds back updates without such a target.
func (r *run) fitSets(ctx context.Context, items []plan.Item) error {
	for range maxRounds {
		moved, err := checkSets(ctx, items)
		if err != nil || len(moved) == 0 {
			return err
		}
		for _, i := range moved {
			edit.Prepare(i)
		}
		r.shared.agree()
		edit.Verify(items)
		if !slices.ContainsFunc(moved, func(i *plan.Item) bool { return i.Status != plan.Update }) {
			return nil
		}
	}
	return nil
}

// checkSets checks all sets, and returns the items that got another target.
func checkSets(ctx context.Context, items []plan.Item) (moved []*plan.Item, err error) {
	type set struct{ tree, ecosystem string }
	checkable := plan.Select(items, func(i *plan.Item) bool {
		_, ok := i.Origin.Ecosystem.(ecosystems.SetChecker)
		return ok
	})
	for _, members := range plan.GroupBy(checkable, func(i *plan.Item) set { return set{i.Origin.Tree.Prefix, i.Dependency.Ecosystem} }) {
		some, err := checkSet(ctx, members)
		if err != nil {
			return nil, err
		}
		moved = append(moved, some...)
	}
	return moved, nil
}

// checkSet checks the items of one ecosystem in one tree. After an expired deadline
// the rest stays unchecked; a cancelled context ends the plan with an error.
func checkSet(ctx context.Context, items []*plan.Item) (moved []*plan.Item, err error) {
	var moving []*plan.Item
	var manifests []string
	for _, i := range items {
		// Pins that stay belong to the set, too: an update has to fit them.
		manifests = append(manifests, i.Origin.Manifest)
		if i.Status == plan.Update {
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
			i.Notef(ecosystems.MetadataUnknown, "the set of pins was not checked: %v", err)
		}
		return nil, plan.Interrupted(ctx)
	}
	for n, v := range verdicts {
		i := moving[n]
		i.Notes, i.With = append(i.Notes, v.Notes...), nil
		for _, other := range v.With {
			i.With = append(i.With, moving[other].Dependency.At[0])
		}
		switch {
		case !v.Held.IsZero():
			i.Hold(v.Held)
		case v.Fits > 0:
			i.FallBack(options[n][v.Fits-1], v.Why)
			i.Options = options[n][v.Fits:]
			moved = append(moved, i)
		}
	}
	return moved, nil
}

// askSets checks the targets. If one does not fit, it checks again with all
// options, and then, for fixes that still do not fit, with one farther line after
// the other.
func askSets(ctx context.Context, moving []*plan.Item, manifests []string) ([]ecosystems.SetVerdict, [][]plan.Option, error) {
	options := make([][]plan.Option, len(moving))
	ask := func() ([]ecosystems.SetVerdict, error) {
		moves := make([]ecosystems.Move, len(moving))
		for n, i := range moving {
			options[n], moves[n] = i.Options, moveOf(i)
		}
		return askSet(ctx, moving[0], manifests, moves)
	}
	// Most sets fit as they are, and looking up the options of every update takes many requests.
	verdicts, err := ask()
	if err != nil || !slices.ContainsFunc(verdicts, func(v ecosystems.SetVerdict) bool { return !v.Held.IsZero() }) {
		return verdicts, options, err
	}
	for _, i := range moving {
		if i.Options == nil && searchOf(i) != nil {
			i.Options = searchOf(i).ahead(ctx, maxElse)
		}
	}
	verdicts, err = ask()
	for err == nil && goFarther(ctx, moving, verdicts) {
		verdicts, err = ask()
	}
	return verdicts, options, err
}

// goFarther adds the options of the next line to each fix for which no version has
// fitted so far, and reports whether there were any. Routine updates never make a
// fix skip a nearer line.
func goFarther(ctx context.Context, moving []*plan.Item, verdicts []ecosystems.SetVerdict) (more bool) {
	for n, i := range moving {
		if verdicts[n].Held.IsZero() || searchOf(i) == nil {
			continue
		}
		farther := searchOf(i).fartherLine(ctx, maxElse-len(i.Options))
		i.Options, more = append(slices.Clip(i.Options), farther...), more || len(farther) > 0
	}
	return more
}

// moveOf returns an update as the input of a set check.
func moveOf(i *plan.Item) ecosystems.Move {
	m := ecosystems.Move{Dependency: i.Dependency, To: i.Target, Security: i.Security}
	// The setting wins over what the files say (policy.Policy.Python).
	if i.Policy.Python != "" {
		m.Dependency.Pin.Runtime = i.Policy.Python
	}
	for _, o := range i.Options {
		m.Else = append(m.Else, o.Target)
	}
	return m
}

// askSet calls the ecosystem's check. If it panics on hostile input, the set stays unchecked.
func askSet(ctx context.Context, i *plan.Item, manifests []string, moves []ecosystems.Move) (verdicts []ecosystems.SetVerdict, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the check gave up: %v", r)
		}
	}()
	return i.Origin.Ecosystem.(ecosystems.SetChecker).CheckSet(ctx, i.Origin.Tree.FS, manifests, moves)
}

// limitOf returns a function that says why another file does not admit a version of a dependency; nil if there is no limit.
func limitOf(i *plan.Item) func(version.Version) string {
	l, ok := i.Origin.Ecosystem.(ecosystems.Limiter)
	if !ok {
		return nil
	}
	return l.Limit(i.Dependency)
}

// admitted marks candidates that another file does not admit.
func admitted(i *plan.Item, list []version.Candidate) []version.Candidate {
	why := limitOf(i)
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
		i.Tracef("%s is not proposed: %s", newest.Version, newest.ShownOnly)
	}
	return list
}
