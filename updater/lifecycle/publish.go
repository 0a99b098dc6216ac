package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/plan"
)

// workflowBot is the author of pull requests that a workflow's own token
// opened. Checks do not start for those (GitHub docs, "Automatic token
// authentication").
const workflowBot = "github-actions[bot]"

// publish brings the pull requests of all bases in step with their plans.
func (r *run) publish(ctx context.Context) error {
	if err := r.answer(ctx); err != nil {
		return err
	}
	if err := r.closeStrays(ctx); err != nil { // first: a branch may be needed again
		return err
	}
	current := map[string]bool{}
	for _, b := range r.readable() {
		if err := b.publish(ctx, current); err != nil {
			return err
		}
	}
	r.noteTimes()
	if len(r.readable()) == len(r.bases) {
		r.memory.forgetVerdicts(current)
	}
	return nil
}

// publish brings the pull requests of the base in step with its plan, and notes
// the fingerprints of the groups there are.
func (r *base) publish(ctx context.Context, current map[string]bool) error {
	offers := r.leaveToOthers(r.memory.offers(r.plan.Items))
	if len(offers) > 0 && !r.checkout.CanWrite {
		return &forge.Denied{Repo: r.repo, Code: forge.NoPermission, Reason: fmt.Sprintf("%s may be read but not written, so %s %s not proposed", r.repo, plan.Count(len(offers), "update"), plan.Are(len(offers)))}
	}
	offers, err := r.unlocked(ctx, offers)
	if err != nil {
		return err
	}
	list := groups(offers, r.memory, r.rules.isChosen)
	if err := r.closeRest(ctx, list); err != nil { // first: that makes room under the limit
		return err
	}
	for _, g := range r.byUrgency(list) {
		current[g.fingerprint(r.checkout.Files)] = true
		r.recallVerdict(g)
		o, err := r.group(ctx, g)
		if stops(err) && r.guarded(g, err) {
			err = errors.New(err.Error()) // it concerns this group alone
		}
		if err := r.note(o, err); err != nil {
			return err
		}
		o = r.report.Groups[len(r.report.Groups)-1]
		if o.What == Waiting || o.What == Broken {
			r.waiting[g.schedule()] = true
		}
		if quiet := r.quiet(g) != "" && g.schedule() == ""; quiet && (o.What == Waiting || o.What == Kept) {
			r.postponed = true
		}
	}
	return nil
}

// stops reports whether an error concerns the whole repository and not one pull request.
func stops(err error) bool {
	var refused *forge.Denied
	return errors.As(err, &refused) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// byUrgency puts groups that have a pull request first: they need no place under
// the limit. Among those, and among the others, security fixes come first.
func (r *run) byUrgency(list []*group) []*group {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b *group) int { return r.rank(a) - r.rank(b) })
	return sorted
}

func (r *run) rank(g *group) (rank int) {
	if r.open[g.branch()] == nil {
		rank = 2
	}
	if !urgent(g.Key) {
		rank++
	}
	return rank
}

// recallVerdict drops the updates that a tool refused before, about the very same content.
func (r *base) recallVerdict(g *group) {
	verdicts := r.memory.Verdict[g.fingerprint(r.checkout.Files)]
	g.Updates = slices.DeleteFunc(g.Updates, func(i plan.Item) bool {
		why, refused := verdicts[i.ID]
		if refused {
			r.end(i.ID, plan.Held, why)
		}
		return refused
	})
}

// group does what is to be done about one group.
func (r *base) group(ctx context.Context, g *group) (Outcome, error) {
	o := Outcome{Group: g.Key, Base: r.branch, Branch: g.branch(), Updates: len(g.Updates), Fixes: g.fixes(), Items: g.ids()}
	b := r.open[g.branch()]
	if b != nil {
		o.Number, o.URL, o.Title = b.Number, b.URL, b.Title
	}
	switch what := r.decide(g, b); what {
	case Opened, Updated:
		return r.propose(ctx, g, b, o)
	case Touched:
		return r.leaveTouched(ctx, b, o)
	case Closed:
		return r.closeOne(ctx, b, nil)
	case Kept:
		o.What = Kept
		return o, r.complete(ctx, g, b)
	case Left:
		o.What, o.Why = Left, r.unsettled(b)
		return o, nil
	default:
		o.What = what
		o.Why = r.why(what, g)
		return o, nil
	}
}

