package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/message/markers"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
)

// A Reconciler manages the pull requests of repositories. It has no state between runs
// and may run for several repositories concurrently.
type Reconciler struct {
	Forge   forge.Forge // its other abilities (forge.Abilities) are used if it has them
	Planner updater.Planner
	// Rules returns the settings for a base branch from the tree of the default branch;
	// home is true for the default branch.
	Rules   func(repo fs.FS, base string, home bool) Rules
	Message *message.Renderer
	Now     time.Time // zero means the time of the run
	Log     *slog.Logger
	Check   *checklist.Checker // judges the files of the repository with the settings and time of the run; nil for no checklist
}

// Rules are the settings of one repository.
type Rules interface {
	plan.Rules
	Repository() config.Repository
}

// A Report is the result of one run for one repository.
type Report struct {
	Repo   string
	Plan   *plan.Plan // for all readable bases; nil if the repository could not be read
	Rules  config.Repository
	Was    Known            // for the next Pass
	Bases  []Base           // if the settings name base branches; else none
	Groups []decide.Outcome // for each base: first closed ones, then formerly open ones
	Board  forge.Issue      // the zero Issue if there is none
	Reads  int              // requests sent to the forge
	Writes int

	// PullStatuses are the statuses of the open pull requests by number, the zero
	// status for unknown. nil if they were not requested.
	PullStatuses map[int]forge.PullRequestStatus

	Checks   *checklist.Report // for the first base; nil if nothing was judged
	Warnings []string          // problems outside the requested updates, one sentence each

	Settled   string          // for the next Pass; "" if something is left to do
	Unchanged bool            // nothing has changed since the last pass, so the pass ended early
	Next      time.Time       // when the schedule of a rule is due next; zero for none
	Later     *forge.Deferred // a write that was deferred; nil for none
}

// A Base is a base branch in the settings of a repository.
type Base struct {
	Name   string
	Commit string // "" if it could not be read
	Err    error  // why it could not be read; its pull requests are left alone
}

// Failed reports whether a lookup or a publication failed.
func (r *Report) Failed() bool {
	if slices.ContainsFunc(r.Bases, func(b Base) bool { return b.Err != nil }) {
		return true
	}
	for _, o := range r.Groups {
		if o.What == decide.Broken {
			return true
		}
	}
	for n := range r.Plan.Items {
		if r.Plan.Items[n].Status == plan.Failed {
			return true
		}
	}
	return false
}

// A run is one pass over one repository.
type run struct {
	*Reconciler
	*decide.State
	can      forge.Abilities
	pass     Pass
	repo     string
	now      time.Time
	home     *forge.Checkout // the default branch, whose settings apply
	settings Rules           // of the default branch; nil until they are read
	bases    []*base         // the bases of the State with their checkouts; nil until they are opened
	version  string          // of the memory
	was      []byte          // memory as read or last saved
	saved    bool            // the memory was saved in this run
	heard    heard
	issue    forge.Issue // dashboard as read
	planned  bool        // the bases have plans
	wishes   string      // users' requests that the plans take into account
	subjects []string    // of the newest commits; nil until they are read
	report   *Report
}

// Run makes a pass over a repository with the zero Pass.
func (k *Reconciler) Run(ctx context.Context, repo string) (*Report, error) {
	return k.Pass(ctx, repo, Pass{})
}

// Pass makes one pass over a repository. It returns an error if it had to stop, because
// of a *forge.Denied, a broken configuration or a cancelled context. Failed lookups and
// publications are in the report.
func (k *Reconciler) Pass(ctx context.Context, repo string, p Pass) (*Report, error) {
	r := &run{Reconciler: k, State: &decide.State{Quiet: p.Quiet, Next: p.Next}, can: forge.AbilitiesOf(k.Forge), pass: p, repo: repo, now: k.Now, report: &Report{Repo: repo}}
	if r.now.IsZero() {
		r.now = time.Now()
	}
	r.Begun = r.now
	before := r.counted(repo)
	err := r.steps(ecosystems.OnBehalf(ctx, repo))
	r.summarize()
	r.report.Groups = r.Outcomes
	after := r.counted(repo)
	r.report.Reads, r.report.Writes = after[0]-before[0], after[1]-before[1]
	return r.report, err
}

// counted returns the number of reads and writes of the forge for the repository so
// far, including those under its old name if it was renamed.
func (r *run) counted(asked string) (n [2]int) {
	if r.can.RequestCounter == nil {
		return n
	}
	for name := range map[string]bool{asked: true, r.repo: true} {
		reads, writes := r.can.RequestCounter.Requests(name)
		n[0] += reads
		n[1] += writes
	}
	return n
}

