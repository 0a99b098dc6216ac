package lifecycle

import (
	"cmp"
	"context"
	"slices"

	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
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
	// Whether checks start is known once it is published; then its text is written anew.
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
		Automerge: r.checkout.AutoMerge && automerge(g), Draft: g.LeavesLine(),
	}
	addPeople(&c, g)
	m := decide.Metadata{Group: g.Key, On: g.On, Fingerprint: c.Fingerprint, Over: g.Over(r.checkout.Files), Pairs: g.Pairs()}
	c.Body = func(head string) string {
		m.Head = head
		p.State = m.Bounded().Encode()
		text, _ := r.Message.Pull(p) // same text as above, with another state
		return text.Body
	}
	r.replace(&c, b)
	return c, nil
}

// replace makes a change one of an existing pull request, if there is one.
func (r *run) replace(c *forge.Change, b *decide.Branch) {
	if b == nil {
		return
	}
	// One that this pass has just opened has no metadata yet.
	c.Number, c.Was, c.Force = b.Number, cmp.Or(b.Metadata.Head, b.PullRequest.Head), r.Orders.Override[b.Branch]
}

// addPeople adds the labels, reviewers and assignees of all updates of the group, sorted
// and without duplicates.
func addPeople(c *forge.Change, g *decide.Group) {
	for n := range g.Updates {
		p := &g.Updates[n].Policy.Proposal
		c.Labels, c.Reviewers, c.Assignees = append(c.Labels, p.Labels...), append(c.Reviewers, p.Reviewers...), append(c.Assignees, p.Assignees...)
	}
	for _, list := range []*[]string{&c.Labels, &c.Reviewers, &c.Assignees} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
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
