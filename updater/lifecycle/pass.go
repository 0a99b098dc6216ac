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

// A Pass says what is special about one pass. The zero Pass knows nothing of
// the repository, asks for everything, and does all there is to do.
type Pass struct {
	Was     Known  // Report.Was of an earlier pass: its repository is looked at with one request, and one for each other base branch
	Settled string // Report.Settled of the last pass: where commit and plan are the same, nothing else is asked
	Observe bool   // plan and remember; nothing is proposed, nothing is written to the forge
	Quiet   string // why nothing new is opened and nothing is renewed in this pass: it is not the time; "" where it is
	// Next returns when a schedule of a rule comes first after a time, in a time
	// zone; nil where such schedules do not count.
	Next   func(cron, zone string, after time.Time) time.Time
	Watch  bool     // tell how the open pull requests stand, where the forge can: one request, none without pull requests
	Ticked []string // items to be proposed anyway, beside those ticked in the dashboard
}

// openRepository opens the repository, with one request where it is known.
func (r *run) openRepository(ctx context.Context) (*forge.Checkout, error) {
	if again, ok := r.Forge.(forge.Reopener); ok && r.pass.Was.Branch != "" {
		return again.Revisit(ctx, r.pass.Was.Checkout)
	}
	return r.Forge.Open(ctx, r.repo)
}

// kept is what of a checkout may be kept until the next pass.
func kept(c *forge.Checkout) forge.Checkout {
	return forge.Checkout{
		Repo: c.Repo, Branch: c.Branch, Commit: c.Commit, Tree: c.Tree, URL: c.URL,
		AutoMerge: c.AutoMerge, CanWrite: c.CanWrite, Issues: c.Issues,
	}
}

// fastPath makes the plan before anything else is asked. It reports whether the
// pass is done with that: nothing is to be proposed, or nothing has changed.
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
			r.Memory.Offers(b.Plan.Items) // shows what was refused
		}
	case settled == r.pass.Settled:
		r.report.Settled, r.report.Unchanged = settled, true
	default:
		return false, nil
	}
	r.watch(ctx)
	return true, r.save(ctx)
}

// watch asks how the open pull requests stand. What cannot be asked is not known
// any more: it is no reason to fail.
func (r *run) watch(ctx context.Context) {
	watcher, ok := r.Forge.(forge.StatusReader)
	numbers := slices.Sorted(maps.Values(r.Memory.Open))
	if !ok || !r.pass.Watch || len(numbers) == 0 {
		return
	}
	found, err := watcher.PullStatuses(ctx, r.repo, numbers)
	if err != nil {
		r.warn(err.Error())
	}
	r.report.PullStatuses = map[int]forge.PullRequestStatus{}
	for _, n := range numbers {
		r.report.PullStatuses[n] = found[n]
	}
}

// onlyIf drops an error that will come up again, where it can be shown.
func (r *run) onlyIf(observe bool, err error) error {
	var broken *config.Error
	if observe || !errors.As(err, &broken) {
		return err
	}
	return nil
}

// settled names the state of the repository and of the plan: where it is the
// same as it was after the last pass, that pass would do nothing now.
func (r *run) settled() string {
	sum := sha256.New()
	_, _ = fmt.Fprintln(sum, r.home.Commit, r.pass.Observe) // a hash takes everything
	for _, b := range r.report.Bases {
		_, _ = fmt.Fprintln(sum, b.Name, b.Commit, b.Err)
	}
	for i := range r.Items() {
		why := i.Reason.Text
		if i.Reason.Code == ecosystems.Cooldown {
			why = "" // it counts the hours
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

// whole reports whether nothing was left undone that another pass could do
// although nothing changes meanwhile. What becomes of another bot's pull request
// changes neither commit nor plan. That a base is not there stands in Settled.
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

// later takes note of what may be done another time: that is no failure.
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
