// Package run is freshpin run: one pass over repositories, and what it prints.
package run

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/dryrun"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/report/runs"
)

// A command holds the flags of freshpin run.
type command struct {
	*console.Env
	lookup    wiring.Flags
	settings  *wiring.Settings // set after the settings were read
	reposFrom string
	owners    []string
	templates string
	outputs   []string
	dryRun    bool
	diff      bool
	recorder  *dryrun.Forge // only with --dry-run
	looked    bool          // at a file or a pull request of some repository, or failed to
}

// atOnce is how many repositories are worked on concurrently.
const atOnce = 4

// New returns the command.
func New(e *console.Env) *cobra.Command {
	r := &command{Env: e}
	cmd := &cobra.Command{
		Use:   "run [github:OWNER/REPO]...",
		Short: "Open and maintain pull requests on GitHub: one pass, then exit",
		Long: `Makes one pass over repositories on GitHub: opens pull requests with the updates
that the policy allows, brings those that are open up to date, and closes those
for which nothing is left to do. For a scheduled job.

The login is GITHUB_TOKEN, or a GitHub App (--github-app-id, --github-app-key).
GITHUB_API_URL leads to GitHub Enterprise. Without a repository it is the one of
GITHUB_REPOSITORY, as workflows set it.

Exit code: 0 all was done, 1 something could not be looked up or published (the
rest was), 2 wrong command line or configuration, or no repository has a file that
Freshpin reads.`,
		Example: `  freshpin run github:acme/shop
  freshpin run --org acme
  freshpin run --repos-from repositories.txt   # one owner/repo on each line
  freshpin run github:acme/shop --dry-run --diff # what it would do; writes nothing`,
		RunE: r.run,
	}
	f := cmd.Flags()
	f.StringVar(&r.reposFrom, "repos-from", "", "also the repositories in this `FILE`, one per line; - is standard input")
	f.StringSliceVar(&r.owners, "org", nil, "also every repository of this `OWNER` that is not archived")
	f.StringArrayVar(&r.outputs, "output", nil, "also write `FORMAT=FILE` (repeatable): json, markdown, or github=$GITHUB_OUTPUT for the outputs of a workflow step")
	f.BoolVar(&r.dryRun, "dry-run", false, "print which pull requests would be opened, rebuilt and closed, and write nothing")
	f.BoolVar(&r.diff, "diff", false, "with --dry-run: also print each change as a patch")
	r.register(f)
	return cmd
}

