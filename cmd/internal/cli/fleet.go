package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/cli/check"
	"github.com/freshpin/freshpin/cmd/internal/cli/serve"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/sanitize"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/findings"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// A fleetCommand holds the flags of freshpin fleet.
type fleetCommand struct {
	*console.Env
	lookup   wiring.Flags
	database string
	format   string
	limit    int
	rule     string
}

func newFleet(e *console.Env) *cobra.Command {
	f := &fleetCommand{Env: e}
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Query the database of the service across all repositories, or stop the service",
		Long: `Reads the database of freshpin serve, which may be running meanwhile.

  freshpin fleet who PIN    repository, file, line and pull request of every pin
  freshpin fleet status     how many pins are current, proposed, held, failed
  freshpin fleet stop       set the stop switch: no more lookups and no more writes
  freshpin fleet resume     release the stop switch`,
		Example: `  freshpin fleet who python:3.6
  freshpin fleet who sha256:…
  freshpin fleet who requests==2.19.0
  freshpin fleet who --rule root-user
  freshpin fleet who GHSA-9wx4-h78v-vm56`,
	}
	p := cmd.PersistentFlags()
	p.StringVar(&f.database, "database", "", "an SQLite `FILE`, or postgres://… (default freshpin.db)")
	p.StringVar(&f.lookup.Operator, "config", "", "the operator's `FILE`")
	p.StringVar(&f.format, "format", "table", "table or json")
	who := &cobra.Command{Use: "who PIN", Short: "List who uses an image, package or digest, or who is affected by an advisory; with --rule, the findings of a checklist rule",
		Args: console.Args(func(cmd *cobra.Command, args []string) error {
			if f.rule != "" {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		}), RunE: f.who}
	who.Flags().IntVar(&f.limit, "limit", 1000, "list at most this many pins")
	who.Flags().StringVar(&f.rule, "rule", "", "list the findings of this checklist `RULE` instead of pins")
	console.Complete(who, "rule", check.RuleNames()...)
	cmd.AddCommand(who,
		&cobra.Command{Use: "status", Short: "Show how many pins of all repositories are current, proposed, held or failed", Args: console.Args(cobra.NoArgs), RunE: f.status},
		&cobra.Command{Use: "stop", Short: "Stop all work at once", Args: console.Args(cobra.NoArgs), RunE: f.set("stopped by freshpin fleet stop", "stopped: no more lookups and no more writes; freshpin fleet resume resumes all work")},
		&cobra.Command{Use: "resume", Aliases: []string{"go"}, Short: "Resume all work", Args: console.Args(cobra.NoArgs), RunE: f.set("", "resumed: all work continues")})
	return cmd
}

// open opens the database that the service uses.
func (f *fleetCommand) open(cmd *cobra.Command) (*database.DB, error) {
	if f.format != "table" && f.format != "json" {
		return nil, console.Usagef("--format %q is not table or json", f.format)
	}
	set, err := wiring.Read(f.Env, &f.lookup)
	if err != nil {
		return nil, err
	}
	dsn := cmp.Or(f.database, set.Operator.Database, serve.DefaultDatabase)
	if !strings.Contains(dsn, "://") {
		// Opening SQLite would create the file, and then find nothing in it.
		if _, err := os.Stat(dsn); err != nil {
			return nil, &console.UsageError{Err: fmt.Errorf("database %s: %v", dsn, console.Cause(err)), Hint: "--database names the one that freshpin serve uses"}
		}
	}
	return database.Open(cmd.Context(), dsn, database.Options{})
}

func (f *fleetCommand) who(cmd *cobra.Command, args []string) error {
	db, err := f.open(cmd)
	if err != nil {
		return err
	}
	defer db.Close()
	if f.rule != "" {
		return f.whoBreaks(cmd, db)
	}
	pins, err := pins.New(db).Search(cmd.Context(), store.Viewer{All: true}, args[0], f.limit)
	if err != nil {
		return err
	}
	list := answer{
		json: map[string]any{"query": args[0], "pins": found(pins)}, none: "uses " + args[0], noun: "pin",
		header: table.Row{"repository", "file", "pin", "status", "pull request"},
	}
	for _, p := range pins {
		list.add(p.Repo, p.File, p.Line, sanitize.Cell(p.Name+" "+p.Pin), p.Status, numbered(p.Pull))
	}
	return f.print(cmd.Context(), db, &list)
}

// An answer is what a query over all repositories has found.
type answer struct {
	json   map[string]any
	none   string // what no repository does, if there are no rows
	noun   string // of a row
	header table.Row
	rows   []table.Row
	repos  map[string]bool
}

// add adds a row about a line of a file.
func (a *answer) add(repo, file string, line int, cells ...any) {
	if a.repos == nil {
		a.repos = map[string]bool{}
	}
	a.repos[repo] = true
	a.rows = append(a.rows, append(table.Row{sanitize.Name(repo), fmt.Sprintf("%s:%d", sanitize.Name(file), line)}, cells...))
}

