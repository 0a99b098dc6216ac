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
func printReport(w io.Writer, r *lifecycle.Report, quiet bool) {
	if r.Plan == nil {
		console.Line(w, "%s: skipped; %s", r.Repo, requests(r))
		return
	}
	console.Line(w, "%s: %s", r.Repo, totals(r))
	for _, o := range r.Groups {
		console.Line(w, "  %s", outcome(o, r.Was.Branch))
	}
	if r.Board.Number != 0 {
		console.Line(w, "  dashboard #%d %s", r.Board.Number, r.Board.URL)
	}
	if !quiet {
		printFailures(w, r)
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
func totals(r *lifecycle.Report) string {
	s := report.Summarize(r.Plan)
	if s.Dependencies == 0 {
		return "no manifests; " + requests(r)
	}
	return fmt.Sprintf("%s: %d to update, %d current, %d held, %d skipped, %d failed; %s", plan.Count(s.Dependencies, "pin"),
		s.Updates, s.Current, s.Held, s.Skipped, s.Failed, requests(r))
}

func requests(r *lifecycle.Report) string {
	return fmt.Sprintf("GitHub: %s, %s", plan.Count(r.Reads, "read"), plan.Count(r.Writes, "write"))
}
