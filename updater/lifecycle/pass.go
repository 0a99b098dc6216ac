package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
)

// A Pass holds the options of one pass. The zero Pass has no state of the repository,
// reads everything, and does everything.
type Pass struct {
	Was     Known  // Report.Was of an earlier pass, with which the repository needs one request, and one for each other base branch
	Settled string // Report.Settled of the last pass: if commit and plan are the same, the pass ends early
	Observe bool   // make the plan and the memory, but write nothing to the forge
	Quiet   string // why this pass opens and rebuilds no pull requests because of the schedule; "" if it may
	// Next returns when the schedule of a rule is due after a time, in a time zone; nil
	// to ignore such schedules.
	Next   func(cron, zone string, after time.Time) time.Time
	Watch  bool     // get the status of the open pull requests, if the forge supports it; one request, none without pull requests
	Ticked []string // items to propose anyway, in addition to those ticked in the dashboard
}

// openRepository opens the repository, with one request if it is known.
func (r *run) openRepository(ctx context.Context) (*forge.Checkout, error) {
	if r.can.Reopener != nil && r.pass.Was.Branch != "" {
		return r.can.Reopener.Revisit(ctx, r.pass.Was.Checkout)
	}
	return r.Forge.Open(ctx, r.repo)
}

// kept returns the part of a checkout that can be reused in the next pass.
func kept(c *forge.Checkout) forge.Checkout {
	return forge.Checkout{
		Repo: c.Repo, Branch: c.Branch, Commit: c.Commit, Tree: c.Tree, URL: c.URL,
		AutoMerge: c.AutoMerge, CanWrite: c.CanWrite, Issues: c.Issues,
	}
}

// fastPath makes the plan before any other request. It reports whether the pass is
// done after that, because it proposes nothing or nothing has changed.
func (r *run) fastPath(ctx context.Context) (done bool, err error) {
	r.Choose(nil, r.pass.Ticked)
	if err := r.makePlan(ctx); err != nil {
		return r.pass.Observe, r.onlyIf(r.pass.Observe, err)
	}
	settled := r.settled()
	switch {
	case r.pass.Observe:
		r.report.Settled = settled
		r.report.Unchanged = settled == r.pass.Settled
		for _, b := range r.Readable() {
			r.Memory.Offers(b.Plan.Items) // marks refused updates
		}
	case settled == r.pass.Settled:
		r.report.Settled, r.report.Unchanged = settled, true
	default:
		return false, nil
	}
	r.watch(ctx)
	return true, r.save(ctx)
}

// watch gets the status of the open pull requests. If the request fails, the status is
// unknown and the pass continues.
func (r *run) watch(ctx context.Context) {
	numbers := slices.Sorted(maps.Values(r.Memory.Open))
	if r.can.StatusReader == nil || !r.pass.Watch || len(numbers) == 0 {
		return
	}
	found, err := r.can.StatusReader.PullStatuses(ctx, r.repo, numbers)
	if err != nil {
		r.warn(err.Error())
	}
	r.report.PullStatuses = map[int]forge.PullRequestStatus{}
	for _, n := range numbers {
		r.report.PullStatuses[n] = found[n]
	}
}

// onlyIf drops an error about broken settings, which a later step shows on the dashboard,
// unless the pass only observes.
func (r *run) onlyIf(observe bool, err error) error {
	var broken *config.Error
	if observe || !errors.As(err, &broken) {
		return err
	}
	return nil
}

// settled returns an identifier of the state of the repository and the plan. If it is
// the same as after the last pass, there is nothing to do.
func (r *run) settled() string {
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, r.home.Commit, r.pass.Observe) // writing to a hash cannot fail
	for _, b := range r.report.Bases {
		_, _ = fmt.Fprintln(sum, b.Name, b.Commit, b.Err)
	}
	// What pull requests and the dashboard show of an item; a field that they newly show
	// belongs here. Dates and ages do not: they change while nothing is to be done.
	for i := range r.Items() {
		why := i.Reason.Text
		if i.Reason.Code == ecosystems.Cooldown {
			why = "" // contains an age, which changes every hour
		}
		_, _ = fmt.Fprintf(sum, "%q %q %q %q %q %q %q %q %q %v %q\n", i.ID, i.Status, i.Band, i.Target.Version.Text, i.Target.Digest,
			i.Safe, i.Minor, i.Latest, why, i.Policy.Proposal, i.Notes)
		for _, a := range i.Advisories {
			_, _ = fmt.Fprintln(sum, a.ID, a.Severity, a.Fixed)
		}
	}
	for _, cron := range r.Schedules() {
		_, _ = fmt.Fprintln(sum, cron, r.Due(cron))
	}
	for _, i := range r.Memory.Ignored {
		_, _ = io.WriteString(sum, i.Name+"\n")
	}
	for _, b := range r.bases {
		if b.checks == nil {
			continue
		}
		for _, f := range b.checks.Findings {
			_, _ = fmt.Fprintln(sum, b.Name, f.ID, f.Mode)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:32]
}

// whole reports whether another pass would have nothing to do as long as commit and
// plan stay the same. It is false if a write failed, was deferred or postponed, if a base
// cannot be read, and if an update is left to another bot, because the fate of that bot's
// pull request changes neither. A missing base is part of Settled.
func (r *run) whole() bool {
	if r.Elsewhere || slices.ContainsFunc(r.Bases, func(b *decide.Base) bool { return b.Err != nil && !errors.Is(b.Err, forge.ErrNotFound) }) {
		return false
	}
	for _, o := range r.Outcomes {
		if o.What == decide.Broken {
			return false
		}
	}
	return r.report.Later == nil && !r.Postponed
}

// later records a deferred write, which is not a failure, and returns any other error.
func (r *run) later(err error) error {
	var l *forge.Deferred
	if !errors.As(err, &l) {
		return err
	}
	if r.report.Later == nil || r.report.Later.Until.Before(l.Until) {
		r.report.Later = l
	}
	return nil
}
