// Package outdated is freshpin outdated: it lists pins, and compares with other bots.
package outdated

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/baselineflags"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/otherbots"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/report/runs"
)

// A command holds the flags of freshpin outdated.
type command struct {
	*console.Env
	lookup   wiring.Flags
	format   string
	color    string
	outputs  []string
	failOn   []string
	exitCode bool
	baseline baselineflags.Flags
	against  string
}

// New returns the command.
func New(e *console.Env) *cobra.Command {
	o := &command{Env: e}
	cmd := &cobra.Command{
		Use:   "outdated [PATH | github:OWNER/REPO]...",
		Short: "List every pin with its safe, minor and latest version; changes nothing",
		Long: `Lists every pin with the version in use, the newest on the same MAJOR.MINOR
(safe), on the same MAJOR (minor) and of all (latest), and says what would be
proposed, what is held and why. It changes nothing.

Exit code: 0 every lookup succeeded, 1 a lookup failed, 2 the command line or the
configuration is wrong or there is no file to read, 3 the gate (--exit-code, --fail-on) failed.`,
		Example: `  freshpin outdated
  freshpin outdated services/api services/web/Dockerfile
  freshpin outdated --format json | jq '.dependencies[] | select(.status == "update")'
  freshpin outdated --against renovate github:acme/shop
  freshpin outdated --output markdown=summary.md --fail-on security,unpinned`,
		RunE: o.run,
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "table", "how to print: table, json, markdown or sarif")
	f.StringVar(&o.color, "color", "auto", "colour the table: auto, always or never")
	f.StringArrayVar(&o.outputs, "output", nil, "also write `FORMAT=FILE` (repeatable); github=$GITHUB_OUTPUT adds the outputs of a workflow step")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 3 if an update would be proposed")
	f.StringSliceVar(&o.failOn, "fail-on", nil, "exit with 3 if one of these is found: "+strings.Join(report.GateWords(), ", "))
	o.baseline.Register(f)
	f.StringVar(&o.against, "against", "", "compare with the open pull requests of another `BOT` on GitHub: renovate or dependabot")
	o.lookup.Register(f)
	o.lookup.Complete(cmd)
	console.Complete(cmd, "against", otherbots.Names()...)
	console.Complete(cmd, "format", console.Formats...)
	console.Complete(cmd, "color", console.Colors...)
	console.Complete(cmd, "fail-on", report.GateWords()...)
	return cmd
}

func (o *command) run(cmd *cobra.Command, args []string) error {
	printers, err := o.printers()
	if err != nil {
		return err
	}
	gate := o.failOn
	if o.exitCode {
		// Clip, because appending must not write into the slice of the flag.
		gate = append(slices.Clip(gate), "update")
	}
	// An empty plan trips no gate: this rejects unknown words before anything is asked.
	if _, err := report.Gate(&plan.Plan{}, gate); err != nil {
		return console.Usagef("--fail-on: %w", err)
	}
	if err := o.baseline.Check(args); err != nil {
		return err
	}
	repo := ""
	if o.against != "" {
		if repo, err = o.checkAgainst(cmd.Context(), args); err != nil {
			return err
		}
	}
	whole, err := wiring.Plan(cmd.Context(), o.Env, &o.lookup, args)
	if err != nil {
		return err
	}
	if repo != "" {
		o.judge(whole, nil)
		return o.compare(cmd.Context(), whole, repo)
	}
	listed, gone, err := o.leaveOutKnown(cmd.Context(), args, whole)
	if err != nil {
		return err
	}
	for _, p := range printers {
		if err := p.print(listed); err != nil {
			return err
		}
	}
	if o.baseline.Gates() && len(gate) == 0 {
		gate = []string{"update", "unpinned"}
	}
	tripped, _ := report.Gate(listed, gate)
	o.judge(whole, append(tripped, gone...))
	return nil
}

// judge sets the exit code and explains it on standard error.
func (o *command) judge(p *plan.Plan, tripped []string) {
	switch {
	case report.Summarize(p).Failed > 0, o.Code == console.ExitFailed, p.Advised.Err != nil && slices.Contains(o.failOn, "security"):
		o.Code = console.ExitFailed
	case len(tripped) > 0:
		o.Code = console.ExitTripped
		if !o.lookup.Quiet {
			fmt.Fprintf(o.Stderr, "freshpin: the gate failed: %s\n", strings.Join(tripped, ", "))
		}
	}
}

// A printer writes a plan in one format to one file or standard output.
type printer struct {
	format string
	file   string // "" for standard output
	o      *command
}

// printers validates the formats before any work is done.
func (o *command) printers() ([]printer, error) {
	if !slices.Contains(console.Colors, o.color) {
		return nil, console.Usagef("--color %q is not auto, always or never", o.color)
	}
	all := []printer{{format: o.format, o: o}}
	if !slices.Contains(console.Formats, o.format) {
		return nil, console.Usagef("format %q is not table, json, markdown or sarif", o.format)
	}
	outputs, err := console.ParseOutputs(o.outputs, append(slices.Clip(console.Formats), console.GitHubFormat))
	for _, one := range outputs {
		all = append(all, printer{one.Format, one.File, o})
	}
	return all, err
}

func (p printer) print(found *plan.Plan) error {
	if p.file == "" {
		return p.write(p.o.Stdout, found)
	}
	return console.Output{Format: p.format, File: p.file}.Write(func(w io.Writer) error { return p.write(w, found) })
}

func (p printer) write(w io.Writer, found *plan.Plan) error {
	switch p.format {
	case "json":
		return report.JSON(w, found, console.Version)
	case "markdown":
		return report.Markdown(w, listed(found))
	case "sarif":
		return report.SARIF(w, found, console.Version)
	case console.GitHubFormat:
		return runs.Outputs(w, runs.Run{Repositories: []runs.Repository{{Summary: report.Summarize(found)}}})
	}
	return report.Table(w, listed(found), report.Options{
		Color:   p.file == "" && console.Colored(p.o.Env, p.o.color),
		Width:   console.Width(p.o.Env, p.file),
		Verbose: p.o.lookup.Verbose,
		Quiet:   p.o.lookup.Quiet,
	})
}

// listed returns a plan for people: its files as they are found from the current folder.
func listed(found *plan.Plan) *plan.Plan {
	p := *found
	p.Items = slices.Clone(found.Items)
	for n := range p.Items {
		p.Items[n].File = p.Items[n].Origin.Tree.Listed(p.Items[n].File)
	}
	return &p
}
