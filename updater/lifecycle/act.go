package lifecycle

import (
	"context"
	"errors"
	"slices"

	"github.com/freshpin/freshpin/updater/edit"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
)

// publish updates the pull requests of all bases according to their plans.
func (r *run) publish(ctx context.Context) error {
	if err := r.observe(ctx); err != nil {
		return err
	}
	for a := range r.Actions() {
		if err := r.carryOut(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// observe finds out what the decisions need besides the plans: files that must not be
// changed, and the fixes of the checklist.
func (r *run) observe(ctx context.Context) error {
	for _, b := range r.opened() {
		b.Fixes = b.hardening()
		if err := b.readLocks(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readLocks finds out, before the first attempt, which of the files with updates the
// login may not change.
func (r *base) readLocks(ctx context.Context) error {
	if r.can.Locker == nil || !r.CanWrite {
		return nil
	}
	var files []string
	for n := range r.Plan.Items {
		if i := &r.Plan.Items[n]; i.Status == plan.Update {
			for _, e := range i.Edits {
				files = append(files, e.At.File)
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	slices.Sort(files)
	var err error
	r.Locked.Files, r.Locked.Why, err = r.can.Locker.Locked(ctx, r.repo, slices.Compact(files))
	return err
}

// carryOut executes an action and records its outcome. It also records an error that
// concerns only one pull request, and returns any other error.
func (r *run) carryOut(ctx context.Context, a decide.Action) error {
	switch a.Do {
	case decide.Answer:
		return r.say(ctx, a.Number, a.Kind, a.About)
	case decide.Warn:
		r.warn(a.Why)
		return nil
	case decide.Deny:
		return &forge.Denied{Repo: r.repo, Code: forge.NoPermission, Reason: a.Why}
	}
	o, err := r.act(ctx, a)
	if stops(err) && a.Group != nil && r.guarded(a.Group, err) {
		err = errors.New(err.Error()) // removes the type, since the error concerns only this group
	}
	if stops(err) {
		return err
	}
	if err != nil {
		o.What, o.Why = decide.Broken, err.Error()
		if r.later(err) == nil {
			o.What = decide.Waiting
		}
	}
	r.Note(o)
	return nil
}

// stops reports whether an error concerns the whole repository and not only one pull request.
func stops(err error) bool {
	var refused *forge.Denied
	return errors.As(err, &refused) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// guarded reports whether a group may have been refused because of a permission that
// only its own files need, so that the other groups can still be proposed.
func (r *run) guarded(g *decide.Group, err error) bool {
	var refused *forge.Denied
	return r.can.Locker != nil && errors.As(err, &refused) && refused.Code == forge.NoPermission && slices.ContainsFunc(g.Updates, func(i plan.Item) bool {
		return slices.ContainsFunc(i.Edits, func(e plan.Edit) bool { return r.can.Locker.Guards(e.At.File) })
	})
}

// act executes the action for one pull request.
func (r *run) act(ctx context.Context, a decide.Action) (decide.Outcome, error) {
	switch a.Do {
	case decide.Leave:
		return a.Outcome, r.leaveTouched(ctx, a.Branch)
	case decide.Close:
		return a.Outcome, r.close(ctx, a)
	case decide.Complete:
		return a.Outcome, r.complete(ctx, a)
	case decide.Write:
		return r.write(ctx, a)
	case decide.Harden:
		return r.baseOf(a).sendHardening(ctx, a)
	}
	return a.Outcome, nil
}

// leaveTouched leaves a branch to the person who has committed to it, and comments once.
func (r *run) leaveTouched(ctx context.Context, b *decide.Branch) error {
	if r.can.Commenter == nil || r.ToldTouched(b) {
		return nil
	}
	r.Memory.Told = append(r.Memory.Told, b.Number)
	return r.say(ctx, b.Number, "touched", nil)
}

func (r *run) close(ctx context.Context, a decide.Action) error {
	text, err := r.comment("closed", a.Outcome.Why)
	if err == nil {
		err = r.Forge.Close(ctx, r.repo, a.Branch.PullRequest, text)
	}
	if err == nil {
		r.Closed(a.Branch)
	}
	return err
}

// complete adds labels and reviewers that an interrupted pass may not have set. A pull
// request in the memory is complete.
func (r *run) complete(ctx context.Context, a decide.Action) error {
	g, b, checkout := a.Group, a.Branch, r.baseOf(a).checkout
	c := forge.Change{
		Branch: b.Branch, Base: checkout.Branch, Number: b.Number, Was: b.PullRequest.Head, Keep: true,
		Title: b.Title, Body: func(string) string { return b.Body }, Automerge: checkout.AutoMerge && automerge(g),
	}
	addPeople(&c, g)
	_, err := r.Forge.Publish(ctx, r.repo, c)
	return err
}

// write makes the updates of a group and executes the next action.
func (r *run) write(ctx context.Context, a decide.Action) (decide.Outcome, error) {
	b, g := r.baseOf(a), a.Group
	whole := g.Fingerprint(b.Files) // before Keep: the next pass asks for the same updates again
	work, err := edit.Write(ctx, b.tree, g.Updates, r.now)
	if err != nil {
		return a.Outcome, err
	}
	b.judge(whole, work)
	g.Keep(work.Made)
	a = r.Made(a, len(work.Files))
	if a.Do != decide.Publish {
		return r.act(ctx, a)
	}
	pr, err := b.send(ctx, g, a.Branch, work)
	return r.published(ctx, a, pr, err)
}

// published records the result of publishing.
func (r *run) published(ctx context.Context, a decide.Action, pr forge.PullRequest, err error) (decide.Outcome, error) {
	if errors.Is(err, forge.ErrTouched) {
		return r.act(ctx, a.Leave())
	}
	if err != nil {
		return a.Outcome, err
	}
	return r.Published(a, pr), nil
}

// judge marks updates that a tool has refused, and remembers the refusals. Updates that the tool could not check are Failed.
func (r *base) judge(fingerprint string, work *edit.Work) {
	verdicts := decide.Verdicts{}
	for _, i := range work.Held {
		// Not remembered: the tool may judge it in the next pass.
		if slices.Contains(work.Unasked, i.ID) {
			r.End(i.ID, plan.Failed, i.Reason)
			continue
		}
		r.End(i.ID, plan.Held, i.Reason)
		verdicts[i.ID] = i.Reason
	}
	if len(verdicts) == 0 {
		return
	}
	if r.Memory.Verdict == nil {
		r.Memory.Verdict = map[string]decide.Verdicts{}
	}
	r.Memory.Verdict[fingerprint] = verdicts
}

// baseOf returns the base of an action with its checkout.
func (r *run) baseOf(a decide.Action) *base {
	return r.bases[slices.IndexFunc(r.bases, func(b *base) bool { return b.Base == a.Base })]
}
