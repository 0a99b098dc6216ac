// Package check is freshpin check: it prints the findings of the checklist, and fixes them.
package check

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/baselineflags"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/rules"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
	"github.com/freshpin/freshpin/updater/report/findings"
)

// A command holds the flags of freshpin check.
type command struct {
	*console.Env
	lookup   wiring.Flags
	format   string
	color    string
	outputs  []string
	failOn   []string
	level    string
	strict   bool
	rules    []string
	fix      string // "", "safe" or "all"
	diff     bool
	force    bool
	list     bool
	baseline baselineflags.Flags
}

// The values of --fix.
const (
	fixSafe = "safe"
	fixAll  = "all"
)

// New returns the command.
func New(e *console.Env) *cobra.Command {
	c := &command{Env: e}
	cmd := &cobra.Command{
		Use:   "check [PATH | github:OWNER/REPO]...",
		Short: "Check Dockerfiles and compose files against the checklist, and fix them",
		Long: `Checks Dockerfiles and compose files against the checklist of what they must,
should and could do. Some rules ask registries about base images; with --offline,
or when a registry does not answer, those rules report nothing.

--fix writes the safe fixes into the files; --fix=all also writes those that
change what is built or how it runs. --diff prints the fixes as a patch and
writes nothing.

Exit code: 0 every lookup succeeded, 1 a lookup failed, 2 the command line or the
configuration is wrong or there is no file to read, 3 the gate (--fail-on) failed.`,
		Example: `  freshpin check
  freshpin check --level must --fail-on must
  freshpin check --fix=all --diff
  freshpin check --list
  freshpin explain root-user`,
		RunE: c.run,
	}
	c.register(cmd.Flags())
	console.Complete(cmd, "format", console.Formats...)
	console.Complete(cmd, "color", console.Colors...)
	console.Complete(cmd, "level", levels...)
	console.Complete(cmd, "fix", fixSafe, fixAll)
	console.Complete(cmd, "rule", RuleNames()...)
	console.Complete(cmd, "fail-on", append(slices.Clone(levels), RuleNames()...)...)
	return cmd
}

// levels are the values of --level.
var levels = []string{"must", "should", "could"}