func (f *fleetCommand) print(ctx context.Context, db *database.DB, a *answer) error {
	if len(a.rows) == 0 {
		if err := someRepository(ctx, db); err != nil {
			return err
		}
	}
	switch {
	case f.format == "json":
		return f.json(a.json)
	case len(a.rows) == 0:
		console.Line(f.Stdout, "no repository %s", a.none)
		return nil
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(a.header)
	t.AppendRows(a.rows)
	fmt.Fprintln(f.Stdout, t.Render())
	console.Line(f.Stdout, "%s in %s", plan.Count(len(a.rows), a.noun), plan.Count(len(a.repos), "repository"))
	return nil
}

// someRepository is an error where the database holds no repository, because then
// finding nothing in it means nothing.
func someRepository(ctx context.Context, db *database.DB) error {
	_, states, err := repositories.New(db).Totals(ctx, store.Viewer{All: true})
	if err != nil || len(states) > 0 {
		return err
	}
	return &console.UsageError{Err: errors.New("the database holds no repository yet"), Hint: "freshpin serve adds those of its login; freshpin doctor says what it sees"}
}

// whoBreaks lists the findings of a rule.
func (f *fleetCommand) whoBreaks(cmd *cobra.Command, db *database.DB) error {
	if known := check.RuleNames(); !slices.Contains(known, f.rule) {
		return check.UnknownRule("--rule", f.rule, known)
	}
	list, err := findings.New(db).OfRule(cmd.Context(), store.Viewer{All: true}, f.rule, f.limit)
	if err != nil {
		return err
	}
	found := make([]foundRule, 0, len(list)) // never nil: JSON has a list
	a := answer{none: "has findings of " + f.rule, noun: "finding", header: table.Row{"repository", "file", "level", "what is wrong"}}
	for _, x := range list {
		found = append(found, foundRule{x.Repo, x.ID, x.Rule, x.Level, x.Information, x.File, x.Line, x.Stage, x.Text})
		level := x.Level
		if x.Information {
			level += " (information)"
		}
		a.add(x.Repo, x.File, x.Line, level, sanitize.Cell(x.Text))
	}
	a.json = map[string]any{"rule": f.rule, "findings": found}
	return f.print(cmd.Context(), db, &a)
}

// A foundRule is one finding in the output of fleet who --rule; its JSON keys are those of check.
type foundRule struct {
	Repository  string `json:"repository"`
	ID          string `json:"id"`
	Rule        string `json:"rule"`
	Level       string `json:"level"`
	Information bool   `json:"information"`
	File        string `json:"file"`
	Line        int    `json:"line"`
	Stage       string `json:"stage"`
	Text        string `json:"text"`
}

// A foundPin is one pin in the output of fleet who; its JSON keys are those of outdated.
type foundPin struct {
	Repository string `json:"repository"`
	File       string `json:"file"`
	Line       int    `json:"line"`
	Ecosystem  string `json:"ecosystem"`
	Name       string `json:"name"`
	Package    string `json:"package"`
	Pin        string `json:"pin"`
	Digest     string `json:"digest"`
	Current    string `json:"current"`
	Status     string `json:"status"`
	Pull       int    `json:"pull_request"`
}

func found(pins []store.Pin) []foundPin {
	list := make([]foundPin, 0, len(pins))
	for _, p := range pins {
		list = append(list, foundPin{p.Repo, p.File, p.Line, p.Ecosystem, p.Name, p.Package, p.Pin, p.Digest, p.Current, string(p.Status), p.Pull})
	}
	return list
}

func numbered(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("#%d", n)
}

func (f *fleetCommand) status(cmd *cobra.Command, _ []string) error {
	db, err := f.open(cmd)
	if err != nil {
		return err
	}
	defer db.Close()
	t, states, err := repositories.New(db).Totals(cmd.Context(), store.Viewer{All: true})
	if err != nil {
		return err
	}
	stopped, err := processes.New(db).Setting(cmd.Context(), "stop")
	if err != nil {
		return err
	}
	if f.format == "json" {
		return f.json(map[string]any{"pins": t.Pins, "current": t.Current, "updates": t.Updates, "held": t.Held, "skipped": t.Skipped,
			"failed": t.Failed, "security": t.Security, "libyears": t.Libyears, "repositories": states, "stopped": stopped != ""})
	}
	repos := 0
	for _, n := range states {
		repos += n
	}
	console.Line(f.Stdout, "%s: %d proposing, %d observed, %d waiting, %d refused, %d broken", plan.Count(repos, "repository"),
		states[store.Proposing], states[store.Observed], states[store.Waiting], states[store.Refused], states[store.Broken])
	console.Line(f.Stdout, "%s: %d current, %d to update, %d held, %d skipped, %d failed; %.1f years behind",
		plan.Count(t.Pins, "pin"), t.Current, t.Updates, t.Held, t.Skipped, t.Failed, t.Libyears)
	if stopped != "" {
		console.Line(f.Stdout, "all work is stopped; freshpin fleet resume resumes it")
	}
	return nil
}

// set turns the stop switch on or off.
func (f *fleetCommand) set(value, said string) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		db, err := f.open(cmd)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := processes.New(db).Set(cmd.Context(), "stop", value); err != nil {
			return err
		}
		console.Line(f.Stdout, "%s", said)
		return nil
	}
}

func (f *fleetCommand) json(v any) error {
	return sanitize.JSON(f.Stdout, v)
}
