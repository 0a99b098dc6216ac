// Package serve is freshpin serve: it connects the parts of the service, and checks its settings.
package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/service"
	"github.com/freshpin/freshpin/updater/service/telemetry"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/processes"
)

// A command holds the flags of freshpin serve.
type command struct {
	*console.Env
	lookup      wiring.Flags
	given       config.Service // from flags
	templates   string         // a folder
	mode        string
	schedule    string
	check       bool
	noLogin     bool
	logFormat   string
	checkHealth bool
}

// New returns the command.
func New(e *console.Env) *cobra.Command {
	s := &command{Env: e}
	s.lookup.Unattended = true
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service: GitHub App, schedule, webhooks, web pages",
		Long: `Maintains all repositories that the GitHub App is installed on (or that GITHUB_TOKEN
may see): on a schedule, and as soon as a webhook reports a change. Web pages on
--listen show every pin, pull request and run; /metrics is for Prometheus, /healthz
and /readyz are for process supervisors.

By default it stores everything in freshpin.db (SQLite), listens on 127.0.0.1:8080
and only observes: it proposes nothing unless the mode is propose.
Several processes share the work on one Postgres: --database postgres://….

Each flag is also a FRESHPIN_ variable and a key of the operator's file.`,
		Example: `  GITHUB_TOKEN=… freshpin serve --insecure-no-login   # to try it out
  freshpin serve --config freshpin.yaml                # as a GitHub App, with sign-in
  freshpin serve --config freshpin.yaml --check-config`,
		Args: console.Args(cobra.NoArgs),
		RunE: s.run,
	}
	s.flags(cmd)
	return cmd
}

func (s *command) flags(cmd *cobra.Command) {
	f, l, g := cmd.Flags(), &s.lookup, &s.given
	f.StringVar(&l.Operator, "config", "", "the operator's `FILE`")
	f.StringVar(&g.Listen, "listen", "", "`ADDRESS` of the web pages and webhooks (default 127.0.0.1:8080)")
	f.StringVar(&g.Database, "database", "", "an SQLite `FILE`, or postgres://… (default freshpin.db)")
	f.StringVar(&s.mode, "mode", "", "observe or propose (default observe)")
	f.StringVar(&s.schedule, "schedule", "", "`CRON` expression for repositories without a schedule (default once a week, spread)")
	l.RegisterLogin(f)
	f.StringVar(&g.WebhookSecret, "webhook-secret", "", "the `SECRET` that signs GitHub's webhooks")
	f.StringVar(&g.BaseURL, "base-url", "", "the `URL` at which browsers reach the pages")
	f.StringVar(&s.templates, "templates", "", "use templates from this `FOLDER` instead of the built-in ones")
	f.StringVar(&l.CacheDir, "cache-dir", "", "cache files of repositories in this `FOLDER` (default freshpin in the user's cache folder)")
	l.RegisterJobs(f)
	f.StringVar(&s.logFormat, "log-format", "", "text or json (default text on a terminal, otherwise json)")
	f.BoolVarP(&l.Verbose, "verbose", "v", false, "log every request")
	f.BoolVar(&s.check, "check-config", false, "print the settings that apply, check that everything answers, and exit")
	f.BoolVar(&s.noLogin, "insecure-no-login", false, "let everyone who reaches the pages see and do everything; on loopback only")
	f.BoolVar(&s.checkHealth, "check-health", false, "ask a running service whether it is ready, and exit")
	console.Complete(cmd, "mode", "observe", "propose")
	console.Complete(cmd, "log-format", "text", "json")
}

// The defaults of the service.
const (
	defaultListen   = "127.0.0.1:8080"
	DefaultDatabase = "freshpin.db"
)

func (s *command) run(cmd *cobra.Command, _ []string) error {
	ctx := cmd.Context()
	set, err := s.serveSettings()
	if err != nil {
		return err
	}
	switch {
	case s.checkHealth:
		return s.askHealth(ctx, set)
	case s.check:
		return s.checkConfig(ctx, set)
	}
	return s.serve(ctx, set)
}

