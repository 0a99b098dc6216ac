package run

import (
	"fmt"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/patch"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// wouldBe words the outcomes of a dry run.
var wouldBe = map[decide.What]string{
	decide.Opened:  "would open",
	decide.Updated: "would rebuild",
	decide.Closed:  "would close",
	decide.Kept:    "would keep",
	decide.Touched: "would leave",
	decide.Left:    "would leave",
	decide.Waiting: "would wait",
	decide.Held:    "would hold",
	decide.Broken:  "would fail",
}

// showDryRun prints what a run would have done in one repository. Where it
// failed before there was a plan, nothing is known of what it would do.
func (r *command) showDryRun(done *lifecycle.Report, err error) {
	w := r.Stdout
	switch {
	case done.Plan == nil && err != nil:
		console.Line(w, "%s: not looked at: the run failed (see below); %s", done.Repo, r.requests(done))
		return
	case done.Plan == nil:
		console.Line(w, "%s: nothing would be done; %s", done.Repo, r.requests(done))
		return
	}
	console.Line(w, "%s: %s", done.Repo, r.totals(done))
	for _, o := range done.Groups {
		r.showProposal(done, o)
	}
	switch {
	case done.Board.Number != 0:
		console.Line(w, "  would keep the dashboard #%d up to date", done.Board.Number)
	case done.Board.Title != "":
		console.Line(w, "  would open the dashboard, an issue: %s", sanitize.Cell(done.Board.Title))
	}
	if !r.lookup.Quiet {
		printFailures(w, done)
	}
	if r.recorder.ReadOnly(done.Repo) {
		console.Line(r.Stderr, "freshpin: %s: this login may read but not write, so a run without --dry-run would propose nothing", done.Repo)
	}
	console.Line(w, "  nothing was written: this was a dry run")
}

// showProposal prints what would be done about one group, and with --diff the change itself.
func (r *command) showProposal(done *lifecycle.Report, o decide.Outcome) {
	p, changed := r.recorder.Proposal(done.Repo, o.Branch)
	if changed {
		o.Title = p.Title
	}
	line := wouldBe[o.What]
	if o.Number != 0 {
		line += fmt.Sprintf(" #%d", o.Number)
	}
	if o.Title != "" {
		line += ": " + sanitize.Cell(o.Title)
	}
	if o.Why != "" {
		line += "  (" + o.Why + ")"
	}
	console.Line(r.Stdout, "  %s", line)
	base := ""
	if len(done.Bases) > 0 {
		base = ", base " + sanitize.Cell(o.Base)
	}
	console.Line(r.Stdout, "    group %s, branch %s%s, %s", sanitize.Cell(o.Group), sanitize.Cell(o.Branch), base, plan.Count(o.Updates, "update"))
	if r.diff && changed {
		_ = r.Stdout.Exact(patch.Of(p.Over, p.Files)) // a write error is reported when the stream is closed
	}
}
