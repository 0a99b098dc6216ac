package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/rules"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/report"
)

// A checkCommand holds the flags of freshpin check.
type checkCommand struct {
	*env
	lookup  lookupFlags
	format  string
	color   string
	outputs []string
	failOn  []string
	level   string
	strict  bool
	rules   []string
	fix     string // "", "safe" or "all"
	diff    bool
	force   bool
	list    bool
	known   knownFlags
}

// What --fix takes.
const (
	fixSafe = "safe"
	fixAll  = "all"
)

func newCheck(e *env) *cobra.Command {
	c := &checkCommand{env: e}
	cmd := &cobra.Command{
		Use:   "check [PATH | github:OWNER/REPO]...",
		Short: "Judge Dockerfiles and compose files by the checklist, and mend them",
		Long: `Judges Dockerfiles and compose files by the checklist: what they must, should
and could do. Registries are asked about base images; with --offline, and where
that fails, rules that need an answer stay silent.

With --fix the safe fixes are written into the files, with --fix=all also those
that change what is built or how it runs. With --diff they are printed as a
patch, and nothing is written.

Exit code: 0 all was looked up, 1 something could not be, 2 wrong command line
or configuration, 3 the gate asked for (--fail-on) tripped.`,
		Example: `  freshpin check
  freshpin check --level must --fail-on must
  freshpin check --fix=all --diff
  freshpin check --list
  freshpin explain root-user`,
		RunE: c.run,
	}
	c.register(cmd.Flags())
	offer(cmd, "format", formats...)
	offer(cmd, "color", colors...)
	offer(cmd, "level", levels...)
	offer(cmd, "fix", fixSafe, fixAll)
	offer(cmd, "rule", ruleNames()...)
	offer(cmd, "fail-on", append(slices.Clone(levels), ruleNames()...)...)
	return cmd
}

// levels are the words of --level.
var levels = []string{"must", "should", "could"}

