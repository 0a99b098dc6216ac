package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/plan"
)

// closeRest closes the pull requests that belong to no group any more.
func (r *run) closeRest(ctx context.Context, list []*group) error {
	wanted := map[string]bool{}
	for _, g := range list {
		wanted[g.branch()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.open)) {
		b := r.open[name]
		if wanted[name] || b.Group == hardenKey {
			continue
		}
		o, err := r.closeOne(ctx, b, list)
		if stops(err) {
			return err
		}
		if err != nil {
			o.What, o.Why = Broken, err.Error()
			if r.later(err) == nil {
				o.What = Waiting
			}
		}
		r.report.Groups = append(r.report.Groups, o)
	}
	return nil
}

func (r *run) closeOne(ctx context.Context, b *branch, list []*group) (Outcome, error) {
	o := Outcome{Group: b.Group, Branch: b.Branch, Number: b.Number, URL: b.URL, Title: b.Title, Updates: len(b.Pairs)}
	switch {
	case r.unsettled(b) != "":
		o.What, o.Why = Left, r.unsettled(b)
		return o, nil
	case b.touched() && !r.orders.override[b.Branch]:
		return r.leaveTouched(ctx, b, o)
	}
	o.What, o.Why = Closed, r.whyClosed(b, list)
	text, err := r.comment("closed", o.Why)
	if err != nil {
		return o, err
	}
	err = r.Forge.Close(ctx, r.repo, b.PullRequest, text)
	if err == nil {
		delete(r.open, b.Branch)
		delete(r.memory.Open, b.Branch)
	}
	return o, err
}

// whyClosed says in one sentence why nothing is left to do here, where these are the groups that there are.
func (r *run) whyClosed(b *branch, list []*group) string {
	if slices.Contains(r.memory.Split, unparted(b.Group)) {
		return "Its updates come one by one now, as /freshpin split asked."
	}
	if elsewhere := holding(list, b.Pairs); len(elsewhere) > 0 {
		return "Its updates are grouped otherwise now: they belong to " + strings.Join(elsewhere, ", ") + "."
	}
	for _, p := range b.Pairs {
		for n := range r.plan.Items {
			i := &r.plan.Items[n]
			if i.ID == p.ID && i.Status == plan.Skipped {
				return fmt.Sprintf("Nothing is left to update here: %s: %s.", i.Dependency.Name, i.Reason.Text)
			}
		}
	}
	return "Nothing is left to update here: " + r.checkout.Branch + " has all of it, or what was updated is gone."
}

// holding returns the branches of groups that update something of the pairs, as code.
func holding(list []*group, pairs []Pair) (branches []string) {
	for _, g := range list {
		if slices.ContainsFunc(pairs, func(p Pair) bool { return slices.Contains(g.ids(), p.ID) }) {
			branches = append(branches, "`"+g.branch()+"`")
		}
	}
	return branches
}
