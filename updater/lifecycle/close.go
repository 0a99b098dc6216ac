package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
)

// closeRest closes the pull requests that belong to no group any more.
func (r *base) closeRest(ctx context.Context, list []*group) error {
	wanted := map[string]bool{}
	for _, g := range list {
		wanted[g.branch()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.open)) {
		b := r.open[name]
		if wanted[name] || b.Group == hardenKey || !r.owns(b) {
			continue
		}
		o, err := r.closeOne(ctx, b, list)
		if err := r.note(o, err); err != nil {
			return err
		}
	}
	return nil
}

// note adds what was done about a pull request to the report. An error that
// concerns it alone is told there.
func (r *run) note(o Outcome, err error) error {
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
	return nil
}

// outcome describes a pull request before anything is done about it.
func outcome(b *branch) Outcome {
	return Outcome{
		Group: b.Group, Base: b.PullRequest.Base, Branch: b.Branch, Number: b.Number, URL: b.URL, Title: b.Title, Updates: len(b.Pairs),
	}
}

// closeStrays closes the pull requests of branches that are no base any more, and
// leaves those alone whose base cannot be read.
func (r *run) closeStrays(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(r.open)) {
		b := r.open[name]
		of := slices.IndexFunc(r.bases, func(one *base) bool {
			return one.branch == b.PullRequest.Base && one.err != nil || one.err == nil && one.owns(b)
		})
		o, err := outcome(b), error(nil)
		switch {
		case of >= 0 && r.bases[of].err == nil:
			continue
		case of >= 0 || r.unresolved(b):
			o.What, o.Why = Left, "its base branch could not be read, so it is left alone"
		default:
			o, err = r.shut(ctx, b, o, fmt.Sprintf("The settings do not name %s as a base branch any more.", b.PullRequest.Base))
		}
		if err := r.note(o, err); err != nil {
			return err
		}
	}
	return nil
}

// unresolved reports whether a pull request may be one of a base that is not
// known in this pass: a pattern could not be resolved, or fits too many branches.
func (r *run) unresolved(b *branch) bool {
	return slices.ContainsFunc(r.about.Branches, func(one config.Branch) bool { return one.Fits(b.PullRequest.Base) }) && b.On == r.nameOf(b.PullRequest.Base)
}

// nameOf is the name of a base as it is remembered: "" for the default branch.
func (r *run) nameOf(branch string) string {
	if branch == r.home.Branch {
		return ""
	}
	return branch
}

func (r *base) closeOne(ctx context.Context, b *branch, list []*group) (Outcome, error) {
	o := outcome(b)
	if why := r.unsettled(b); why != "" {
		o.What, o.Why = Left, why
		return o, nil
	}
	return r.shut(ctx, b, o, r.whyClosed(b, list))
}

// shut closes a pull request, unless another author has committed to it.
func (r *run) shut(ctx context.Context, b *branch, o Outcome, why string) (Outcome, error) {
	if b.touched() && !r.orders.override[b.Branch] {
		return r.leaveTouched(ctx, b, o)
	}
	o.What, o.Why = Closed, why
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
func (r *base) whyClosed(b *branch, list []*group) string {
	if slices.Contains(r.memory.Split, scoped(b.On, unparted(b.Group))) {
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