// steps runs the steps in order. It saves the memory last, even after a failure, so
// that the memory never claims more than was done.
func (r *run) steps(ctx context.Context) error {
	if err := r.read(ctx); err != nil {
		return err
	}
	if r.pass.Settled != "" || r.pass.Observe {
		if done, err := r.fastPath(ctx); done || err != nil {
			return err
		}
	}
	if err := r.syncFeedback(ctx); err != nil {
		return err
	}
	if err := r.makePlan(ctx); err != nil {
		return r.brokenSettings(ctx, err)
	}
	settled := r.settled() // before the actions, which change the plan
	r.outages()
	err := r.publish(ctx)
	if err == nil {
		err = r.later(r.board(ctx))
	}
	r.watch(ctx)
	if err = errors.Join(err, r.save(ctx)); err == nil && r.whole() {
		r.report.Settled = settled
	}
	return err
}

// read opens the repository and reads its memory.
func (r *run) read(ctx context.Context) error {
	var err error
	if r.home, err = r.openRepository(ctx); err != nil {
		return fmt.Errorf("open %s: %w", r.repo, err)
	}
	r.repo = r.home.Repo // may have been renamed, and the old name may become another's
	r.State.Repo, r.Home = r.repo, r.home.Branch
	r.report.Was = Known{Checkout: kept(r.home)}
	return r.recall(ctx)
}

// syncFeedback reads what people have done since the last run.
func (r *run) syncFeedback(ctx context.Context) error {
	list, err := r.Forge.PullRequests(ctx, r.repo, r.Memory.Numbers(r.version != ""))
	if err != nil {
		return err
	}
	r.Known = map[int]bool{}
	for _, number := range r.Memory.Open {
		r.Known[number] = true
	}
	ours := decide.Ours(list)
	gone, err := r.goneBases(ctx, ours)
	if err != nil {
		return err
	}
	r.Open, r.Others = r.Memory.Follow(ours, gone), otherbots.All(list)
	if err := r.listen(ctx); err != nil {
		return err
	}
	for name, b := range r.Open {
		r.Orders.Rebuild[name] = r.Orders.Rebuild[name] || markers.Rebuild(b.Body)
	}
	return r.readBoard(ctx)
}

// recall reads the memory.
func (r *run) recall(ctx context.Context) error {
	r.Memory = &decide.Memory{Schema: 1}
	if r.can.Memory == nil {
		return nil
	}
	data, version, err := r.can.Memory.Recall(ctx, r.repo)
	if err != nil {
		return err
	}
	r.was, r.version = data, version
	if r.Memory, err = decide.ParseMemory(data); err != nil {
		return fmt.Errorf("%s: the state of earlier runs: %w", r.repo, err)
	}
	return nil
}

// save writes the memory if it has changed.
func (r *run) save(ctx context.Context) error {
	data := r.Memory.Document()
	// The state of a repository that is only observed is in the service's database, so it
	// is saved even if the repository cannot be written to.
	if r.can.Memory == nil || string(data) == string(r.was) || !r.home.CanWrite && !r.pass.Observe {
		return nil
	}
	if err := r.refresh(ctx); err != nil {
		return err
	}
	if err := r.can.Memory.Remember(ctx, r.repo, data, r.version); err != nil {
		return err
	}
	r.was, r.saved = data, true
	return nil
}

// refresh gets the version of the memory that this run has saved before.
func (r *run) refresh(ctx context.Context) error {
	if !r.saved {
		return nil
	}
	data, version, err := r.can.Memory.Recall(ctx, r.repo)
	if err == nil && string(data) != string(r.was) {
		err = fmt.Errorf("%s: %w", r.repo, forge.ErrConflict)
	}
	r.version = version
	return err
}

// makePlan scans the bases and decides every pin. It does so again only if users have
// since made requests that affect the plan.
func (r *run) makePlan(ctx context.Context) error {
	wishes := fmt.Sprint(r.Memory.Ignored, r.Chosen)
	if r.planned && wishes == r.wishes {
		return nil
	}
	r.wishes = wishes
	if err := r.readSettings(ctx); err != nil {
		return err
	}
	if err := r.openBases(ctx); err != nil {
		return err
	}
	seen := r.Memory.Sightings(r.now)
	for _, b := range r.opened() {
		if err := b.makePlan(ctx, seen); err != nil {
			return err
		}
	}
	r.planned = true
	r.Memory.Learn(seen, r.Items(), len(r.Readable()) == len(r.Bases))
	r.report.Next = r.ReadTimes()
	return nil
}

// readSettings reads the settings of the default branch.
func (r *run) readSettings(ctx context.Context) error {
	if err := fetchSettings(ctx, r.home); err != nil {
		return err
	}
	r.settings = r.Reconciler.Rules(r.home.FS, r.home.Branch, true)
	r.Settings = r.settings.Repository()
	r.report.Rules = r.Settings
	if m, ok := r.settings.(interface{ Misplaced() []string }); ok {
		r.warn(m.Misplaced()...)
	}
	return nil
}

// warn adds warnings to the report, without duplicates.
func (r *run) warn(texts ...string) {
	for _, text := range texts {
		if !slices.Contains(r.report.Warnings, text) {
			r.report.Warnings = append(r.report.Warnings, text)
		}
	}
}
