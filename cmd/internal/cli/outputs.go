package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/sanitize"
)

// githubFormat is the format of --output whose lines are added to the file that
// GITHUB_OUTPUT names.
const githubFormat = "github"

// An output is one --output: a format and the file that it goes to.
type output struct{ format, file string }

// parseOutputs reads --output before any work is done.
func parseOutputs(texts, formats []string) ([]output, error) {
	var all []output
	for _, text := range texts {
		format, file, ok := strings.Cut(text, "=")
		if !ok || file == "" {
			return nil, usage("--output %q is not FORMAT=FILE", text)
		}
		if !slices.Contains(formats, format) {
			return nil, usage("format %q is not %s or %s", format, strings.Join(formats[:len(formats)-1], ", "), formats[len(formats)-1])
		}
		if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
			return nil, usage("--output %q: there is no folder %s", text, filepath.Dir(file))
		}
		all = append(all, output{format, file})
	}
	return all, nil
}

// write lets a function write the file: a new one, but for the lines that are
// added to those of others.
func (o output) write(print func(io.Writer) error) error {
	how := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if o.format == githubFormat {
		how = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	f, err := create(o.file, how)
	if err != nil {
		return err
	}
	guarded := sanitize.NewWriter(f)
	err = print(guarded)
	return errors.Join(err, guarded.Flush(), f.Close())
}

// create opens a file for a result. A path below the current folder stays there,
// whatever links are in it: a checkout may hold one of that name.
func create(file string, how int) (*os.File, error) {
	if !filepath.IsLocal(file) {
		return os.OpenFile(file, how, 0o644)
	}
	here, err := os.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	defer here.Close()
	f, err := here.OpenFile(file, how, 0o644)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w; an absolute path is taken as it is", file, cause(err))
	}
	return f, nil
}

// runFormats are what freshpin run writes with --output.
var runFormats = []string{"json", "markdown", githubFormat}

// writeRun writes what a run did.
func writeRun(outputs []output, run report.Run) error {
	for _, o := range outputs {
		print := map[string]func(io.Writer, report.Run) error{"json": report.RunJSON, "markdown": report.RunMarkdown, githubFormat: report.Outputs}[o.format]
		if err := o.write(func(w io.Writer) error { return print(w, run) }); err != nil {
			return err
		}
	}
	return nil
}

// runRepository describes what was done in one repository.
func runRepository(r *lifecycle.Report, err error) report.RunRepository {
	out := report.RunRepository{Repository: r.Repo, Dashboard: r.Board.URL, PullRequests: []report.RunPull{}, Failures: []report.RunFailure{}}
	if err != nil {
		out.Error = err.Error()
	}
	if r.Plan != nil {
		out.Summary = report.Summarize(r.Plan)
		out.Failures = report.RunFailures(r.Plan)
	}
	for _, b := range r.Bases {
		one := report.RunBase{Name: b.Name, Commit: b.Commit}
		if b.Err != nil {
			one.Error = b.Err.Error()
		}
		out.Bases = append(out.Bases, one)
	}
	for _, o := range r.Groups {
		out.PullRequests = append(out.PullRequests, report.RunPull{
			Repository: r.Repo, Number: o.Number, URL: o.URL, Title: o.Title, Group: o.Group, Branch: o.Branch, Base: o.Base, What: string(o.What), Why: o.Why,
		})
	}
	return out
}
