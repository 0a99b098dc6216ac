package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/cmd/internal/wiring"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/service"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/service/schedule"
	"github.com/freshpin/freshpin/updater/service/telemetry"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/processes"
)

// An assembly connects the parts of the service.
type assembly struct {
	*command
	set       *wiring.Settings
	db        *database.DB
	processes *processes.Store
	lookups   *lookups.Store
	log       *telemetry.Log
	metrics   *telemetry.Metrics
	pauses    *sharedPauses
	service   atomic.Pointer[service.Service]
}

func (w *assembly) options(context.Context) (service.Options, error) {
	o := w.set.Operator
	w.metrics = telemetry.NewMetrics(console.Version, w.set.Forge.Info)
	w.pauses = &sharedPauses{processes: w.processes, log: w.log.Logger}
	hub, err := hub(w.set, w.pauses, w.metrics.Left)
	if err != nil {
		return service.Options{}, err
	}
	texts, err := wiring.Texts(w.Getenv, w.templates)
	if err != nil {
		return service.Options{}, err
	}
	if err := w.share(); err != nil {
		return service.Options{}, err
	}
	planner, err := w.set.Planner()
	if err != nil {
		return service.Options{}, err
	}
	opts := service.Options{
		Planner: planner,
		Check:   func() *checklist.Checker { return w.set.Checklist(time.Now()) },
		Store:   w.db, Lookups: w.lookups, Hub: hub, Forge: w.set.Forge.Info, Message: texts, Ecosystems: w.set.Ecosystems,
		Scope: func(r store.Repository) service.Scope {
			return service.Scope{Part: o.Takes(r.Name, r.Topics), Observe: o.Observes(r.Name, r.Topics)}
		},
		Rules: func(r store.Repository, tree fs.FS, base string, home bool) lifecycle.Rules {
			return config.Load(tree, w.set.Overrides.About(r.Name, r.Topics).On(base, home))
		},
		Schedule: w.schedule, Settings: w.digest(), Events: o.WebhookSecret != "",
		RepositoriesPerDay: limit(o, perDay), PullRequestsPerHour: limit(o, perHour), Workers: limit(o, passes),
		Count: w.pass, Since: w.since,
		Hooks: hook.Options{Forge: w.set.Forge.Webhooks(list(o.WebhookSecret)), RegistrySecrets: list(o.RegistrySecret), Log: w.log.Logger, Seen: w.metrics.Webhook},
		Watch: w.metrics, Metrics: w.seen(o), Wrap: telemetry.Wrap, Hide: w.log.Hide, Log: w.log.Logger,
	}
	if opts.Receivers, opts.Notifier, err = receivers(o); err != nil {
		return service.Options{}, err
	}
	opts.BaseURL, opts.OldAfter = o.BaseURL, time.Duration(o.PullOld)
	opts.Pages, err = w.pages(o)
	return opts, err
}

// seen is the handler for Prometheus. A request with the token may use any Host
// name, since a page of another site does not have the token.
func (w *assembly) seen(o *config.Operator) http.Handler {
	if tokens := list(o.MetricsToken); len(tokens) > 0 {
		return w.metrics.Handler(tokens...)
	}
	return web.Guard(w.metrics.Handler(), o.BaseURL, o.Listen)
}

// share makes lookups common to all processes: one long-lived client, and the
// database as the cache between processes.
func (w *assembly) share() error {
	shared := &sharedLookups{Store: w.lookups}
	// Only a Postgres database has a pool, and only it serves several processes.
	if w.db.Pool() != nil {
		shared.processes = w.processes
	}
	client, err := w.set.ClientWith(&w.lookup, func(o *fetch.Options) {
		// No folder: the database is the cache, which all processes share.
		o.Lasting, o.Shared, o.CacheDir, o.Log = true, shared, "", w.log.Logger
		o.Pauses, o.Seen = w.pauses, w.metrics.Lookup
	})
	if err != nil {
		return err
	}
	w.set.Client = client
	return nil
}

// sharedLookups stores lookups in the database. It implements fetch.Shared.
type sharedLookups struct {
	*lookups.Store
	processes *processes.Store // nil for a single process
}

