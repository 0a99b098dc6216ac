// Package runs prints the results of runs over repositories, for CI and programs.
package runs

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// A Run is the result of one run over repositories, for programs.
type Run struct {
	Schema       int          `json:"schema"`
	Version      string       `json:"version"` // Freshpin's version
	DryRun       bool         `json:"dry_run"` // nothing was written; What says what would have been done
	Repositories []Repository `json:"repositories"`
}

// A Repository is the result of one run in one repository.
type Repository struct {
	Repository   string         `json:"repository"` // "acme/shop"
	Error        string         `json:"error"`      // why it stopped; "" if it did not
	Summary      report.Summary `json:"summary"`
	Bases        []Base         `json:"bases,omitempty"` // the base branches, where the settings name them
	PullRequests []Pull         `json:"pull_requests"`
	Failures     []Failure      `json:"failures"`  // pins that could not be looked up, in the order of the plan
	Dashboard    string         `json:"dashboard"` // address of the dashboard issue; "" if there is none
}

// A Failure is one pin that could not be looked up.
type Failure struct {
	File   string `json:"file"`
	Line   int    `json:"line"` // from 1
	Base   string `json:"base"` // the base branch; "" for the default one
	Name   string `json:"name"`
	Code   string `json:"code"` // of freshpin help codes
	Reason string `json:"reason"`
}

// Failures returns the pins of a plan that could not be looked up.
func Failures(p *plan.Plan) []Failure {
	out := []Failure{}
	for n := range p.Items {
		if i := &p.Items[n]; i.Status == plan.Failed {
			out = append(out, Failure{File: i.File, Line: i.Line, Base: i.Origin.Tree.Base, Name: i.Dependency.Name, Code: string(i.Reason.Code), Reason: i.Reason.Text})
		}
	}
	return out
}

// A Base is one base branch of a repository.
type Base struct {
	Name   string `json:"name"`
	Commit string `json:"commit"` // "" where it could not be read
	Error  string `json:"error"`  // why it could not be; "" if it could
}

// A Pull is what was done about one pull request, or about updates that have none.
type Pull struct {
	Repository string `json:"repository"`
	Number     int    `json:"number"` // 0 if there is none
	URL        string `json:"url"`
	Title      string `json:"title"`
	Group      string `json:"group"`
	Branch     string `json:"branch"`
	Base       string `json:"base"` // the branch that it is to be merged into
	What       string `json:"what"` // opened, updated, kept, touched, left, waiting, held, closed, failed
	Why        string `json:"why"`
}

// JSON prints a run for programs.
func JSON(w io.Writer, run Run) error { return sanitize.JSON(w, run) }

// Markdown prints a run for a summary in CI.
func Markdown(w io.Writer, run Run) error {
	var b strings.Builder
	b.WriteString("## Freshpin\n")
	if run.DryRun {
		b.WriteString("\nThis was a dry run: it shows what would be done, and wrote nothing.\n")
	}
	for _, r := range run.Repositories {
		fmt.Fprintf(&b, "\n### %s\n\n", report.Escape(r.Repository))
		if r.Error != "" {
			fmt.Fprintf(&b, "Stopped: %s\n", report.Escape(r.Error))
			continue
		}
		for _, one := range r.Bases {
			if one.Error != "" {
				fmt.Fprintf(&b, "Not read: %s\n\n", report.Escape(report.Clean(one.Error, 300)))
			}
		}
		if r.Summary.Dependencies == 0 {
			b.WriteString("No pins.\n")
			continue
		}
		fmt.Fprintf(&b, "%s: %s.\n", plan.Count(r.Summary.Dependencies, "pin"), report.Tally(r.Summary))
		if len(r.PullRequests) > 0 {
			b.WriteString("\n| what | pull request | why |\n| --- | --- | --- |\n")
		}
		for _, p := range r.PullRequests {
			title := report.Escape(report.Clean(p.Title, 300))
			if p.Title == "" {
				title = report.Escape(p.Group)
			}
			// The address is the forge's, and could end the link or the cell of the table.
			if scheme, _, _ := strings.Cut(p.URL, "://"); (scheme == "https" || scheme == "http") && !strings.ContainsAny(p.URL, " ()<>\n|") {
				title = fmt.Sprintf("[%s](%s)", title, p.URL)
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", p.What, title, report.Escape(report.Clean(p.Why, 300)))
		}
		failed(&b, r.Failures)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// failed prints the pins that could not be looked up, as many as a summary has room for.
func failed(b *strings.Builder, failures []Failure) {
	if len(failures) == 0 {
		return
	}
	b.WriteString("\n| not looked up | where | why |\n| --- | --- | --- |\n")
	began := b.Len()
	for n, f := range failures {
		if b.Len()-began > report.MaxSection {
			fmt.Fprintf(b, "\nand %d more, which are left out here.\n", len(failures)-n)
			return
		}
		where := fmt.Sprintf("%s:%d", sanitize.Name(f.File), f.Line)
		if f.Base != "" {
			where += " on " + f.Base
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", report.Escape(report.Clean(f.Name, 300)), report.Escape(report.Clean(where, 300)), report.Escape(report.Clean(f.Reason, 300)))
	}
}

// Outputs prints "name=value" lines for the file that GITHUB_OUTPUT names (GitHub
// documentation, "Workflow commands", "Setting an output parameter"). The values are
// numbers and single-line JSON.
func Outputs(w io.Writer, run Run) error {
	var sum report.Summary
	pulls := []Pull{}
	for _, r := range run.Repositories {
		sum.Updates += r.Summary.Updates
		sum.Held += r.Summary.Held
		sum.Failed += r.Summary.Failed
		pulls = append(pulls, r.PullRequests...)
	}
	list, err := json.Marshal(pulls)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "updates=%d\nheld=%d\nfailed=%d\npull-requests=%s\n", sum.Updates, sum.Held, sum.Failed, list)
	return err
}
