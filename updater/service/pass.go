package service

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/service/gate"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/service/runlog"
	"github.com/freshpin/freshpin/updater/service/telemetry"
	"github.com/freshpin/freshpin/updater/store"
)

// The triggers of a pass.
const (
	bySchedule     = "schedule"
	byInstallation = "installation" // the repository's first pass
	byPush         = "push"
	byCommand      = "command"  // a comment, or a ticked checkbox in the dashboard
	byPull         = "pull"     // an event of a pull request of Freshpin
	byRegistry     = "registry" // a pushed image
	byPerson       = "person"   // a request on the pages
	byChange       = "change"   // a change of the repository: renamed, unarchived
	byLoss         = "made-up"  // the job of a requested pass was lost
)

// Repository runs the pass of a job. It implements queue.Work.
func (s *Service) Repository(ctx context.Context, id int64, job queue.Repository) error {
	repo, err := s.repositories.ByID(ctx, job.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && repo.Removed {
		return nil
	}
	if err != nil {
		return err
	}
	if stopped, err := gate.Stopped(ctx, s.processes); err != nil || stopped {
		return cmp.Or[error](err, &queue.Later{After: whileStopped, Why: "the operator has stopped all work"})
	}
	ctx, leave, err := s.take(ctx, repo)
	if err != nil {
		return err
	}
	defer leave()
	release, err := s.hold(ctx, leaseOf(repo.ID))
	if errors.Is(err, store.ErrTaken) {
		return &queue.Later{After: time.Second, Why: "another pass over " + repo.Name + " is running"}
	}
	if err != nil {
		return err
	}
	defer release()
	// A job may run twice; a pass whose number was done before does not begin.
	begun, err := s.passes.Begin(ctx, repo.ID, job.Generation)
	if err != nil || !begun {
		return err
	}
	p := &pass{Service: s, repo: repo, job: job, id: id, began: s.o.Now(), log: &runlog.Log{Hide: s.o.Hide}}
	return p.run(ctx)
}

// Parked marks a repository whose passes are discarded. It implements queue.Work.
func (s *Service) Parked(ctx context.Context, id int64, job queue.Repository, why string) error {
	repo, err := s.repositories.ByID(ctx, job.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.o.Log.WarnContext(ctx, "passes over a repository are discarded", "repo", repo.Name, "job", id, "reason", why)
	f := store.Finished{Repository: repo, Generation: job.Generation}
	f.Repository.State, f.Repository.Why = store.Broken, why
	f.Run = store.Run{
		Repository: repo.ID, Repo: repo.Name, Job: id, Trigger: job.Trigger, Began: s.o.Now(),
		Outcome: "failed", Error: why, Totals: repo.Totals,
	}
	return s.passes.Finish(ctx, f)
}

// whileStopped is how often a job checks whether the stop switch is still on.
const whileStopped = 15 * time.Second

// A pass is one attempt of a job.
type pass struct {
	*Service
	repo  store.Repository
	job   queue.Repository
	id    int64 // the job's ID
	began time.Time
	again time.Time // when the next pass is due before the schedule; zero for none
	log   *runlog.Log
}

// run makes the pass and stores its results, whatever the outcome.
func (p *pass) run(ctx context.Context) (err error) {
	ctx = telemetry.With(ctx, "repo", p.repo.Name, "job", p.id)
	ctx, end := telemetry.Start(ctx, "pass", map[string]string{"repository": p.repo.Name, "trigger": p.job.Trigger})
	defer func() { end(err) }()
	ctx, lookups := p.o.Count(ctx)
	ctx = p.since(ctx)
	scope := p.o.Scope(p.repo)
	ticked, err := p.pins.Ticks(ctx, p.repo.ID)
	if err != nil {
		return err
	}
	g := &gate.Forge{Hub: p.o.Hub, Passes: p.passes, Processes: p.processes, Repository: p.repo.ID, PerHour: p.o.PullRequestsPerHour}
	report, err := p.reconciler(g).Pass(ctx, p.repo.Name, lifecycle.Pass{
		Was: p.was(), Settled: p.settled(), Observe: scope.Observe, Watch: true, Quiet: p.quiet(), Ticked: ticked, Next: p.nextOfRule,
	})
	err = cmp.Or[error](err, g.Lost) // the job is retried
	if long := (errLong{}); err != nil && errors.As(context.Cause(ctx), &long) {
		err = fmt.Errorf("%w: %w", long, err)
	}
	f := p.finished(report, err)
	p.log.Report(report, err)
	f.Run.Log = p.log.Text()
	f.Tell, f.TellPull = p.tell(f.Pins), p.tellRed(p.repo)
	f.Run.Lookups, f.Run.Cached = lookups()
	return p.keep(ctx, f, report, ticked, err)
}

// reconciler returns the life cycle for this pass.
func (p *pass) reconciler(g *gate.Forge) *lifecycle.Reconciler {
	planner := p.o.Planner
	planner.Ecosystems, planner.Explain = p.o.Ecosystems(), true
	k := &lifecycle.Reconciler{
		Forge:   g,
		Planner: planner,
		Rules:   func(tree fs.FS, base string, home bool) lifecycle.Rules { return p.o.Rules(p.repo, tree, base, home) },
		Message: p.o.Message,
		Now:     p.o.Now(),
		Log:     p.log.Logger(p.o.Log),
	}
	if p.o.Check != nil {
		k.Check = p.o.Check()
	}
	return k
}

// was returns the state from the last pass; an empty one if events may have been lost.
func (p *pass) was() lifecycle.Known {
	if p.repo.Unsure || p.stale() {
		return lifecycle.Known{}
	}
	return knownOf(p.repo)
}

// knownOf decodes the state that the last pass stored.
func knownOf(repo store.Repository) (k lifecycle.Known) {
	if json.Unmarshal([]byte(repo.Known), &k) != nil {
		return lifecycle.Known{}
	}
	return k
}

// settled returns the result of the last pass if it is still valid. It is not valid
// without webhooks or after an event.
func (p *pass) settled() string {
	if p.repo.Unsure || p.stale() || !p.o.Events {
		return ""
	}
	switch p.job.Trigger {
	// Nothing happened in the repository: what a registry published shows in the plan,
	// which is made anyway. After any other event the pull requests must be read.
	case bySchedule, byRegistry, byInstallation:
		return p.repo.Settled
	}
	return ""
}

// stale reports whether the pass must read everything again, in case events were lost.
func (p *pass) stale() bool { return p.began.Sub(p.repo.Asked) > p.o.Resync }

// quiet says why this pass opens no new pull requests: it was not requested by
// people, and the repository's schedule is not due.
func (p *pass) quiet() string {
	switch p.job.Trigger {
	case byPush, byPull, byChange, byLoss:
		if p.repo.Cron != "" {
			return "waiting for the schedule: " + p.repo.Cron
		}
	}
	return ""
}

// nextOfRule returns when a rule's schedule is due after t.
func (p *pass) nextOfRule(cron, zone string, t time.Time) time.Time {
	return p.next(p.repo.Name, cron, zone, t)
}

// finished converts the results of the pass for the store.
func (p *pass) finished(r *lifecycle.Report, err error) store.Finished {
	now := p.o.Now()
	f := store.Finished{Repository: p.repo, Generation: p.job.Generation, Whole: true}
	f.Run = store.Run{
		Repository: p.repo.ID, Repo: p.repo.Name, Job: p.id, Trigger: p.job.Trigger, Began: p.began, Took: now.Sub(p.began),
		Commit: r.Was.Commit, Reads: r.Reads, Writes: r.Writes, Outcome: "done", Totals: p.repo.Totals,
	}
	repo := &f.Repository
	repo.Looked, repo.Unsure, repo.Why = now, false, ""
	if r.Was.Branch != "" {
		repo.Branch, repo.URL, repo.Commit = r.Was.Branch, r.Was.URL, r.Was.Commit
		if known, err := json.Marshal(r.Was); err == nil {
			repo.Known = string(known)
		}
	}
	f.Findings, f.PullStatuses = findingsOf(r), pullStatuses(r.PullStatuses)
	repo.State, repo.Settled = store.Proposing, r.Settled
	if p.o.Scope(p.repo).Observe {
		repo.State = store.Observed
	}
	switch {
	case err != nil:
		p.failed(&f, err)
	case r.Unchanged:
		f.Run.Outcome = "unchanged"
	}
	if err == nil && r.Plan != nil {
		p.found(&f, r)
	}
	if err == nil {
		p.unread(&f, r)
	}
	return f
}

// unread records the base branches that could not be read. A missing branch needs a
// person; any other is retried.
func (p *pass) unread(f *store.Finished, r *lifecycle.Report) {
	for _, b := range r.Bases {
		if b.Err == nil {
			continue
		}
		why := p.o.Hide(b.Err.Error())
		f.Repository.State, f.Repository.Why, f.Run.Error = store.Broken, why, why
		if soon := p.o.Now().Add(10 * time.Minute); !errors.Is(b.Err, forge.ErrNotFound) && (p.again.IsZero() || soon.Before(p.again)) {
			p.again = soon
		}
	}
}

// found adds the findings in the repository. If nothing has changed, it keeps the
// pull requests of the last pass.
func (p *pass) found(f *store.Finished, r *lifecycle.Report) {
	if transient(r) {
		p.again = p.o.Now().Add(time.Hour)
	}
	if slices.ContainsFunc(r.Groups, func(o decide.Outcome) bool { return o.What == decide.Broken }) {
		p.again = p.o.Now().Add(10 * time.Minute)
	}
	if r.Later != nil {
		p.again = r.Later.Until
		if p.again.IsZero() {
			p.again = p.o.Now().Add(time.Hour)
		}
	}
	if r.Unchanged && f.Repository.State == store.Proposing {
		return
	}
	f.Pins = pinsOf(r)
	f.Pulls = pullsOf(r, p.o.Now())
	f.Run.Totals = totals(f.Pins)
	f.Repository.Totals = f.Run.Totals
	f.Repository.Asked = p.o.Now()
}

// failed records the error that ended a pass.
func (p *pass) failed(f *store.Finished, err error) {
	repo, run := &f.Repository, &f.Run
	run.Outcome, run.Error = "failed", p.o.Hide(err.Error())
	repo.Settled = ""
	var refused *forge.Denied
	var broken *config.Error
	switch {
	case errors.As(err, &refused) && refused.Code == forge.RateLimited:
		f.Whole = false
		repo.State, repo.Why = p.repo.State, p.repo.Why
	case errors.As(err, &refused):
		run.Outcome, repo.State, repo.Why = "refused", store.Refused, refused.Reason
	case errors.As(err, &broken):
		run.Outcome, repo.State, repo.Why = "broken", store.Broken, run.Error
	case errors.Is(err, context.Canceled):
		run.Outcome, f.Whole = "stopped", false
		repo.State, repo.Why = p.repo.State, p.repo.Why
	default:
		repo.State, repo.Why, f.Whole = store.Broken, run.Error, false
	}
}

// keep stores the results, even while the process is shutting down, because
// completed work must not be repeated.
func (p *pass) keep(ctx context.Context, f store.Finished, r *lifecycle.Report, ticked []string, err error) error {
	of := ctx
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	p.o.Log.InfoContext(ctx, "pass", "trigger", f.Run.Trigger, "outcome", f.Run.Outcome, "took", f.Run.Took.Round(time.Millisecond).String(),
		"reads", f.Run.Reads, "writes", f.Run.Writes, "lookups", f.Run.Lookups, "pins", f.Run.Totals.Pins, "error", f.Run.Error)
	e := p.passes.Finish(ctx, f)
	p.watch(f, r, errors.Join(err, e))
	if e != nil {
		return errors.Join(err, e)
	}
	if !f.Whole {
		// The first context knows why it ended; the one for storing has no cause.
		return p.tryAgain(of, err)
	}
	if e := p.plan(ctx, r); e != nil {
		return e
	}
	return p.pins.Untick(ctx, p.repo.ID, done(ticked, f.Pins))
}

// tryAgain returns the error that makes the queue retry an unfinished pass, with its time.
func (p *pass) tryAgain(ctx context.Context, err error) error {
	var refused *forge.Denied
	switch {
	case errors.Is(context.Cause(ctx), errYield):
		return &queue.Later{After: yieldFor, Why: errYield.Error()}
	case errors.As(err, &refused): // rate-limited
		return &queue.Later{After: time.Minute, Why: refused.Reason}
	case errors.Is(err, context.Canceled):
		return &queue.Later{After: 0, Why: "the process was stopped"}
	}
	return err
}

// plan stores when the repository is due next: on its schedule, or sooner if something
// was left undone.
func (p *pass) plan(ctx context.Context, r *lifecycle.Report) error {
	cron, zone := p.repo.Cron, p.repo.Timezone
	if r.Plan != nil {
		cron, zone = r.Rules.Schedule, r.Rules.Timezone
	}
	next := p.repo.Next
	if cron != p.repo.Cron || zone != p.repo.Timezone || next.IsZero() {
		next = p.next(p.repo.Name, cron, zone, p.o.Now())
	}
	for _, sooner := range []time.Time{p.again, r.Next} {
		if !sooner.IsZero() && sooner.Before(next) {
			next = sooner
		}
	}
	if cron == p.repo.Cron && zone == p.repo.Timezone && next.Equal(p.repo.Next) {
		return nil
	}
	return p.passes.SetSchedule(ctx, p.repo.ID, cron, zone, next)
}

// done returns the ticked updates that are finished: no newer version is left, or the pin is gone.
func done(ticked []string, pins []store.Pin) []string {
	if pins == nil {
		return nil
	}
	open := map[string]bool{}
	for _, p := range pins {
		open[p.ID] = p.Status != plan.Current
	}
	var list []string
	for _, id := range ticked {
		if !open[id] {
			list = append(list, id)
		}
	}
	return list
}
