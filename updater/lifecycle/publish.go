package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/forge"
)

// workflowBot is the author of pull requests that a workflow's own token
// opened. Checks do not start for those (GitHub docs, "Automatic token
// authentication").
const workflowBot = "github-actions[bot]"

// publish brings the pull requests in step with the plan.
func (r *run) publish(ctx context.Context) error {
	if err := r.answer(ctx); err != nil {
		return err
	}
	offers := r.memory.offers(r.plan.Items)
	if len(offers) > 0 && !r.checkout.CanWrite {
		return &forge.Refused{Repo: r.repo, Code: "no-permission", Reason: fmt.Sprintf("%s may be read but not written, so its %d updates are not proposed", r.repo, len(offers))}
	}
	list := groups(offers, r.memory, r.rules.isChosen)
	if err := r.closeRest(ctx, list); err != nil { // first: that makes room under the limit
		return err
	}
	current := map[string]bool{}
	for _, g := range r.byUrgency(list) {
		current[g.fingerprint(r.checkout.Files)] = true
		r.recallVerdict(g)
		o, err := r.group(ctx, g)
		if err != nil {
			if stops(err) {
				return err
			}
			o.What, o.Why = Broken, err.Error()
		}
		r.report.Groups = append(r.report.Groups, o)
	}
	r.memory.forgetVerdicts(current)
	return nil
}

// stops reports whether an error concerns the whole repository and not one pull request.
func stops(err error) bool {
	var refused *forge.Refused
	return errors.As(err, &refused) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// byUrgency puts groups that have a pull request first: they need no place under the limit.
func (r *run) byUrgency(list []*group) []*group {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *group) int { return r.rank(a) - r.rank(b) })
	return sorted
}

func (r *run) rank(g *group) int {
	if r.open[g.branch()] != nil {
		return 0
	}
	return 1
}

// recallVerdict drops the updates that a tool refused before, about the very same content.
func (r *run) recallVerdict(g *group) {
	verdicts := r.memory.Verdict[g.fingerprint(r.checkout.Files)]
	g.Updates = slices.DeleteFunc(g.Updates, func(i updater.Item) bool {
		why, refused := verdicts[i.ID]
		if refused {
			r.hold(i.ID, why)
		}
		return refused
	})
}

// group does what is to be done about one group.
func (r *run) group(ctx context.Context, g *group) (Outcome, error) {
	o := Outcome{Group: g.Key, Updates: len(g.Updates)}
	b := r.open[g.branch()]
	if b != nil {
		o.Number, o.URL, o.Title = b.Number, b.URL, b.Title
	}
	switch what := r.decide(g, b); what {
	case Opened, Updated:
		return r.propose(ctx, g, b, o)
	case Touched:
		o.What = Touched
		o.Why = "somebody else has committed to it, so it is left alone; /freshpin recreate would throw those commits away"
		return o, r.sayTouched(ctx, b)
	case Closed:
		return r.closeOne(ctx, b)
	default:
		o.What = what
		o.Why = r.why(what)
		return o, nil
	}
}

// decide says what is to be done about a group that has a pull request, or has none (nil).
func (r *run) decide(g *group, b *branch) What {
	switch {
	case b != nil && r.anyFailed(b):
		return Left
	case len(g.Updates) == 0 && b != nil:
		return Closed
	case len(g.Updates) == 0:
		return Held
	case b == nil && len(r.open) >= r.rules.Repository().Limit:
		return Waiting
	case b == nil:
		return Opened
	case b.touched() && !r.orders.override[b.Branch]:
		return Touched
	case b.Fingerprint != g.fingerprint(r.checkout.Files) || r.orders.rebuild[b.Branch]:
		return Updated
	}
	return Kept
}

func (r *run) why(what What) string {
	switch what {
	case Waiting:
		return fmt.Sprintf("%d pull requests are open, the limit is %d", len(r.open), r.rules.Repository().Limit)
	case Left:
		return "something in it could not be looked up, so it is left alone"
	case Held:
		return "nothing of it can be made"
	}
	return ""
}

