package run

import (
	"fmt"
	"io"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/lifecycle/decide"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// printReport prints the results for one repository.
func (r *command) printReport(done *lifecycle.Report) {
	w := r.Stdout
	if done.Plan == nil {
		console.Line(w, "%s: skipped; %s", done.Repo, r.requests(done))
		return
	}
	console.Line(w, "%s: %s", done.Repo, r.totals(done))
	for _, o := range done.Groups {
		console.Line(w, "  %s", outcome(o, done.Was.Branch))
	}
	if done.Board.Number != 0 {
		console.Line(w, "  dashboard #%d %s", done.Board.Number, done.Board.URL)
	}
	if !r.lookup.Quiet {
		printFailures(w, done)
	}
}

// printFailures prints the lookups that failed.
func printFailures(w io.Writer, r *lifecycle.Report) {
	trouble := report.FailuresOf(r.Plan)
	for n := range r.Plan.Items {
		if i := &r.Plan.Items[n]; i.Status == plan.Failed {
			console.Line(w, "  failed %s:%d%s %s: %s", sanitize.Name(i.File), i.Line, onBase(i), sanitize.Cell(i.Dependency.Name), trouble.Of(i))
		}
	}
	for _, s := range trouble.Sentences() {
		console.Line(w, "  %s", s)
	}
}

// onBase is " on BASE" for an item of another branch than the default one.
func onBase(i *plan.Item) string {
	if base := i.Origin.Tree.Base; base != "" {
		return " on " + sanitize.Cell(base)
	}
	return ""
}

// outcome is one line about a group. Titles name the base branch where it is not the default one.
func outcome(o decide.Outcome, home string) string {
	line := fmt.Sprintf("%-8s", o.What)
	if o.Number != 0 {
		line += fmt.Sprintf(" #%d", o.Number)
	}
	if o.Title != "" {
		line += " " + sanitize.Cell(o.Title)
	} else {
		line += " " + grouped(o, home)
	}
	if o.URL != "" {
		line += "  " + o.URL
	}
	if o.Why != "" {
		line += "  (" + o.Why + ")"
	}
	return line
}

// grouped names the group of an outcome, and its base branch where that is not the default one.
func grouped(o decide.Outcome, home string) string {
	if o.Base == home || o.Base == "" {
		return sanitize.Cell(o.Group)
	}
	return sanitize.Cell(o.Group) + " (" + sanitize.Cell(o.Base) + ")"
}

// totals counts the pins by status.
func (r *command) totals(done *lifecycle.Report) string {
	s := report.Summarize(done.Plan)
	if s.Dependencies == 0 {
		return "no manifests; " + r.requests(done)
	}
	return fmt.Sprintf("%s: %d to update, %d current, %d held, %d skipped, %d failed; %s", plan.Count(s.Dependencies, "pin"),
		s.Updates, s.Current, s.Held, s.Skipped, s.Failed, r.requests(done))
}

func (r *command) requests(done *lifecycle.Report) string {
	return fmt.Sprintf("%s: %s, %s", r.settings.Forge.Title, plan.Count(done.Reads, "read"), plan.Count(done.Writes, "write"))
}