// register adds the flags of commands on a forge. It has no filters, because a
// filtered-out pin would look removed and its pull request would be closed.
func (r *command) register(f *pflag.FlagSet) {
	l := &r.lookup
	l.Unattended = true
	f.StringVar(&l.Allow, "allow", "", "how far an update may move: patch, minor or major (default as configured, else patch)")
	f.StringVar(&l.AsOf, "as-of", "", "compute ages as of this `TIME` instead of now")
	f.StringVar(&l.Operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&l.CacheDir, "cache-dir", "", "cache answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.StringVar(&r.templates, "templates", "", "use templates from this `FOLDER` instead of the built-in ones")
	l.RegisterLogin(f)
	l.RegisterJobs(f)
	f.DurationVar(&l.Timeout, "timeout", 0, "give up after this time (default none)")
	f.BoolVarP(&l.Verbose, "verbose", "v", false, "print every request and every dependency")
	f.BoolVarP(&l.Quiet, "quiet", "q", false, "print only pull requests and failures")
}

func (r *command) run(cmd *cobra.Command, args []string) error {
	if r.diff && !r.dryRun {
		return &console.UsageError{Err: errors.New("--diff needs --dry-run"), Hint: "freshpin run --dry-run --diff"}
	}
	ctx, cancel := r.lookup.Timed(cmd.Context())
	defer cancel()
	outputs, err := console.ParseOutputs(r.outputs, formats)
	if err != nil {
		return err
	}
	reconciler, hub, err := r.reconciler()
	if err != nil {
		return err
	}
	repos, err := r.repositories(ctx, hub, args)
	if err != nil {
		return err
	}
	if f := r.settings.Forge; !f.LoggedIn {
		console.Line(r.Stderr, "freshpin: no %s login: %s, and nothing can be proposed; %s", f.Title, f.Anonymous, f.LoginHint)
	}
	done, err := r.all(ctx, reconciler, repos)
	if err == nil && !r.looked {
		err = nothingRead(repos)
	}
	// After an error too: what was done until then is what CI has to know.
	return errors.Join(err, writeOutputs(outputs, done))
}

// nothingRead is the error of a run none of whose repositories has a file to look at.
func nothingRead(repos []string) error {
	return &console.UsageError{
		Err:  fmt.Errorf("there are no %s in %s", all.Infos().Files("or"), strings.Join(repos, ", ")),
		Hint: "name other repositories, or look for ignore and ecosystems in .freshpin.yaml, which leave files out",
	}
}

// reconciler connects the life cycle to the forge.
func (r *command) reconciler() (*lifecycle.Reconciler, forge.Lister, error) {
	if err := r.lookup.Check(); err != nil {
		return nil, nil, err
	}
	s, err := wiring.Read(r.Env, &r.lookup)
	if err != nil {
		return nil, nil, err
	}
	r.settings = s
	now, err := wiring.ParseTime(r.lookup.AsOf)
	if err != nil {
		return nil, nil, err
	}
	texts, err := wiring.Texts(r.Getenv, r.templates)
	if err != nil {
		return nil, nil, err
	}
	hub, err := s.Forge.Open(nil, nil)
	if err != nil {
		return nil, nil, err
	}
	planner, err := s.Planner()
	if err != nil {
		return nil, nil, err
	}
	return &lifecycle.Reconciler{
		Forge:   r.forge(hub),
		Planner: planner,
		Rules:   func(repo fs.FS, base string, home bool) lifecycle.Rules { return s.Rules(repo, base, home) },
		Message: texts,
		Now:     now,
		Log:     s.Log,
		Check:   s.Checklist(now),
	}, hub, nil
}

// forge returns the forge for a pass: the hub, or with --dry-run a read-only wrapper.
func (r *command) forge(hub forge.Forge) forge.Forge {
	if !r.dryRun {
		return hub
	}
	r.recorder = dryrun.New(hub)
	return r.recorder
}

// repositories collects the repositories to work on, without duplicates, in the given order.
func (r *command) repositories(ctx context.Context, hub forge.Lister, args []string) ([]string, error) {
	words := slices.Clone(args)
	if r.reposFrom != "" {
		more, err := r.listed()
		if err != nil {
			return nil, err
		}
		words = append(words, more...)
	}
	// An empty --repos-from must not become a run over the repository of the workflow.
	if len(words) == 0 && len(r.owners) == 0 && r.reposFrom == "" {
		words = []string{r.settings.Forge.Here}
	}
	var repos []string
	for _, w := range words {
		repo, err := r.settings.Repository(w)
		if err != nil {
			return nil, err
		}
		repos = append(repos, repo)
	}
	for _, o := range r.owners {
		more, err := hub.Repositories(ctx, o)
		if err != nil {
			return nil, fmt.Errorf("repositories of %s: %w", o, err)
		}
		repos = append(repos, more...)
	}
	if len(repos) == 0 {
		return nil, r.nothingToDo()
	}
	return once(repos), nil
}

// nothingToDo is the error of a run without repositories.
func (r *command) nothingToDo() error {
	if len(r.owners) == 0 {
		return &console.UsageError{Err: fmt.Errorf("--repos-from %s names no repository", r.reposFrom), Hint: "one OWNER/REPO per line"}
	}
	return &console.UsageError{
		Err:  fmt.Errorf("no repository of %s is visible to this login", strings.Join(r.owners, ", ")),
		Hint: r.settings.Forge.Visible,
	}
}

// once drops duplicates, ignoring letter case.
func once(repos []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(repos, func(repo string) bool {
		// GitHub's names ignore case, and one repository needs one pass.
		key := strings.ToLower(repo)
		defer func() { seen[key] = true }()
		return seen[key]
	})
}

// listed reads --repos-from: one repository per line, # begins a comment.
func (r *command) listed() ([]string, error) {
	file := os.Stdin
	if r.reposFrom != "-" {
		var err error
		if file, err = os.Open(r.reposFrom); err != nil {
			return nil, console.Usagef("--repos-from: %w", err)
		}
		defer file.Close()
	}
	var words []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words = append(words, strings.Fields(text)...)
	}
	return words, lines.Err()
}

// all works on the repositories concurrently, and prints the results in the given order.
func (r *command) all(ctx context.Context, reconciler *lifecycle.Reconciler, repos []string) (runs.Run, error) {
	done := runs.Run{Schema: 1, Version: console.Version, DryRun: r.dryRun, Repositories: []runs.Repository{}}
	type result struct {
		report *lifecycle.Report
		err    error
	}
	results := make([]chan result, len(repos))
	places := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	defer wait.Wait()
	for n, repo := range repos {
		// Buffered, so that a pass that is ready early waits for no printing.
		results[n] = make(chan result, 1)
		wait.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			found, err := reconciler.Run(r.settings.Within(ctx, true, len(repos) == 1), repo)
			results[n] <- result{found, err}
		})
	}
	for n := range repos {
		one := <-results[n]
		r.show(one.report, one.err)
		done.Repositories = append(done.Repositories, reported(one.report, one.err))
	}
	// After a deadline the repositories have their own errors; a cancellation ends the command.
	if errors.Is(ctx.Err(), context.Canceled) {
		return done, ctx.Err()
	}
	return done, nil
}

// show prints the result of one run and records its failures.
func (r *command) show(report *lifecycle.Report, err error) {
	// A repository that failed may have files.
	r.looked = r.looked || err != nil || report.Plan.Files > 0 || len(report.Groups) > 0
	if r.dryRun {
		r.showDryRun(report, err)
	} else {
		r.printReport(report)
	}
	for _, w := range report.Warnings {
		console.Line(r.Stderr, "freshpin: %s: %s", report.Repo, w)
	}
	for _, b := range report.Bases {
		if b.Err != nil {
			console.Line(r.Stderr, "freshpin: %s: %v; its pull requests are left alone", report.Repo, b.Err)
		}
	}
	var c *config.Error
	switch {
	case errors.As(err, &c):
		r.ComplainAll(err)
		r.Code = console.ExitUsage
	case err != nil:
		r.ComplainAll(err)
		r.Fail()
	case report.Failed():
		r.Fail()
	}
}
