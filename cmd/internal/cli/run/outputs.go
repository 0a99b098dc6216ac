package run

import (
	"io"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/report/runs"
)

// formats are the --output formats of freshpin run.
var formats = []string{"json", "markdown", console.GitHubFormat}

// writeOutputs writes the results of a run.
func writeOutputs(outputs []console.Output, run runs.Run) error {
	for _, o := range outputs {
		print := map[string]func(io.Writer, runs.Run) error{"json": runs.JSON, "markdown": runs.Markdown, console.GitHubFormat: runs.Outputs}[o.Format]
		if err := o.Write(func(w io.Writer) error { return print(w, run) }); err != nil {
			return err
		}
	}
	return nil
}

// reported converts the result for one repository.
func reported(r *lifecycle.Report, err error) runs.Repository {
	out := runs.Repository{Repository: r.Repo, Dashboard: r.Board.URL, PullRequests: []runs.Pull{}, Failures: []runs.Failure{}}
	if err != nil {
		out.Error = err.Error()
	}
	if r.Plan != nil {
		out.Summary = report.Summarize(r.Plan)
		out.Failures = runs.Failures(r.Plan)
	}
	for _, b := range r.Bases {
		one := runs.Base{Name: b.Name, Commit: b.Commit}
		if b.Err != nil {
			one.Error = b.Err.Error()
		}
		out.Bases = append(out.Bases, one)
	}
	for _, o := range r.Groups {
		out.PullRequests = append(out.PullRequests, runs.Pull{
			Repository: r.Repo, Number: o.Number, URL: o.URL, Title: o.Title, Group: o.Group, Branch: o.Branch, Base: o.Base, What: string(o.What), Why: o.Why,
		})
	}
	return out
}
