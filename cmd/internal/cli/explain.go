package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/cli/check"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
)

func newExplain(e *console.Env) *cobra.Command {
	var flags wiring.Flags
	cmd := &cobra.Command{
		Use:     "explain FILE:LINE | RULE",
		Short:   "Explain the decision about one pin, step by step, or a rule of the checklist",
		Example: "  freshpin explain services/api/Dockerfile:1\n  freshpin explain root-user",
		Args:    console.Args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			// Names of rules have no colon, so a FILE:LINE is never taken for one.
			if explained, err := check.Explain(e, args[0]); explained {
				return err
			}
			file, line, err := fileAndLine(args[0])
			if err != nil {
				return err
			}
			flags.Details = true
			if _, err := wiring.Stat(file); err != nil {
				return err
			}
			var lines []string
			name := filepath.ToSlash(filepath.Base(file))
			flags.Only = func(i *plan.Item) bool {
				if i.File == name {
					lines = append(lines, strconv.Itoa(i.Line))
				}
				return i.File == name && i.Line == line
			}
			p, err := wiring.Plan(cmd.Context(), e, &flags, []string{filepath.Dir(file)})
			if err != nil {
				return err
			}
			shown := filepath.ToSlash(filepath.Clean(file))
			for n := range p.Items {
				p.Items[n].File = shown
			}
			return explainPins(e, p, fmt.Sprintf("%s:%d", shown, line), lines)
		},
	}
	flags.Register(cmd.Flags())
	flags.Complete(cmd)
	return cmd
}

func fileAndLine(text string) (file string, line int, err error) {
	i := strings.LastIndexByte(text, ':')
	if i <= 0 {
		return "", 0, console.Usagef("%q is not FILE:LINE, such as Dockerfile:1", text)
	}
	line, err = strconv.Atoi(text[i+1:])
	if err != nil || line < 1 {
		return "", 0, console.Usagef("%q: %q is not a line number", text, text[i+1:])
	}
	return text[:i], line, nil
}

// explainPins prints the items of one line; if there are none, the error names the lines that have some.
func explainPins(e *console.Env, p *plan.Plan, where string, lines []string) error {
	if len(p.Items) == 0 {
		u := &console.UsageError{Err: fmt.Errorf("%s: there is no pin here that Freshpin reads", where)}
		switch {
		case slices.Contains(lines, where[strings.LastIndexByte(where, ':')+1:]):
			u.Err = fmt.Errorf("%s is an indirect requirement, which is not listed", where)
			u.Hint = "indirect: true in .freshpin.yaml lists it"
		case len(lines) > 0:
			u.Hint = "this file has pins on lines " + strings.Join(slices.Compact(lines), ", ")
		}
		return u
	}
	for n := range p.Items {
		story(e.Stdout, &p.Items[n])
		if p.Items[n].Status == plan.Failed {
			e.Code = console.ExitFailed
		}
	}
	return nil
}

func story(w io.Writer, i *plan.Item) {
	d := i.Dependency
	console.Line(w, "%s:%d:%d %s %s", sanitize.Name(i.File), i.Line, i.Column, sanitize.Cell(d.Name), sanitize.Cell(d.Pin.Text))
	row := func(name, text string) {
		if text != "" {
			console.Line(w, "  %-10s %s", name, sanitize.Cell(text))
		}
	}
	row("package", d.Package.Name)
	row("digest", d.Pin.Digest)
	row("in use", i.Current)
	row("line", i.ReleaseLine)
	row("safe", i.Safe)
	row("minor", i.Minor)
	row("latest", strings.TrimSpace(i.LatestPackage+" "+i.Latest))
	row("newer base", i.NewerBase)
	row("status", strings.TrimSpace(string(i.Status)+" "+i.Band))
	if !i.Target.Version.IsZero() {
		row("target", strings.TrimSpace(i.Target.Version.Text+" "+i.Target.Digest))
	}
	if i.Reason.Code != "" {
		row("reason", fmt.Sprintf("%s (%s)", i.Reason.Text, i.Reason.Code))
	}
	for _, n := range i.Notes {
		row("note", fmt.Sprintf("%s (%s)", n.Text, n.Code))
	}
	for _, ed := range i.Edits {
		row("edit", fmt.Sprintf("%s: %q becomes %q", ed.File, ed.Old, ed.New))
	}
	fmt.Fprintln(w, "  steps of the decision:")
	for n, step := range i.Trace {
		console.Line(w, "  %3d. %s", n+1, sanitize.Cell(step))
	}
}