// decide says what is to be done about a group that has a pull request, or has none (nil).
func (r *base) decide(g *group, b *branch) What {
	switch {
	case b != nil && r.unsettled(b) != "":
		return Left
	case len(g.Updates) == 0 && b != nil:
		return Closed
	case len(g.Updates) == 0:
		return Held
	case b == nil && !urgent(g.Key) && !r.chosen[openMark+scoped(g.On, g.Key)] && (r.ordinary() >= r.about.Limit || r.quiet(g) != "" || r.tooSoon(g)):
		return Waiting
	case b == nil:
		return Opened
	case b.touched() && !r.orders.override[b.Branch] && r.toldTouched(b):
		return Touched
	case r.rebuilds(b), b.touched():
		return Updated
	case b.Fingerprint == g.fingerprint(r.checkout.Files):
		return Kept
	case r.quiet(g) != "" && b.Over == g.base(r.checkout.Files):
		return Kept // only what it offers is older than it could be
	}
	return Updated
}

// full says that no more pull requests are opened.
func full(open, limit int) string {
	return fmt.Sprintf("%s %s open, the limit is %d", plan.Count(open, "pull request"), plan.Are(open), limit)
}

// ordinary counts the open pull requests that the limit is about: those of this base, without security fixes.
func (r *base) ordinary() (n int) {
	for _, b := range r.open {
		if !urgent(b.Group) && r.owns(b) {
			n++
		}
	}
	return n
}

func (r *base) why(what What, g *group) string {
	switch what {
	case Waiting:
		if why := r.quiet(g); why != "" {
			return why
		}
		if r.tooSoon(g) {
			return fmt.Sprintf("the last draft for it was opened on %s, and one a month is opened", r.memory.Lines[scoped(g.On, g.Key)].Format(time.DateOnly))
		}
		return full(r.ordinary(), r.about.Limit)
	case Held:
		return "nothing of it can be made"
	}
	return ""
}

// unsettled says why a pull request is left alone in this run: a dependency of
// it could not be looked up, or is not to be seen in a file that could not be
// read, or something newer than it offers is too young yet. "" if nothing is.
func (r *base) unsettled(b *branch) string {
	if urgent(b.Group) && r.plan.Advised.Err != nil {
		return "it mends what is vulnerable, and what that is could not be asked, so it is left alone"
	}
	if r.anyFailed(b) {
		return "something in it could not be looked up, so it is left alone"
	}
	for n := range r.plan.Items {
		i := &r.plan.Items[n]
		of := func(p Pair) bool { return p.ID == i.ID }
		if i.Status == plan.Held && i.Reason.Code == ecosystems.Cooldown && slices.ContainsFunc(b.Pairs, of) {
			return "it stays while something newer waits: " + i.Reason.Text
		}
	}
	return ""
}

func (r *base) anyFailed(b *branch) bool {
	return slices.ContainsFunc(b.Pairs, func(p Pair) bool {
		file, _, _ := strings.Cut(p.ID, "#")
		unread := false
		for n := range r.plan.Items {
			i := &r.plan.Items[n]
			if i.ID == p.ID {
				return i.Status == plan.Failed
			}
			unread = unread || i.File == file && i.Dependency.Skip.Unread()
		}
		return unread
	})
}

