package lifecycle

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
)

// send renders the texts of a change and publishes it.
func (r *base) send(ctx context.Context, g *decide.Group, b *decide.Branch, work *edit.Work) (forge.PullRequest, error) {
	c, err := r.change(ctx, g, b, work)
	if err != nil {
		return forge.PullRequest{}, err
	}
	pr, err := r.Forge.Publish(ctx, r.repo, c)
	if err != nil {
		return pr, err
	}
	if pr.Unchecked != r.Memory.Unchecked {
		r.Memory.Unchecked = pr.Unchecked
		if c, err = r.change(ctx, g, &decide.Branch{PullRequest: pr}, work); err == nil {
			c.Keep = true
			pr, err = r.Forge.Publish(ctx, r.repo, c)
		}
	}
	return pr, err
}

// change returns the change to publish for a group.
func (r *base) change(ctx context.Context, g *decide.Group, b *decide.Branch, work *edit.Work) (forge.Change, error) {
	p := r.pull(ctx, g, work)
	text, err := r.render(r.Message.Pull(p))
	if err != nil {
		return forge.Change{}, err
	}
	c := forge.Change{
		Branch: g.Branch(), Base: r.checkout.Branch, Parent: r.checkout.Commit, Tree: r.checkout.Tree,
		Files: work.Files, Entries: r.checkout.Files,
		Message: text.Commit, Title: text.Title, Fingerprint: g.Fingerprint(r.checkout.Files),
		Labels: labels(g), Reviewers: reviewers(g), Assignees: assignees(g), Automerge: r.checkout.AutoMerge && automerge(g),
		Draft: g.LeavesLine(),
	}
	m := decide.Metadata{Group: g.Key, On: g.On, Fingerprint: c.Fingerprint, Over: g.Over(r.checkout.Files), Pairs: g.Pairs()}
	c.Body = func(head string) string {
		m.Head = head
		p.State = m.Bounded().Encode()
		text, _ := r.Message.Pull(p) // same text as above, with another state
		return text.Body
	}
	if b != nil {
		c.Number, c.Was, c.Force = b.Number, cmp.Or(b.Metadata.Head, b.PullRequest.Head), r.Orders.Override[b.Branch]
	}
	return c, nil
}

// labels returns the labels of all updates of the group, sorted and without duplicates.
func labels(g *decide.Group) []string {
	return all(g, func(i *plan.Item) []string { return i.Policy.Proposal.Labels })
}

func reviewers(g *decide.Group) []string {
	return all(g, func(i *plan.Item) []string { return i.Policy.Proposal.Reviewers })
}

func assignees(g *decide.Group) []string {
	return all(g, func(i *plan.Item) []string { return i.Policy.Proposal.Assignees })
}

func all(g *decide.Group, of func(*plan.Item) []string) []string {
	set := map[string]bool{}
	for n := range g.Updates {
		for _, word := range of(&g.Updates[n]) {
			set[word] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// automerge reports whether all updates of the group allow an automatic merge. Floating digests never do.
func automerge(g *decide.Group) bool {
	for n := range g.Updates {
		i := &g.Updates[n]
		if !i.Policy.Proposal.Automerge || decide.Floating(i) || i.Exceeds || i.LineMove {
			return false
		}
	}
	return true
}