// serveSettings reads the operator's file and the environment, and applies the flags over them.
func (s *command) serveSettings() (*wiring.Settings, error) {
	if err := s.lookup.Check(); err != nil {
		return nil, err
	}
	set, err := wiring.Read(s.Env, &s.lookup)
	if err != nil {
		return nil, err
	}
	set.Strict = true
	o := set.Operator
	for _, v := range []struct{ to, flag *string }{
		{&o.Listen, &s.given.Listen}, {&o.Database, &s.given.Database}, {&o.WebhookSecret, &s.given.WebhookSecret}, {&o.BaseURL, &s.given.BaseURL},
	} {
		*v.to = cmp.Or(*v.flag, *v.to)
	}
	o.Listen, o.Database = cmp.Or(o.Listen, defaultListen), cmp.Or(o.Database, DefaultDatabase)
	if err := o.Choose(s.mode, s.schedule); err != nil {
		return nil, &console.UsageError{Err: err}
	}
	errs := o.CheckService()
	if s.noLogin {
		errs = append(errs, privately(o)...)
	}
	if len(errs) > 0 {
		return nil, &console.UsageError{Err: errors.Join(errs...)}
	}
	return set, nil
}

// privately returns an error if --insecure-no-login would expose the pages to other machines.
func privately(o *config.Operator) (errs []error) {
	if !web.Loopback(o.Listen) {
		errs = append(errs, fmt.Errorf("--insecure-no-login is for loopback only, and %s is not", o.Listen))
	}
	if u, err := url.Parse(o.BaseURL); err == nil && o.BaseURL != "" && !web.Loopback(u.Host) {
		errs = append(errs, fmt.Errorf("--insecure-no-login is for loopback only, and base_url is not a loopback address: %s", fetch.Plain(u)))
	}
	return errs
}

// logs returns the service's logger, which redacts secrets.
func (s *command) logs(set *wiring.Settings) *telemetry.Log {
	format := s.logFormat
	if format == "" {
		format = "json"
		if console.IsTerminal(s.Stderr) {
			format = "text"
		}
	}
	level := slog.LevelInfo
	if s.lookup.Verbose {
		level = slog.LevelDebug
	}
	o := set.Operator
	secrets := slices.Concat(set.Forge.Secrets, list(o.WebhookSecret), list(o.RegistrySecret), list(o.ReadToken), list(o.MetricsToken))
	for _, n := range o.Notify {
		n, _ = n.Resolved() // errors in it are reported where it is used
		secrets = append(secrets, n.Secret, n.URL)
	}
	return telemetry.NewLog(s.Stderr, format, level, fetch.RedactText, secrets)
}

// serve runs the service until ctx ends.
func (s *command) serve(ctx context.Context, set *wiring.Settings) error {
	log := s.logs(set)
	set.Log = log.Logger
	if _, err := hub(set, nil, nil); err != nil { // fail before a database is created
		return err
	}
	db, err := database.Open(ctx, set.Operator.Database, database.Options{Log: log.Logger})
	if err != nil {
		return err
	}
	defer db.Close()
	shutdown, err := telemetry.Traces(ctx, s.Getenv, console.Version, func(host string) *http.Transport {
		return fetch.Guarded(func(at string) bool { return at == host })
	})
	if err != nil {
		return err
	}
	defer shutdown()
	w := &assembly{
		command: s, set: set, log: log, db: db, processes: processes.New(db), lookups: lookups.New(db, int64(set.Operator.Cache.Size)),
	}
	o, err := w.options(ctx)
	if err != nil {
		return err
	}
	// Before the service exists: a taken address must stop it before it works on anything.
	if o.Listener, err = net.Listen("tcp", set.Operator.Listen); err != nil {
		return console.Usagef("listen: %w", err)
	}
	process, err := service.New(ctx, o)
	if err != nil {
		return errors.Join(err, o.Listener.Close())
	}
	w.service.Store(process)
	if _, err := s.checkSignIn(ctx, set); err != nil {
		log.Warn(err.Error())
	}
	if set.Operator.BaseURL == "" && !web.Loopback(set.Operator.Listen) {
		log.Warn("base_url is not set, so the pages answer only to requests for the listen address or a loopback name", "listen", set.Operator.Listen)
	}
	log.Info("serving", "address", "http://"+o.Listener.Addr().String(), "version", console.Version, "mode", string(set.Operator.GeneralMode()))
	return process.Run(ctx)
}

// hub returns the forge for the service, which needs a login.
func hub(set *wiring.Settings, pauses fetch.Pauses, left func(string, int)) (wiring.Hub, error) {
	hub, err := set.Forge.Open(pauses, left)
	if err != nil {
		return nil, err
	}
	if !set.Forge.LoggedIn {
		return nil, &console.UsageError{Err: fmt.Errorf("no %s login", set.Forge.Title), Hint: set.Forge.LoginHint}
	}
	return hub, nil
}

// checkTime limits how long --check-config and --check-health wait.
const checkTime = 15 * time.Second