// propose writes the files of a group and publishes them.
func (r *base) propose(ctx context.Context, g *group, b *branch, o Outcome) (Outcome, error) {
	whole := g.fingerprint(r.checkout.Files)
	work, err := edit.Write(ctx, r.tree, g.Updates, r.now)
	if err != nil {
		return o, err
	}
	r.judge(whole, work)
	g.keep(work.Made)
	o.Updates = len(g.Updates)
	if b != nil && r.anyFailed(b) {
		o.What, o.Why = Left, r.unsettled(b)
		return o, nil
	}
	if len(g.Updates) == 0 || len(work.Files) == 0 {
		if b != nil {
			return r.closeOne(ctx, b, nil)
		}
		o.What, o.Why = Held, r.why(Held, g)
		return o, nil
	}
	if b != nil && !b.touched() && b.Fingerprint == g.fingerprint(r.checkout.Files) && !r.rebuilds(b) {
		o.What = Kept // a tool took out what made the difference
		return o, nil
	}
	pr, err := r.send(ctx, g, b, work)
	if errors.Is(err, forge.ErrTouched) {
		return r.leaveTouched(ctx, b, o)
	}
	if err != nil {
		return o, err
	}
	o.What, o.Number, o.URL, o.Title = Opened, pr.Number, pr.URL, pr.Title
	if b != nil {
		o.What = Updated
	} else if g.leavesLine() {
		r.memory.openedLine(scoped(g.On, g.Key), r.now)
	}
	return o, nil
}

// complete adds what a run that was cut off may not have come to: labels,
// reviewers. A pull request that is remembered is complete.
func (r *base) complete(ctx context.Context, g *group, b *branch) error {
	if r.known[b.Number] {
		return nil
	}
	_, err := r.Forge.Publish(ctx, r.repo, forge.Change{
		Branch: b.Branch, Base: r.checkout.Branch, Number: b.Number, Was: b.PullRequest.Head, Keep: true,
		Title: b.Title, Body: func(string) string { return b.Body },
		Labels: labels(g), Reviewers: reviewers(g), Assignees: assignees(g), Automerge: r.checkout.AutoMerge && automerge(g),
	})
	return err
}

// judge shows what a tool refused, and remembers it. What it could not be asked about has failed.
func (r *base) judge(fingerprint string, work *edit.Work) {
	verdicts := Verdicts{}
	for _, i := range work.Held {
		if slices.Contains(work.Unasked, i.ID) {
			r.end(i.ID, plan.Failed, i.Reason)
			continue
		}
		r.end(i.ID, plan.Held, i.Reason)
		verdicts[i.ID] = i.Reason
	}
	if len(verdicts) == 0 {
		return
	}
	if r.memory.Verdict == nil {
		r.memory.Verdict = map[string]Verdicts{}
	}
	r.memory.Verdict[fingerprint] = verdicts
}

// end shows in the plan that an update is not proposed after all.
func (r *base) end(id string, status plan.Status, why ecosystems.Reason) {
	for n := range r.plan.Items {
		if i := &r.plan.Items[n]; i.ID == id {
			i.Status, i.Reason = status, why
		}
	}
}

// leaveTouched leaves a branch to the person who committed to it, and tells so once.
func (r *run) leaveTouched(ctx context.Context, b *branch, o Outcome) (Outcome, error) {
	o.What = Touched
	if b == nil {
		o.Why = "a branch of that name exists and is not ours"
		return o, nil
	}
	o.Why = "another author has committed to it, so it is left alone; /freshpin recreate would discard those commits"
	talker, ok := r.Forge.(forge.Commenter)
	if !ok || r.toldTouched(b) {
		return o, nil
	}
	r.memory.Told = append(r.memory.Told, b.Number)
	return o, r.say(ctx, talker, b.Number, "touched", nil)
}

// toldTouched reports whether it was said before that the branch is left to
// somebody else. Until then another commit may be our own, of a run that was
// cut off before it could note it; the forge tells them apart.
func (r *run) toldTouched(b *branch) bool { return slices.Contains(r.memory.Told, b.Number) }