// anyFailed reports whether a dependency of a pull request, or its whole file, could not be looked up in this run.
func (r *run) anyFailed(b *branch) bool {
	for n := range r.plan.Items {
		i := &r.plan.Items[n]
		of := func(p Pair) bool {
			return p.ID == i.ID || i.Dependency.Ecosystem == "" && strings.HasPrefix(p.ID, i.File+"#")
		}
		if i.Status == updater.Failed && slices.ContainsFunc(b.Pairs, of) {
			return true
		}
	}
	return false
}

// propose writes the files of a group and publishes them.
func (r *run) propose(ctx context.Context, g *group, b *branch, o Outcome) (Outcome, error) {
	whole := g.fingerprint(r.checkout.Files)
	work, err := updater.Write(ctx, r.tree, g.Updates, r.now)
	if err != nil {
		return o, err
	}
	r.judge(whole, work)
	g.Updates = work.Made
	o.Updates = len(g.Updates)
	if len(g.Updates) == 0 || len(work.Files) == 0 {
		if b != nil {
			return r.closeOne(ctx, b)
		}
		o.What, o.Why = Held, r.why(Held)
		return o, nil
	}
	if b != nil && b.Fingerprint == g.fingerprint(r.checkout.Files) && !r.orders.rebuild[b.Branch] {
		o.What = Kept // a tool took out what made the difference
		return o, nil
	}
	pr, err := r.send(ctx, g, b, work)
	if errors.Is(err, forge.ErrTouched) {
		o.What, o.Why = Touched, "somebody else has committed to "+g.branch()
		return o, nil
	}
	if err != nil {
		return o, err
	}
	o.What, o.Number, o.URL, o.Title = Opened, pr.Number, pr.URL, pr.Title
	if b != nil {
		o.What = Updated
	}
	return o, nil
}

// judge remembers and shows what a tool refused.
func (r *run) judge(fingerprint string, work *updater.Work) {
	if len(work.Held) == 0 {
		return
	}
	verdicts := Verdicts{}
	for _, i := range work.Held {
		verdicts[i.ID] = i.Reason
		r.hold(i.ID, i.Reason)
	}
	if r.memory.Verdict == nil {
		r.memory.Verdict = map[string]Verdicts{}
	}
	r.memory.Verdict[fingerprint] = verdicts
}

// hold shows an update as held in the plan.
func (r *run) hold(id string, why ecosystems.Reason) {
	for n := range r.plan.Items {
		if i := &r.plan.Items[n]; i.ID == id {
			i.Status, i.Reason = updater.Held, why
		}
	}
}

// send words the change and publishes it.
func (r *run) send(ctx context.Context, g *group, b *branch, work *updater.Work) (forge.PullRequest, error) {
	c, err := r.change(ctx, g, b, work)
	if err != nil {
		return forge.PullRequest{}, err
	}
	pr, err := r.Forge.Publish(ctx, r.repo, c)
	if err != nil {
		return pr, err
	}
	if unchecked := pr.Author == workflowBot; unchecked != r.memory.Unchecked {
		r.memory.Unchecked = unchecked
		if c, err = r.change(ctx, g, &branch{PullRequest: pr}, work); err == nil {
			c.Keep = true
			pr, err = r.Forge.Publish(ctx, r.repo, c)
		}
	}
	if err == nil {
		r.open[g.branch()] = &branch{pr, mark{Group: g.Key, Head: pr.Head}}
		r.memory.Open[g.branch()] = pr.Number
	}
	return pr, err
}

// change is what is to be published of a group.
func (r *run) change(ctx context.Context, g *group, b *branch, work *updater.Work) (forge.Change, error) {
	p := r.pull(ctx, g, work)
	text, err := r.Message.Pull(p)
	if err != nil {
		return forge.Change{}, err
	}
	c := forge.Change{
		Branch: g.branch(), Base: r.checkout.Branch, Parent: r.checkout.Commit, Tree: r.checkout.Tree,
		Files: work.Files, Entries: r.checkout.Files,
		Message: text.Commit, Title: text.Title, Fingerprint: g.fingerprint(r.checkout.Files),
		Labels: labels(g), Reviewers: reviewers(g), Automerge: r.checkout.AutoMerge && automerge(g),
	}
	m := mark{g.Key, c.Fingerprint, "", g.pairs()}
	c.Body = func(head string) string {
		m.Head = head
		p.State = m.encode()
		if text, err := r.Message.Pull(p); err == nil { // it was worded above: only the state is another
			return text.Body
		}
		return text.Body
	}
	if b != nil {
		c.Number, c.Was, c.Force = b.Number, b.PullRequest.Head, r.orders.override[b.Branch]
	}
	return c, nil
}

