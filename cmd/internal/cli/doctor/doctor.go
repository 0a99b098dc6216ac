// Package doctor is freshpin doctor: it checks all that the other commands need.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/cli/serve"
	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
)

// A doctor checks everything that the other commands need.
type doctor struct {
	*console.Env
	lookup wiring.Flags
	wiring.Findings
}

// New returns the command.
func New(e *console.Env) *cobra.Command {
	d := &doctor{Env: e}
	cmd := &cobra.Command{
		Use:   "doctor [PATH | github:OWNER/REPO]",
		Short: "Check logins, registries, proxies and tools, and say what to fix",
		Long: `Looks at all that the other commands need: the login for GitHub and what it may
do, the registries and indexes that the manifests name and whether they answer, the
logins found for them, proxies, the go and git commands, advisories, the cache, the
database of the service, the last run, the clock. Each line says what to do about it. It writes
nothing and prints no secret.

Exit code: 0 everything needed works, 1 something needed is missing or fails, 2 the
command line or the configuration is wrong.`,
		Example: `  freshpin doctor
  freshpin doctor github:acme/shop   # also checks whether this login may open pull requests there`,
		Args: console.Args(cobra.MaximumNArgs(1)),
		RunE: d.run,
	}
	f := cmd.Flags()
	f.StringVar(&d.lookup.Operator, "config", "", "the operator's `FILE` (not the repository's .freshpin.yaml)")
	f.StringVar(&d.lookup.CacheDir, "cache-dir", "", "cache answers in this `FOLDER` (default freshpin in the user's cache folder)")
	f.DurationVar(&d.lookup.Timeout, "timeout", time.Minute, "give up after this time")
	f.BoolVarP(&d.lookup.Verbose, "verbose", "v", false, "print every request")
	return cmd
}

func (d *doctor) run(cmd *cobra.Command, args []string) error {
	ctx, cancel := d.lookup.Timed(cmd.Context())
	defer cancel()
	path := append(args, ".")[0]
	// Before the settings are read, which decide by it whether private addresses are refused.
	d.lookup.Remote, d.lookup.Quiet = wiring.IsRemote(path), true
	s, err := wiring.Read(d.Env, &d.lookup)
	if err != nil {
		return err
	}
	s.Forge.Examine(ctx, path, &d.Findings)
	d.proxies()
	d.cache(s)
	d.database(ctx, s)
	if found := d.manifests(ctx, s, path); found != nil {
		d.tools(ctx, found)
	}
	d.print()
	return cmd.Context().Err()
}

// print prints one line per finding, problems last and with their hint.
func (d *doctor) print() {
	rank := map[string]int{"ok": 0, "note": 1, "bad": 2}
	// Problems come last, where a terminal ends.
	slices.SortStableFunc(d.Findings, func(a, b wiring.Finding) int { return rank[a.State] - rank[b.State] })
	n := map[string]int{}
	for _, f := range d.Findings {
		n[f.State]++
		console.Line(d.Stdout, "%-4s  %-10s  %s", f.State, f.What, f.Said)
		if f.Hint != "" {
			console.Line(d.Stdout, "      %-10s  -> %s", "", f.Hint)
		}
	}
	fmt.Fprintln(d.Stdout)
	switch {
	case n["bad"] > 0:
		d.Fail()
		console.Line(d.Stdout, "%s missing or failing, %s", plan.Count(n["bad"], "thing"), plan.Count(n["note"], "note"))
	default:
		console.Line(d.Stdout, "everything needed works, %s", plan.Count(n["note"], "note"))
	}
}

// proxies reports the proxies in use, without their passwords.
func (d *doctor) proxies() {
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY"} {
		text := cmp.Or(d.Getenv(name), d.Getenv(strings.ToLower(name)))
		if text == "" {
			continue
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" {
			d.Bad("proxy", "such as http://proxy.example:3128", "%s is not an address", name)
			continue
		}
		d.OK("proxy", "%s is %s; NO_PROXY: %s", name, u.Host, cmp.Or(d.Getenv("NO_PROXY"), d.Getenv("no_proxy"), "not set"))
	}
}