func (c *command) register(f *pflag.FlagSet) {
	f.StringVar(&c.level, "level", "", "lowest level to list: must, should or could (default as configured, else could)")
	f.BoolVar(&c.strict, "strict", false, "also run the strict rules")
	f.StringSliceVar(&c.rules, "rule", nil, "run only these `RULES`, which may be strict ones")
	f.StringVar(&c.fix, "fix", "", "write the safe fixes; --fix=all also writes those that change behaviour")
	f.Lookup("fix").NoOptDefVal = fixSafe
	f.BoolVar(&c.diff, "diff", false, "print the fixes as a patch and write nothing")
	f.BoolVar(&c.force, "force", false, "also write files with uncommitted changes")
	f.BoolVar(&c.list, "list", false, "print all rules")
	f.StringVar(&c.format, "format", "table", "how to print: table, json, markdown or sarif")
	f.StringVar(&c.color, "color", "auto", "colour the table: auto, always or never")
	f.StringArrayVar(&c.outputs, "output", nil, "also write `FORMAT=FILE` (repeatable); github=$GITHUB_OUTPUT adds the outputs of a workflow step")
	f.StringSliceVar(&c.failOn, "fail-on", nil, "exit with 3 if there is a finding of this `LEVEL` or above, or of this rule")
	c.baseline.Register(f)
	l := &c.lookup
	f.StringSliceVar(&l.Files, "file", nil, "read only files whose path matches this `GLOB`")
	f.StringVar(&l.AsOf, "as-of", "", "judge the release lines of images as of this `TIME` instead of now")
	f.StringVar(&l.Operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&l.CacheDir, "cache-dir", "", "cache answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.BoolVar(&l.Offline, "offline", false, "ask no registry")
	l.RegisterJobs(f)
	f.DurationVar(&l.Timeout, "timeout", 0, "give up lookups that are not finished after this time (default none)")
	f.BoolVarP(&l.Verbose, "verbose", "v", false, "also print what is ignored and why, and every request")
	f.BoolVarP(&l.Quiet, "quiet", "q", false, "print only findings, no summary and no hints")
}

// RuleNames returns the names of all rules.
func RuleNames() (names []string) {
	for _, r := range rules.All() {
		names = append(names, r.ID)
	}
	return names
}

func (c *command) run(cmd *cobra.Command, args []string) error {
	if err := c.validate(args); err != nil {
		return err
	}
	outputs, err := console.ParseOutputs(c.outputs, append(slices.Clip(console.Formats), console.GitHubFormat))
	if err != nil {
		return err
	}
	if c.list {
		return findings.Rules(c.Stdout, rules.All())
	}
	c.lookup.Remote = slices.ContainsFunc(args, wiring.IsRemote)
	s, err := wiring.Read(c.Env, &c.lookup)
	if err != nil {
		return err
	}
	list, err := wiring.Trees(cmd.Context(), args, s)
	if err != nil {
		return err
	}
	ctx, cancel := c.lookup.Timed(cmd.Context())
	defer cancel()
	reports, err := c.runRules(ctx, s, list)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(reports, func(r *checklist.Report) bool { return r.Files+len(r.Problems) > 0 }) {
		kinds := "Dockerfiles or compose files"
		if len(c.lookup.Files) > 0 {
			kinds += " that match --file " + strings.Join(c.lookup.Files, ",")
		}
		return wiring.NothingRead(kinds, list)
	}
	if c.fix != "" || c.diff {
		if reports, err = c.applyFixes(ctx, s, args, reports); err != nil {
			return err
		}
	}
	gone, err := c.leaveOutKnown(ctx, args, list, reports)
	if err != nil {
		return err
	}
	return c.finish(reports, outputs, gone)
}

// validate rejects invalid flag values before any work is done.
func (c *command) validate(args []string) error {
	known := RuleNames()
	for _, r := range c.rules {
		if !slices.Contains(known, r) {
			return UnknownRule("--rule", r, known)
		}
	}
	for _, w := range c.failOn {
		if !slices.Contains(known, w) && !slices.Contains(levels, w) {
			return UnknownRule("--fail-on", w, append(slices.Clone(levels), known...))
		}
	}
	switch {
	case c.level != "" && !slices.Contains(levels, c.level):
		return console.Usagef("--level %q is not must, should or could", c.level)
	case c.fix != "" && c.fix != fixSafe && c.fix != fixAll:
		return console.Usagef("--fix %q is not safe or all", c.fix)
	case !slices.Contains(console.Formats, c.format):
		return console.Usagef("format %q is not table, json, markdown or sarif", c.format)
	case !slices.Contains(console.Colors, c.color):
		return console.Usagef("--color %q is not auto, always or never", c.color)
	case (c.fix != "" || c.diff) && len(args) > 1:
		return console.Usagef("--fix and --diff take one folder, not %d", len(args))
	case c.fix != "" && !c.diff && slices.ContainsFunc(args, wiring.IsRemote):
		return &console.UsageError{Err: fmt.Errorf("--fix writes into a folder, and %s is a repository on GitHub", args[0]), Hint: "--diff prints the fixes as a patch"}
	}
	if err := c.baseline.Check(args); err != nil {
		return err
	}
	return c.lookup.Check()
}

// UnknownRule is the error for a word that should be one of the known rules.
func UnknownRule(flag, word string, known []string) error {
	u := &console.UsageError{Err: fmt.Errorf("%s: unknown rule %q", flag, word), Hint: "freshpin check --list prints all rules"}
	if near := config.Closest(word, known); near != "" {
		u.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return u
}

// runRules runs the checklist over all trees.
func (c *command) runRules(ctx context.Context, s *wiring.Settings, list []plan.Tree) ([]*checklist.Report, error) {
	now, err := wiring.ParseTime(c.lookup.AsOf)
	if err != nil {
		return nil, err
	}
	checker := &checklist.Checker{Ecosystems: s.Ecosystems(), Rules: rules.All(), Now: now, Parallel: c.lookup.Jobs}
	ends, err := s.Ends()
	if err != nil {
		return nil, err
	}
	sources := &checklist.Sources{Ecosystems: checker.Ecosystems, Ends: ends, Now: now, Commit: all.Commits(s.Options())}
	checker.Answer, checker.Offline = sources.Answer, s.Offline
	checker.Tracked = wiring.TrackedIn
	if len(c.lookup.Files) > 0 {
		checker.Files = func(path string) bool { return wiring.Matches(c.lookup.Files, path) }
	}
	var reports []*checklist.Report
	for _, t := range list {
		checker := *checker
		checker.Settings = c.checkSettings(t, now)
		t.Address = cmp.Or(t.Address, wiring.AddressOf(ctx, t))
		r, err := checker.Run(s.Within(ctx, c.lookup.Unattended, true), t)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	wiring.Warn(c.Env, list)
	return reports, nil
}

// checkSettings merges the flags with the settings nearest to each file.
func (c *command) checkSettings(t plan.Tree, now time.Time) check.Settings {
	s := check.Settings{Strict: c.strict}
	if len(c.rules) > 0 {
		s.Only = c.rules
	}
	s.Level, _ = check.ParseLevel(c.level)
	r, ok := t.Rules.(wiring.RuleSet)
	if !ok {
		return s
	}
	s.Nearest = func(file string) (check.Level, bool) {
		have := r.Checklist(file)
		level, _ := check.ParseLevel(have.Level)
		return level, have.Strict
	}
	s.Ignore = func(f *check.Finding) string { return r.IgnoresRule(f.At.File, f.Stage, f.Rule, now) }
	return s
}

// finish prints the findings and sets the exit code.
func (c *command) finish(reports []*checklist.Report, outputs []console.Output, gone []string) error {
	if !c.diff {
		if err := c.print(c.Stdout, c.format, "", reports); err != nil {
			return err
		}
	}
	for _, o := range outputs {
		if err := o.Write(func(w io.Writer) error { return c.print(w, o.Format, o.File, reports) }); err != nil {
			return err
		}
	}
	sum := sum(reports, plan.Tree.Show)
	c.troubles(reports, sum)
	// Whatever is left is new, and could is the lowest level.
	if c.baseline.Gates() && len(c.failOn) == 0 {
		c.failOn = []string{"could"}
	}
	// That a lookup failed goes before the gate, which then has not seen everything.
	if tripped := append(sum.Tripped(c.failOn), gone...); len(tripped) > 0 && c.Code != console.ExitFailed {
		c.Code = console.ExitTripped
		if !c.lookup.Quiet {
			console.Line(c.Stderr, "freshpin: the gate failed: %s", strings.Join(tripped, ", "))
		}
	}
	return nil
}

// sum joins the findings of all trees, with file names as show writes them.
func sum(reports []*checklist.Report, show func(t plan.Tree, file string) string) *findings.Checklist {
	all := &findings.Checklist{Rules: rules.All(), Version: console.Version}
	for _, r := range reports {
		all.Files += r.Files
		all.Unknown += len(r.Unknown)
		all.Findings = append(all.Findings, shown(r.Findings, r.Tree, show)...)
		all.Ignored = append(all.Ignored, shown(r.Ignored, r.Tree, show)...)
	}
	all.Sort()
	return all
}

// shown returns findings of a tree with their files as show writes them.
func shown(list []check.Finding, t plan.Tree, show func(t plan.Tree, file string) string) []check.Finding {
	list = slices.Clone(list)
	for n := range list {
		list[n].At.File = show(t, list[n].At.File)
	}
	return list
}

// How formats write the files of findings, beside plan.Tree.Show.
func toListed(t plan.Tree, file string) string     { return t.Listed(t.Show(file)) }
func toRepository(_ plan.Tree, file string) string { return file }

func (c *command) print(w io.Writer, format, file string, reports []*checklist.Report) error {
	switch format {
	case "json":
		return sum(reports, plan.Tree.Show).JSON(w)
	case "markdown":
		return sum(reports, toListed).Markdown(w)
	case "sarif": // code scanning wants them from the top of the repository
		return sum(reports, toRepository).SARIF(w)
	case console.GitHubFormat:
		return sum(reports, plan.Tree.Show).Outputs(w)
	}
	options := report.Options{Color: file == "" && console.Colored(c.Env, c.color), Width: console.Width(c.Env, file), Verbose: c.lookup.Verbose, Quiet: c.lookup.Quiet}
	return findings.Table(w, sum(reports, toListed), options)
}

// troubles prints what could not be read or looked up.
func (c *command) troubles(reports []*checklist.Report, all *findings.Checklist) {
	late := 0
	for _, r := range reports {
		for _, p := range r.Problems {
			c.Code = console.ExitFailed
			console.Line(c.Stderr, "freshpin: %s: %v", toListed(r.Tree, p.Path), console.Cause(p.Err))
		}
		for _, text := range r.Unread {
			console.Line(c.Stderr, "freshpin: %s", text)
		}
		for _, f := range r.Failed {
			c.Code = console.ExitFailed
			if fetch.Code(f.Err) == fetch.TimedOut {
				late++
				continue
			}
			console.Line(c.Stderr, "freshpin: %s", f)
		}
	}
	if late > 0 {
		console.Line(c.Stderr, "freshpin: --timeout %s ended the lookups before %s about images and packages had an answer, so the rules that ask them reported nothing; run again, or give more time: finished lookups are cached", c.lookup.Timeout, plan.Count(late, "question"))
	}
	if all.Unknown > 0 && !c.lookup.Quiet {
		console.Line(c.Stderr, "freshpin: %s about images and packages went unanswered, so the rules that ask them reported nothing", plan.Count(all.Unknown, "question"))
	}
}
