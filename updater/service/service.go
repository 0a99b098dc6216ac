package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater"
	"github.com/freshpin/freshpin/updater/checklist"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/service/gate"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/service/notify"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/events"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// Options are the dependencies of the service. It reads no environment and no files
// itself.
type Options struct {
	Store      *database.DB
	Lookups    *lookups.Store // Sweep trims them; nil for none
	Hub        gate.Hub
	Forge      forge.Info                    // describes Hub
	Ecosystems func() []ecosystems.Ecosystem // for one pass; all share their lookups
	Planner    updater.Planner               // makes the plans of passes; Ecosystems replaces its own
	Check      func() *checklist.Checker     // the checklist for files of a repository; nil for none
	Message    *message.Renderer

	// Scope returns the operator's decisions about a repository. Rules returns what
	// applies to the files of a base branch, by the settings on the default branch.
	Scope func(store.Repository) Scope
	Rules func(repo store.Repository, tree fs.FS, base string, home bool) lifecycle.Rules
	// Schedule returns a function that computes when a repository is due next. cron
	// and zone are "" if the repository has not set them.
	Schedule func(repo, cron, zone string) (func(after time.Time) time.Time, error)
	Settings string // identifies the operator's settings; a change makes the service list repositories again

	RepositoriesPerDay  int             // limit of new ones; 0 for none
	PullRequestsPerHour int             // limit of new ones over all repositories; 0 for none
	Workers             int             // concurrent passes; 0 means 8
	Time                time.Duration   // time limit of a pass; 0 means 10 min
	Resync              time.Duration   // after it a pass reads everything again, even without events; 0 means 7 days
	Waits               []time.Duration // before a failed job is retried; nil means from 10 s to 1 h
	Grace               time.Duration   // how long jobs may continue after the process is asked to stop; 0 means 20 s
	Events              bool            // webhooks arrive, so that passes need not poll pull requests

	// Count returns a context that counts lookups; Since one that ignores cached
	// answers of a host older than a time.
	Count func(context.Context) (context.Context, func() (sent, cached int))
	Since func(ctx context.Context, t time.Time, host string) context.Context

	Listener net.Listener
	Hooks    hook.Options                                          // the service sets Deliver and Enqueue
	Pages    func(context.Context, *Service) (http.Handler, error) // "/" and below; nil for none
	Metrics  http.Handler                                          // /metrics; nil for none
	Watch    Watch                                                 // nil for none
	Wrap     func(http.Handler) http.Handler                       // wraps the HTTP handler for traces; nil for none

	Receivers []notify.Receiver // receivers of notifications
	Notifier  *http.Client      // for sending; required with Receivers
	OldAfter  time.Duration     // age after which an open pull request is reported; 0 means 14 days
	BaseURL   string            // URL of the pages, for links in notifications; "" for no links

	Hide func(string) string // removes secrets from a text; nil for none
	Log  *slog.Logger        // nil for no logging
	Now  func() time.Time    // nil means time.Now
}

// A Scope is the operator's decisions about one repository.
type Scope struct {
	Part    bool // the service handles it
	Observe bool // it is scanned and shown, but nothing is proposed
}

// A Watch receives events for metrics.
type Watch interface {
	Pass(run store.Run, report *lifecycle.Report)
}

// A Service is one process of freshpin serve.
type Service struct {
	subjects
	o          Options
	queue      *queue.Queue
	ecosystems []ecosystems.Ecosystem // only for Match
	server     *http.Server

	background sync.WaitGroup
	living     atomic.Int64 // processes that share the work
	doubted    bool         // the silence before this process started was handled
	problems   problems
	turns      turns
}

// subjects are what the service needs of its database.
type subjects struct {
	db           *database.DB
	repositories repositories.Store
	passes       passes.Store
	pins         pins.Store
	pulls        pulls.Store
	events       events.Store
	processes    *processes.Store
}