// Load implements fetch.Shared.
func (s *sharedLookups) Load(ctx context.Context, key string) ([]byte, time.Time, error) {
	e, err := s.Store.Load(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		// To fetch, an error would mean that the cache does not work.
		return nil, time.Time{}, nil
	}
	return e.Data, e.Heard, err
}

// Save implements fetch.Shared.
func (s *sharedLookups) Save(ctx context.Context, key, host, url string, data []byte) error {
	return s.Store.Save(ctx, store.Entry{Key: key, Host: host, URL: url, Data: data, Heard: time.Now()})
}

// Lease implements fetch.Shared. SQLite serves one process, which already deduplicates its own
// requests.
func (s *sharedLookups) Lease(ctx context.Context, key string, d time.Duration) (bool, error) {
	if s.processes == nil {
		return true, nil
	}
	err := s.processes.Lease(ctx, "lookup/"+key, d)
	if errors.Is(err, store.ErrTaken) {
		return false, nil
	}
	return err == nil, err
}

// Release implements fetch.Shared.
func (s *sharedLookups) Release(ctx context.Context, key string) error {
	if s.processes == nil {
		return nil
	}
	return s.processes.Release(ctx, "lookup/"+key)
}

// pass prepares one pass over a repository: it gets a request budget, and its requests are counted.
func (w *assembly) pass(ctx context.Context) (context.Context, func() (sent, cached int)) {
	ctx, tally := fetch.Counted(w.set.Within(ctx, true, false))
	return ctx, func() (int, int) {
		s := tally.Stats()
		return s.Sent, s.Cached
	}
}

// since asks a registry again, at the server configured for it, ignoring answers older than a time.
func (w *assembly) since(ctx context.Context, t time.Time, host string) context.Context {
	hosts := []string{host}
	// Docker Hub answers under these names, and is called by another.
	if host == "docker.io" {
		hosts = append(hosts, "index.docker.io", "registry-1.docker.io")
	}
	if u, err := url.Parse(w.set.Mirrors[host]); err == nil && u.Host != "" {
		hosts = append(hosts, u.Host)
	}
	for _, h := range hosts {
		ctx = fetch.Since(ctx, t, h)
	}
	return ctx
}

// schedule returns when a repository is due: on its own schedule, the operator's, or
// once a week at a time derived from its name. Repositories with the same schedule
// are spread.
func (w *assembly) schedule(repo, cron, zone string) (func(time.Time) time.Time, error) {
	o := w.set.Operator
	if cron == "" && o.Schedule != nil {
		cron = string(*o.Schedule)
		if o.Timezone != nil {
			zone = string(*o.Timezone)
		}
	}
	if cron == "" {
		return func(t time.Time) time.Time { return schedule.Weekly(repo, t) }, nil
	}
	s, err := schedule.Parse(cron, zone)
	if err != nil {
		return nil, err
	}
	return func(t time.Time) time.Time { return s.NextSpread(repo, t) }, nil
}

// digest identifies the settings that decide which repositories take part.
func (w *assembly) digest() string {
	o := w.set.Operator
	sum := sha256.Sum256([]byte(fmt.Sprint(o.Repositories, len(o.For), parts(o.For))))
	return hex.EncodeToString(sum[:8])
}

func parts(list []config.For) (out []string) {
	for _, f := range list {
		if f.Part != nil {
			out = append(out, fmt.Sprint(f.Match, *f.Part))
		}
	}
	return out
}

// list splits secrets at commas.
func list(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return strings.TrimSpace(s) == "" })
}

func perDay(l *config.Limits) *value.Count  { return l.RepositoriesPerDay }
func perHour(l *config.Limits) *value.Count { return l.PullRequestsPerHour }
func passes(l *config.Limits) *value.Count  { return l.Passes }

// limit returns one of the operator's limits, 0 if it is not set.
func limit(o *config.Operator, of func(*config.Limits) *value.Count) int {
	if o.Limits == nil || of(o.Limits) == nil {
		return 0
	}
	return int(*of(o.Limits))
}