// labels, reviewers: those of any update of the group. Merged automatically is only what all of them allow.
func labels(g *group) []string {
	return all(g, func(i *updater.Item) []string { return i.Policy.Proposal.Labels })
}

func reviewers(g *group) []string {
	return all(g, func(i *updater.Item) []string { return i.Policy.Proposal.Reviewers })
}

func all(g *group, of func(*updater.Item) []string) []string {
	set := map[string]bool{}
	for n := range g.Updates {
		for _, word := range of(&g.Updates[n]) {
			set[word] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// automerge reports whether every update of the group may be merged when its checks pass: never a floating digest.
func automerge(g *group) bool {
	for n := range g.Updates {
		i := &g.Updates[n]
		if !i.Policy.Proposal.Automerge || floating(i) {
			return false
		}
	}
	return true
}

// sayTouched tells once that a branch is left to the person who committed to it.
func (r *run) sayTouched(ctx context.Context, b *branch) error {
	talker, ok := r.Forge.(forge.Talker)
	if !ok || slices.Contains(r.memory.Told, b.Number) {
		return nil
	}
	r.memory.Told = append(r.memory.Told, b.Number)
	return r.say(ctx, talker, b.Number, "touched", nil)
}

// closeRest closes the pull requests that belong to no group any more.
func (r *run) closeRest(ctx context.Context, list []*group) error {
	wanted := map[string]bool{}
	for _, g := range list {
		wanted[g.branch()] = true
	}
	for _, name := range slices.Sorted(maps.Keys(r.open)) {
		b := r.open[name]
		if wanted[name] {
			continue
		}
		o, err := r.closeOne(ctx, b)
		if stops(err) {
			return err
		}
		if err != nil {
			o.What, o.Why = Broken, err.Error()
		}
		r.report.Groups = append(r.report.Groups, o)
	}
	return nil
}

func (r *run) closeOne(ctx context.Context, b *branch) (Outcome, error) {
	o := Outcome{Group: b.Group, Number: b.Number, URL: b.URL, Title: b.Title, Updates: len(b.Pairs)}
	switch {
	case r.anyFailed(b):
		o.What, o.Why = Left, r.why(Left)
		return o, nil
	case b.touched() && !r.orders.override[b.Branch]:
		o.What, o.Why = Touched, "nothing is left to do, but somebody else has committed to it"
		return o, r.sayTouched(ctx, b)
	}
	o.What, o.Why = Closed, r.whyClosed(b)
	err := r.Forge.Close(ctx, r.repo, b.PullRequest, o.Why)
	if err == nil {
		delete(r.open, b.Branch)
		delete(r.memory.Open, b.Branch)
	}
	return o, err
}

// whyClosed says in one sentence why nothing is left to do.
func (r *run) whyClosed(b *branch) string {
	if slices.Contains(r.memory.Split, b.Group) {
		return "Its updates come one by one now, as /freshpin split asked."
	}
	for _, p := range b.Pairs {
		for n := range r.plan.Items {
			i := &r.plan.Items[n]
			if i.ID == p.ID && i.Status == updater.Skipped {
				return fmt.Sprintf("Nothing is left to update here: %s: %s.", i.Dependency.Name, i.Reason.Text)
			}
		}
	}
	return "Nothing is left to update here: " + r.checkout.Branch + " has all of it, or what was updated is gone."
}

// beyond returns the newer version, "" where it is the one proposed.
func beyond(i *updater.Item, newer string) string {
	if newer == i.Target.Version.Text || newer == i.Current || i.Band == version.Major.String() {
		return ""
	}
	return newer
}