func subjectsOf(db *database.DB) subjects {
	return subjects{
		db: db, repositories: repositories.New(db), passes: passes.New(db), pins: pins.New(db),
		pulls: pulls.New(db), events: events.New(db), processes: processes.New(db),
	}
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Hide == nil {
		o.Hide = func(s string) string { return s }
	}
	if o.Count == nil {
		o.Count = func(ctx context.Context) (context.Context, func() (int, int)) {
			return ctx, func() (int, int) { return 0, 0 }
		}
	}
	if o.Since == nil {
		o.Since = func(ctx context.Context, _ time.Time, _ string) context.Context { return ctx }
	}
	if o.Workers == 0 {
		o.Workers = 8
	}
	if o.Time == 0 {
		o.Time = 10 * time.Minute
	}
	if o.Resync == 0 {
		o.Resync = 7 * 24 * time.Hour
	}
	if o.OldAfter == 0 {
		o.OldAfter = 14 * 24 * time.Hour
	}
	if o.Grace == 0 {
		o.Grace = 20 * time.Second
	}
	return o
}

// New creates a service; nothing runs yet.
func New(ctx context.Context, o Options) (*Service, error) {
	o = o.filled()
	s := &Service{o: o, subjects: subjectsOf(o.Store), ecosystems: o.Ecosystems()}
	s.living.Store(1)
	var err error
	if s.queue, err = queue.New(ctx, queue.Backend{Pool: o.Store.Pool(), File: o.Store.File()}, s, queue.Options{Workers: o.Workers, Waits: o.Waits, Time: o.Time + 5*time.Minute, Grace: o.Grace, Log: o.Log}); err != nil {
		return nil, err
	}
	handler, err := s.handler(ctx)
	if err != nil {
		return nil, err
	}
	s.server = &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog: slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// Want requests a pass over a repository, now.
func (s *Service) Want(ctx context.Context, repo store.Repository) error {
	return s.want(ctx, repo, byPerson)
}

// Stopped reports whether the stop switch is on.
func (s *Service) Stopped(ctx context.Context) (bool, error) { return gate.Stopped(ctx, s.processes) }

// SetStop turns the stop switch on or off; by is the login, for the log.
func (s *Service) SetStop(ctx context.Context, stop bool, by string) error {
	if !stop {
		by = ""
	}
	s.o.Log.WarnContext(ctx, "the stop switch was turned", "stop", stop, "by", by)
	return s.processes.Set(ctx, gate.StopKey, by)
}

// Processes returns how many processes share the work, if known.
func (s *Service) Processes() int { return int(s.living.Load()) }

// Queue returns the queue, for pages and metrics.
func (s *Service) Queue() *queue.Queue { return s.queue }

// Run serves and works until ctx ends, then finishes the running steps of jobs.
func (s *Service) Run(ctx context.Context) error {
	defer s.endBeats(ctx)
	if err := errors.Join(s.beat(ctx), s.enlist(ctx)); err != nil {
		return unlessEnded(ctx, err)
	}
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var parts sync.WaitGroup
	part := func(name string, run func(context.Context) error) {
		parts.Go(func() {
			if err := run(working); err != nil && !errors.Is(err, context.Canceled) {
				stop(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	part("queue", s.queue.Run)
	part("web server", s.serve)
	part("clock", func(ctx context.Context) error { s.clock(ctx); return nil })
	parts.Wait()
	return unlessEnded(ctx, context.Cause(working))
}

// endBeats tells the other processes that this one has ended.
func (s *Service) endBeats(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = s.processes.Leave(ctx) // without it, the others notice after a time without heartbeats
}

// unlessEnded drops the error if the process was asked to stop.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// mostConns limits open connections, since each may make the server buffer part of a
// body, however slowly it arrives.
const mostConns = 2000

// serve serves until ctx ends, then finishes open requests.
func (s *Service) serve(ctx context.Context) error {
	if s.o.Listener == nil {
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- s.server.Serve(netutil.LimitListener(s.o.Listener, mostConns)) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.o.Grace)
	defer cancel()
	if err := s.server.Shutdown(last); err != nil {
		return errors.Join(err, s.server.Close())
	}
	return nil
}
