package outdated

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/cmd/internal/baselineflags"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/baseline"
	"github.com/freshpin/freshpin/updater/plan"
)

// pinID identifies a pin by file, kind, package and written text.
func pinID(i *plan.Item) string {
	pin := i.Dependency.Pin.Text
	if d := i.Dependency.Pin.Digest; d != "" {
		pin += "@" + d
	}
	return baseline.Identity(i.File, baselineflags.OutdatedRule+i.Dependency.Ecosystem, i.Dependency.Package.Name, pin)
}

// needsChange reports whether a gate could fail because of a pin: it has a proposed
// update, or no version.
func needsChange(i *plan.Item) bool {
	return i.Status == plan.Update || i.Reason.Code == ecosystems.Unpinned
}

// leaveOutKnown removes known pins from a plan: those in the baseline, and those that
// existed before the changes since a ref. gone describes baseline entries that no
// longer occur, for the gate.
func (o *command) leaveOutKnown(ctx context.Context, args []string, whole *plan.Plan) (listed *plan.Plan, gone []string, err error) {
	entries, err := o.baseline.Read()
	if err != nil {
		return nil, nil, err
	}
	if o.baseline.Write {
		return whole, nil, o.baseline.Save(o.Env, pinIDs(slices.DeleteFunc(slices.Clone(whole.Items), func(i plan.Item) bool { return !needsChange(&i) })), baselineflags.OfOutdated)
	}
	items := whole.Items
	if entries != nil {
		items, gone = o.outsideBaseline(entries, items)
	}
	if o.baseline.Since != "" {
		if items, err = o.introduced(ctx, args, items); err != nil {
			return nil, nil, err
		}
	}
	// The exit code still counts the failed lookups of all pins.
	part := *whole
	part.Items = items
	return &part, gone, nil
}

func pinIDs(items []plan.Item) (ids []string) {
	for n := range items {
		ids = append(ids, pinID(&items[n]))
	}
	return ids
}

// outsideBaseline removes the pins that a baseline lists.
func (o *command) outsideBaseline(listed baseline.File, items []plan.Item) (left []plan.Item, gone []string) {
	ids := pinIDs(items)
	old := o.baseline.LeftOut(o.Env, listed, ids, "pin", o.lookup.Quiet)
	for n := range items {
		if !old[n] {
			left = append(left, items[n])
		}
	}
	if !o.baseline.Strict {
		return left, nil
	}
	entries := listed.Gone(ids, func(file, rule string) bool {
		eco := strings.TrimPrefix(rule, baselineflags.OutdatedRule)
		return baselineflags.OfOutdated(rule) && (len(o.lookup.Files) == 0 || wiring.Matches(o.lookup.Files, file)) &&
			(len(o.lookup.Ecosystems) == 0 || slices.Contains(o.lookup.Ecosystems, eco)) && len(o.lookup.Names) == 0
	})
	return left, o.baseline.Complain(o.Env, entries)
}

// introduced removes the pins that already existed at the merge base with a ref.
func (o *command) introduced(ctx context.Context, args []string, items []plan.Item) ([]plan.Item, error) {
	s, err := wiring.Read(o.Env, &o.lookup)
	if err != nil {
		return nil, err
	}
	list, err := wiring.Trees(ctx, args, s)
	if err != nil {
		return nil, err
	}
	planner, err := s.Planner()
	if err != nil {
		return nil, err
	}
	planner.Only = o.lookup.Wants
	old, bases, err := baselineflags.Snapshots(ctx, o.baseline.Since, args, list, func(name string) bool {
		return slices.ContainsFunc(planner.Ecosystems, func(e ecosystems.Ecosystem) bool { return e.Match(name) })
	})
	if err != nil {
		return nil, err
	}
	before, err := planner.Items(old)
	if err != nil {
		return nil, err
	}
	var left []plan.Item
	fresh := baseline.Introduced(pinIDs(items), pinIDs(before))
	for _, n := range fresh {
		left = append(left, items[n])
	}
	if !o.lookup.Quiet {
		console.Line(o.Stderr, "freshpin: %s", sentence(items, fresh, bases[0].Time, o.baseline.Since, bases[0].Commit))
	}
	return left, nil
}

// sentence counts three classes: introduced here, update released since, outdated before.
func sentence(items []plan.Item, fresh []int, began time.Time, ref, commit string) string {
	since, before := 0, 0
	mine := map[int]bool{}
	for _, n := range fresh {
		mine[n] = true
	}
	for n := range items {
		i := &items[n]
		switch {
		case mine[n] || !needsChange(i):
		case i.TargetPublished.After(began) || i.TargetPublished.IsZero() && i.LatestPublished.After(began):
			since++
		default:
			before++
		}
	}
	return fmt.Sprintf("since %s (%.12s): %s of %d introduced here; of the others, %d have an update that was released since, and %d had one before",
		ref, commit, plan.Count(len(fresh), "pin"), len(items), since, before)
}