// cache reports the cache folder and whether it is usable.
func (d *doctor) cache(s *wiring.Settings) {
	if s.CacheDir == "" {
		d.Note("cache", "--cache-dir FOLDER, or XDG_CACHE_HOME", "answers are not cached: there is no folder for them")
		return
	}
	info, err := os.Stat(s.CacheDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.OK("cache", "%s, created at the first lookup", s.CacheDir)
	case err != nil:
		d.Bad("cache", "--cache-dir FOLDER", "%s: %v", s.CacheDir, console.Cause(err))
	case !info.IsDir():
		d.Bad("cache", "--cache-dir FOLDER", "%s is not a folder", s.CacheDir)
	default:
		d.OK("cache", "%s", s.CacheDir)
	}
}

// database checks the service's database if the operator names one.
func (d *doctor) database(ctx context.Context, s *wiring.Settings) {
	dsn := s.Operator.Database
	if dsn == "" {
		return
	}
	if said, err := serve.CheckDatabase(ctx, s); err != nil {
		d.Bad("database", "run freshpin serve --check-config for details", "%s: %v", serve.PlainDatabase(dsn), err)
	} else {
		d.OK("database", "%s: %s", serve.PlainDatabase(dsn), said)
		d.lastPass(ctx, dsn)
	}
}

// lastPass tells how the newest run of the service ended. A file is not made by a question.
func (d *doctor) lastPass(ctx context.Context, dsn string) {
	if _, err := os.Stat(dsn); err != nil && !strings.Contains(dsn, "://") {
		return
	}
	db, err := database.Open(ctx, dsn, database.Options{})
	if err != nil {
		d.Note("last run", "", "%v", err)
		return
	}
	defer db.Close()
	runs, err := history.New(db).Runs(ctx, store.Viewer{All: true}, 0, 1)
	switch {
	case err != nil:
		d.Note("last run", "", "%v", err)
	case len(runs) == 0:
		d.Note("last run", "freshpin serve makes the first when it starts", "the service has looked at no repository yet")
	case runs[0].Error != "":
		d.Note("last run", "the page of the repository has its log", "%s at %s: %s: %s", runs[0].Repo, runs[0].Began.UTC().Format("2006-01-02 15:04 MST"), runs[0].Outcome, runs[0].Error)
	default:
		d.OK("last run", "%s at %s: %s", runs[0].Repo, runs[0].Began.UTC().Format("2006-01-02 15:04 MST"), runs[0].Outcome)
	}
}

// tool looks for one of them.
func (d *doctor) tool(ctx context.Context, t ecosystems.Tool, needed bool) {
	path, err := exec.LookPath(t.Command)
	switch {
	case err == nil:
		cmd := exec.CommandContext(ctx, path, t.Version...)
		// A go.mod in the current folder could make the go command download another toolchain.
		cmd.Dir = os.TempDir()
		out, err := cmd.Output()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		if err != nil {
			d.Bad(t.Command, "run "+strings.Join(append([]string{t.Command}, t.Version...), " "), "%s does not run: %v", path, err)
			return
		}
		d.OK(t.Command, "%s, %s", strings.TrimSpace(string(out)), path)
	case needed:
		d.Bad(t.Command, t.Get+"; outdated works without it", "the %s command is not there, and %s are updated by it", t.Command, t.Files)
	default:
		d.OK(t.Command, "not there, and not needed here: there are no %s", t.Files)
	}
}

// tools looks for the commands that updates of these manifests need.
func (d *doctor) tools(ctx context.Context, found *plan.Plan) {
	needed := map[string]bool{}
	for _, i := range found.Items {
		if i.HasTool() {
			needed[i.Info().Tool.Command] = true
		}
	}
	for _, info := range all.Infos() {
		if t := info.Tool; t.Command != "" {
			d.tool(ctx, t, needed[t.Command])
		}
	}
	if path, err := exec.LookPath("git"); err != nil {
		d.Note("git", "install git", "the git command is not installed, so update cannot see uncommitted changes")
	} else {
		d.OK("git", "%s", path)
	}
}
