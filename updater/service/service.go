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
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/service/notify"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Options are what the service is made of. All of it is given: it reads no
// environment and no file.
type Options struct {
	Store      *store.DB
	Hub        Hub
	Ecosystems func() []ecosystems.Ecosystem // for one pass; they share their lookups
	Scan       updater.Scan                  // what passes know, but for their ecosystems
	Check      func() *checklist.Scan        // judges the files of a repository; nil judges nothing
	Message    *message.Renderer

	// Scope is what the operator decided for a repository, and Rules what applies to
	// the files of a base branch, by the settings in the tree of the default one.
	Scope func(store.Repository) Scope
	Rules func(repo store.Repository, tree fs.FS, base string, home bool) lifecycle.Rules
	// Schedule returns what says when a repository is due next. Both words are
	// empty where it chose nothing.
	Schedule func(repo, cron, zone string) (func(after time.Time) time.Time, error)
	Settings string // names the operator's settings: where they are others, repositories are listed anew

	RepositoriesPerDay  int             // new ones; 0 for no limit
	PullRequestsPerHour int             // new ones over all repositories; 0 for no limit
	Workers             int             // passes at once; 0 means 8
	Time                time.Duration   // that one pass may take; 0 means 10 min
	Resync              time.Duration   // everything is asked for after it, also where no event came; 0 means 7 days
	Waits               []time.Duration // before a job that failed is tried again; nil means from 10 s to 1 h
	Grace               time.Duration   // to finish the step that a job is in, when the process is to stop; 0 means 20 s
	Events              bool            // webhooks arrive, so that pull requests need not be asked for

	// Count makes a context in which lookups are counted; Since one in which
	// answers of a host that are older are not good enough.
	Count func(context.Context) (context.Context, func() (sent, cached int))
	Since func(ctx context.Context, t time.Time, host string) context.Context

	Listener net.Listener
	Hooks    hook.Options                                          // Deliver and Enqueue are filled in
	Pages    func(context.Context, *Service) (http.Handler, error) // "/" and below; nil for none
	Metrics  http.Handler                                          // /metrics; nil for none
	Watch    Watch                                                 // nil for nobody
	Wrap     func(http.Handler) http.Handler                       // around all of HTTP: traces; nil for nothing

	Receivers []notify.Receiver // who is told what happened
	Notifier  *http.Client      // sends it; needed where there are Receivers
	OldAfter  time.Duration     // a pull request that is open for longer is told; 0 means 14 days
	BaseURL   string            // how browsers reach the pages, for links in what is told; "" for no links

	Hide func(string) string // takes secrets out of a text; nil for nothing to hide
	Log  *slog.Logger        // nil for silence
	Now  func() time.Time    // nil means time.Now
}

// A Scope is what the operator decided for one repository.
type Scope struct {
	Part    bool // it takes part at all
	Observe bool // it is scanned and shown, and nothing is proposed
}

// A Watch is told what happens, for metrics.
type Watch interface {
	Pass(run store.Run, report *lifecycle.Report)
}

// A Service is one process of freshpin serve.
type Service struct {
	o          Options
	db         *store.DB
	queue      *queue.Queue
	ecosystems []ecosystems.Ecosystem // to ask whether they match
	server     *http.Server

	background sync.WaitGroup
	processes  atomic.Int64
	doubted    bool // this process has told what it thinks of the silence before it
	problems   problems
	turns      turns
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

// New makes a service; nothing runs yet.
func New(ctx context.Context, o Options) (*Service, error) {
	o = o.filled()
	s := &Service{o: o, db: o.Store, ecosystems: o.Ecosystems()}
	s.processes.Store(1)
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

// Want asks for a pass over a repository, now.
func (s *Service) Want(ctx context.Context, repo store.Repository) error {
	return s.want(ctx, repo, byPerson)
}

// Stopped reports whether the stop switch is on.
func (s *Service) Stopped(ctx context.Context) (bool, error) { return isStopped(ctx, s.db) }

// SetStop turns the stop switch, in somebody's name.
func (s *Service) SetStop(ctx context.Context, stop bool, by string) error {
	if !stop {
		by = ""
	}
	s.o.Log.WarnContext(ctx, "the stop switch was turned", "stop", stop, "by", by)
	return s.db.Set(ctx, stopKey, by)
}

// Processes is how many processes share the work, as far as known.
func (s *Service) Processes() int { return int(s.processes.Load()) }

// Queue is the queue, for pages and metrics.
func (s *Service) Queue() *queue.Queue { return s.queue }

// Run serves and works until ctx ends; then it finishes the steps that jobs are in.
func (s *Service) Run(ctx context.Context) error {
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

// unlessEnded is no error where the process was told to end.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// mostConns is how many connections are served at once: each may make us hold a
// part of a body, however slowly it comes.
const mostConns = 2000

// serve answers until ctx ends, and lets what is under way come to its end.
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
