package queue

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	_ "modernc.org/sqlite" // the driver for database/sql

	"github.com/freshpin/freshpin/updater/store/database"
)

// A Backend is where jobs are stored: a pool of connections to Postgres, or the main
// SQLite file, next to which jobs get a file of their own, since SQLite allows one
// writing connection at a time.
type Backend struct {
	Pool *pgxpool.Pool
	File string
}

// Options configure a queue. The zero value is usable.
type Options struct {
	Workers int             // concurrent passes in this process; 0 means 8
	Waits   []time.Duration // after each failure of a job, the last one repeats; nil means from 10 s to 1 h
	Time    time.Duration   // time limit of a job; 0 means 15 minutes
	Grace   time.Duration   // how long jobs may continue after the process is asked to stop; 0 means 20 s
	Keep    time.Duration   // how long discarded jobs are kept; 0 means 7 days
	Log     *slog.Logger    // nil for no logging
}

func (o Options) filled() Options {
	o.Workers = cmp.Or(o.Workers, 8)
	o.Time = cmp.Or(o.Time, 15*time.Minute)
	if o.Waits == nil {
		o.Waits = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}
	}
	o.Grace = cmp.Or(o.Grace, 20*time.Second)
	o.Keep = cmp.Or(o.Keep, 7*24*time.Hour)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// An engine is River on one of the databases.
type engine interface {
	insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error
	list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error)
	retry(ctx context.Context, id int64) error
	cancel(ctx context.Context, id int64) error
	start(ctx context.Context) error
	stopped() <-chan struct{}
}

// A Queue is safe for concurrent use, and on Postgres by several processes.
type Queue struct {
	o      Options
	id     string // this process's ID among the workers
	engine engine
	rows   rows
	close  func() error

	underway underway
	suspect  chan struct{} // a slot for the single job that runs although a process ended during it
}

// New opens a queue, and creates or migrates its tables. No job runs before Run.
func New(ctx context.Context, place Backend, work Work, o Options) (*Queue, error) {
	q := &Queue{o: o.filled(), id: rand.Text(), close: func() error { return nil }, suspect: make(chan struct{}, 1)}
	var err error
	if place.Pool != nil {
		err = q.openPostgres(ctx, place.Pool, work)
	} else {
		err = q.openSQLite(ctx, beside(place.File), work)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the queue: %w", err), q.close())
	}
	return q, nil
}

// beside returns the name of the job file: freshpin-jobs.db for freshpin.db.
func beside(file string) string {
	ext := filepath.Ext(file)
	return strings.TrimSuffix(file, ext) + "-jobs" + cmp.Or(ext, ".db")
}

// lockOfMigrations is the number of the Postgres advisory lock that lets only one
// process migrate. Its value is arbitrary.
const lockOfMigrations = 0x66726573687069

func (q *Queue) openPostgres(ctx context.Context, pool *pgxpool.Pool, work Work) error {
	// The lock belongs to a connection, so both statements need the same one.
	c, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	if _, err := c.Exec(ctx, "SELECT pg_advisory_lock($1)", lockOfMigrations); err != nil {
		return err
	}
	defer func() { _, _ = c.Exec(ctx, "SELECT pg_advisory_unlock($1)", lockOfMigrations) }() // the connection's end releases it anyway
	q.rows = postgresRows{pool}
	return open[pgx.Tx](ctx, q, riverpgxv5.New(pool), work)
}

func (q *Queue) openSQLite(ctx context.Context, file string, work Work) error {
	// SQLite would create the file with the permissions that the umask leaves.
	if err := database.Touch(file); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	full, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	// A transaction that locks only when it first writes would fail without waiting (see package database).
	link := "file:" + (&url.URL{Path: filepath.ToSlash(full)}).EscapedPath() +
		"?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=journal_size_limit(67108864)"
	db, err := sql.Open("sqlite", link)
	if err != nil {
		return err
	}
	// SQLite allows one writing connection at a time.
	db.SetMaxOpenConns(1)
	q.close = db.Close
	if err := database.Sound(ctx, db); err != nil {
		return fmt.Errorf("%s: %w (if you remove it, requested passes are enqueued again)", file, err)
	}
	q.rows = sqliteRows{db}
	return open[*sql.Tx](ctx, q, riversqlite.New(db), work)
}

func open[T any](ctx context.Context, q *Queue, driver riverdriver.Driver[T], work Work) error {
	quiet := slog.New(atLeast{q.o.Log.Handler(), slog.LevelWarn})
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet})
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return err
	}
	if err := q.rows.prepare(ctx); err != nil {
		return err
	}
	client, err := river.NewClient(driver, q.config(work, quiet))
	if err != nil {
		return err
	}
	q.engine = of[T]{client}
	return nil
}

// The queues: webhooks and their immediate consequences never wait behind passes.
const (
	hooks = "webhooks"
	short = "short" // pull requests and installations
	works = "work"
)

func (q *Queue) config(work Work, log *slog.Logger) *river.Config {
	return &river.Config{
		ID:                          q.id,
		Logger:                      log,
		Workers:                     q.workers(work),
		Queues:                      map[string]river.QueueConfig{hooks: {MaxWorkers: 4}, short: {MaxWorkers: 4}, works: {MaxWorkers: q.o.Workers}},
		FetchCooldown:               10 * time.Millisecond,
		FetchPollInterval:           250 * time.Millisecond,
		JobTimeout:                  q.o.Time,
		RescueStuckJobsAfter:        q.o.Time + 5*time.Minute, // takeOver is faster; this is the fallback
		MaxAttempts:                 maxAttempts,
		RetryPolicy:                 backoff{q.o.Waits},
		SoftStopTimeout:             q.o.Grace,
		CompletedJobRetentionPeriod: 24 * time.Hour,
		CancelledJobRetentionPeriod: q.o.Keep,
		DiscardedJobRetentionPeriod: q.o.Keep,
	}
}

// of returns an engine for a database whose transactions are T.
type of[T any] struct{ *river.Client[T] }

func (e of[T]) insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) error {
	_, err := e.Insert(ctx, args, opts)
	return err
}

func (e of[T]) list(ctx context.Context, p *river.JobListParams) ([]*rivertype.JobRow, error) {
	result, err := e.JobList(ctx, p)
	if err != nil {
		return nil, err
	}
	return result.Jobs, nil
}

func (e of[T]) retry(ctx context.Context, id int64) error {
	_, err := e.JobRetry(ctx, id)
	return err
}

func (e of[T]) cancel(ctx context.Context, id int64) error {
	_, err := e.JobCancel(ctx, id)
	return err
}

func (e of[T]) start(ctx context.Context) error { return e.Start(ctx) }
func (e of[T]) stopped() <-chan struct{}        { return e.Stopped() }

// atLeast drops records below a level, because River logs a lot.
type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled implements slog.Handler.
func (h atLeast) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.level && h.Handler.Enabled(ctx, l)
}

// WithAttrs implements slog.Handler.
func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}

// WithGroup implements slog.Handler.
func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}