func (c *checkCommand) register(f *pflag.FlagSet) {
	f.StringVar(&c.level, "level", "", "list nothing that matters less: must, should or could (default as configured, else could)")
	f.BoolVar(&c.strict, "strict", false, "also look for what the strict rules find")
	f.StringSliceVar(&c.rules, "rule", nil, "only these `RULES`, also strict ones")
	f.StringVar(&c.fix, "fix", "", "write the safe fixes; --fix=all also those that change behaviour")
	f.Lookup("fix").NoOptDefVal = fixSafe
	f.BoolVar(&c.diff, "diff", false, "print the fixes as a patch and write nothing")
	f.BoolVar(&c.force, "force", false, "also write files with uncommitted changes")
	f.BoolVar(&c.list, "list", false, "print all rules")
	f.StringVar(&c.format, "format", "table", "how to print: table, json, markdown or sarif")
	f.StringVar(&c.color, "color", "auto", "colour the table: auto, always or never")
	f.StringArrayVar(&c.outputs, "output", nil, "also write `FORMAT=FILE` (repeatable); github=$GITHUB_OUTPUT adds the outputs of a workflow's step")
	f.StringSliceVar(&c.failOn, "fail-on", nil, "exit with 3 when there is a finding of this `LEVEL` or above, or of this rule")
	c.known.register(f)
	l := &c.lookup
	f.StringSliceVar(&l.files, "file", nil, "only files whose path matches the `GLOB`")
	f.StringVar(&l.asOf, "as-of", "", "judge lines of images as of this `TIME` instead of now")
	f.StringVar(&l.operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&l.cacheDir, "cache-dir", "", "keep answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.BoolVar(&l.offline, "offline", false, "ask no registry")
	f.IntVar(&l.jobs, "jobs", 0, "how many requests are under way at once (default 32)")
	f.DurationVar(&l.timeout, "timeout", 0, "give up what has not been looked up after this time (default none)")
	f.BoolVarP(&l.verbose, "verbose", "v", false, "also tell what is ignored and why, and of every request")
	f.BoolVarP(&l.quiet, "quiet", "q", false, "print findings only, no summary and no hints")
}

func ruleNames() (names []string) {
	for _, r := range rules.All() {
		names = append(names, r.ID)
	}
	return names
}

func (c *checkCommand) run(cmd *cobra.Command, args []string) error {
	if err := c.words(args); err != nil {
		return err
	}
	outputs, err := parseOutputs(c.outputs, append(slices.Clip(formats), githubFormat))
	if err != nil {
		return err
	}
	if c.list {
		return report.Options{}.ChecklistRules(c.stdout, rules.All())
	}
	c.lookup.remote = slices.ContainsFunc(args, isRemote)
	s, err := c.settings(&c.lookup)
	if err != nil {
		return err
	}
	list, err := trees(cmd.Context(), args, s)
	if err != nil {
		return err
	}
	ctx, cancel := within0(cmd.Context(), c.lookup.timeout)
	defer cancel()
	reports, err := c.judge(ctx, s, list)
	if err != nil {
		return err
	}
	if c.fix != "" || c.diff {
		if reports, err = c.mend(ctx, s, args, reports); err != nil {
			return err
		}
	}
	gone, err := c.leaveOut(ctx, args, list, reports)
	if err != nil {
		return err
	}
	return c.tell(reports, outputs, gone)
}

// within0 is a context with a timeout, where there is one.
func within0(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

// words finds words that mean nothing before any work is done.
func (c *checkCommand) words(args []string) error {
	known := ruleNames()
	for _, r := range c.rules {
		if !slices.Contains(known, r) {
			return noRule("--rule", r, known)
		}
	}
	for _, w := range c.failOn {
		if !slices.Contains(known, w) && !slices.Contains(levels, w) {
			return noRule("--fail-on", w, append(slices.Clone(levels), known...))
		}
	}
	switch {
	case c.level != "" && !slices.Contains(levels, c.level):
		return usage("--level %q is not must, should or could", c.level)
	case c.fix != "" && c.fix != fixSafe && c.fix != fixAll:
		return usage("--fix %q is not safe or all", c.fix)
	case !slices.Contains(formats, c.format):
		return usage("format %q is not table, json, markdown or sarif", c.format)
	case !slices.Contains(colors, c.color):
		return usage("--color %q is not auto, always or never", c.color)
	case (c.fix != "" || c.diff) && len(args) > 1:
		return usage("--fix and --diff take one folder, not %d", len(args))
	case c.fix != "" && !c.diff && slices.ContainsFunc(args, isRemote):
		return &usageError{err: fmt.Errorf("--fix writes into a folder, and %s is a repository on GitHub", args[0]), hint: "--diff prints the fixes as a patch"}
	}
	if err := c.known.check(args); err != nil {
		return err
	}
	return c.lookup.check()
}

func noRule(flag, word string, known []string) error {
	u := &usageError{err: fmt.Errorf("%s: there is no rule %q", flag, word), hint: "freshpin check --list prints all rules"}
	if near := config.Closest(word, known); near != "" {
		u.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return u
}

// judge judges all trees.
func (c *checkCommand) judge(ctx context.Context, s *settings, list []plan.Tree) ([]*checklist.Report, error) {
	now, err := parseTime(c.lookup.asOf)
	if err != nil {
		return nil, err
	}
	if now.IsZero() {
		now = time.Now()
	}
	scan := &checklist.Scan{Ecosystems: s.ecosystems(), Rules: rules.All(), Now: now, Parallel: c.lookup.jobs}
	ends, err := s.ends()
	if err != nil {
		return nil, err
	}
	sources := &checklist.Sources{Ecosystems: scan.Ecosystems, Ends: ends, Now: now, Commit: all.Commits(s.options())}
	scan.Answer, scan.Offline = sources.Answer, s.offline
	scan.Tracked = trackedIn
	if len(c.lookup.files) > 0 {
		scan.Files = func(path string) bool { return matches(c.lookup.files, path) }
	}
	var reports []*checklist.Report
	for _, t := range list {
		scan := *scan
		scan.Settings = c.checkSettings(t, now)
		r, err := scan.Run(s.within(ctx, c.lookup.unattended), t)
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	c.warn(list)
	return reports, nil
}

// trackedIn tells which files of a tree git tracks: all of what a forge has; nil for a folder without a repository.
func trackedIn(t plan.Tree) func(file string) bool {
	if r, ok := t.Rules.(ruleSet); ok {
		return r.tracked
	}
	return func(string) bool { return true }
}

// checkSettings puts together what flags and the nearest settings of each file say.
func (c *checkCommand) checkSettings(t plan.Tree, now time.Time) check.Settings {
	s := check.Settings{Strict: c.strict}
	if len(c.rules) > 0 {
		s.Only = c.rules
	}
	s.Level, _ = check.ParseLevel(c.level)
	r, ok := t.Rules.(ruleSet)
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

// tell prints what was found, and sets the exit code.
func (c *checkCommand) tell(reports []*checklist.Report, outputs []output, gone []string) error {
	if !c.diff {
		if err := c.print(c.stdout, c.format, "", reports); err != nil {
			return err
		}
	}
	for _, o := range outputs {
		if err := o.write(func(w io.Writer) error { return c.print(w, o.format, o.file, reports) }); err != nil {
			return err
		}
	}
	sum := sum(reports, plan.Tree.Show)
	c.troubles(reports, sum)
	if c.known.gates() && len(c.failOn) == 0 {
		c.failOn = []string{"could"}
	}
	if tripped := append(sum.Tripped(c.failOn), gone...); len(tripped) > 0 && c.code != exitFailed {
		c.code = exitTripped
		if !c.lookup.quiet {
			printLine(c.stderr, "freshpin: the gate tripped: %s", strings.Join(tripped, ", "))
		}
	}
	return nil
}

// sum puts the findings of all trees together, with their files as show writes them.
func sum(reports []*checklist.Report, show func(t plan.Tree, file string) string) *report.Checklist {
	all := &report.Checklist{Rules: rules.All(), Version: Version}
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

func (c *checkCommand) print(w io.Writer, format, file string, reports []*checklist.Report) error {
	switch format {
	case "json":
		return sum(reports, plan.Tree.Show).JSON(w)
	case "markdown":
		return sum(reports, toListed).Markdown(w)
	case "sarif": // code scanning wants them from the top of the repository
		return sum(reports, toRepository).SARIF(w)
	case githubFormat:
		return sum(reports, plan.Tree.Show).Outputs(w)
	}
	o := &outdated{env: c.env, color: c.color}
	options := report.Options{Color: file == "" && o.colored(), Width: o.width(file), Verbose: c.lookup.verbose, Quiet: c.lookup.quiet}
	return options.Checklist(w, sum(reports, toListed))
}

// troubles tells what was not read or looked up.
func (c *checkCommand) troubles(reports []*checklist.Report, all *report.Checklist) {
	for _, r := range reports {
		for _, p := range r.Problems {
			c.code = exitFailed
			printLine(c.stderr, "freshpin: %s: %v", toListed(r.Tree, p.Path), cause(p.Err))
		}
		for _, text := range r.Unread {
			printLine(c.stderr, "freshpin: %s", text)
		}
		for _, f := range r.Failed {
			c.code = exitFailed
			printLine(c.stderr, "freshpin: %s", f)
		}
	}
	if all.Unknown > 0 && !c.lookup.quiet {
		printLine(c.stderr, "freshpin: %s about images and packages went unanswered: rules that need an answer were silent", count(all.Unknown, "question"))
	}
	if all.Files == 0 && !c.lookup.quiet {
		printLine(c.stderr, "freshpin: no Dockerfiles and compose files were found; a file with another name is read where it is named")
	}
}
