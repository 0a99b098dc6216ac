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

// githubFormat is the --output format that appends lines to the file named by
// GITHUB_OUTPUT.
const githubFormat = "github"

// An output is one --output flag: a format and a file.
type output struct{ format, file string }

// parseOutputs parses --output before any work is done.
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
			return nil, usage("--output %q: the folder %s does not exist", text, filepath.Dir(file))
		}
		all = append(all, output{format, file})
	}
	return all, nil
}

// write creates the file and lets a function fill it; the github format appends
// instead.
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

// create opens a file for a result. A relative path cannot leave the current folder,
// because a hostile checkout may contain a symbolic link of that name.
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
		return nil, fmt.Errorf("write %s: %w; an absolute path may lead anywhere", file, cause(err))
	}
	return f, nil
}

// runFormats are the --output formats of freshpin run.
var runFormats = []string{"json", "markdown", githubFormat}

// writeRun writes the results of a run.
func writeRun(outputs []output, run report.Run) error {
	for _, o := range outputs {
		print := map[string]func(io.Writer, report.Run) error{"json": report.RunJSON, "markdown": report.RunMarkdown, githubFormat: report.Outputs}[o.format]
		if err := o.write(func(w io.Writer) error { return print(w, run) }); err != nil {
			return err
		}
	}
	return nil
}

// runRepository converts the result for one repository.
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
