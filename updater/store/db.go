package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options configure a database. The zero value is usable.
type Options struct {
	Log *slog.Logger // nil for no logging
	// Now returns the time. nil means the clock of the Postgres server, since the
	// clocks of several machines differ, and time.Now for SQLite.
	Now   func() time.Time
	Cache int64         // size of the cache of lookups in bytes; 0 means 1 GiB
	Keep  time.Duration // how long runs, closed pull requests, deliveries and removed repositories are kept; 0 means 90 days
	Conns int           // connections to Postgres, which the queue shares; 0 means 10
}

// The defaults of Options.
const (
	defaultCache = 1 << 30
	defaultKeep  = 90 * 24 * time.Hour
	defaultConns = 10
)

// A DB is the database. It is safe for concurrent use, and on Postgres by several processes.
type DB struct {
	o       Options
	dialect dialect
	writer  *sql.DB
	reader  *sql.DB       // the same on Postgres
	pool    *pgxpool.Pool // nil on SQLite
	file    string        // "" on Postgres
	holder  string        // unique name of this DB as the holder of leases
	secrets []string      // to hide in errors
	saved   counter       // bytes of lookups saved since the last trim

	beat struct { // see Beat
		sync.Mutex
		begun  bool
		before time.Time
	}
}

// Open opens a database, and creates or migrates its tables. dsn is the path of a
// SQLite file, or begins with postgres://. Several processes may do so at the same
// time.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	d := &DB{o: o.filled(), holder: rand.Text()}
	err := d.connect(ctx, dsn)
	if err == nil {
		err = d.migrate(ctx)
	}
	if err != nil {
		err = d.explain(ctx, "open database "+d.place(), err)
		_ = d.Close() // the first error is more useful
		return nil, err
	}
	return d, nil
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Cache <= 0 {
		o.Cache = defaultCache
	}
	if o.Keep <= 0 {
		o.Keep = defaultKeep
	}
	if o.Conns <= 0 {
		o.Conns = defaultConns
	}
	return o
}

func (d *DB) connect(ctx context.Context, dsn string) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case scheme == "postgres" || scheme == "postgresql":
		return d.openPostgres(ctx, dsn)
	case isURL:
		return fmt.Errorf("%q is neither postgres:// nor the path of a SQLite file", scheme+"://")
	case dsn == "" || strings.HasPrefix(dsn, ":memory:") || strings.HasPrefix(dsn, "file:"):
		return fmt.Errorf("%q is not the path of a file: give one, such as freshpin.db, or postgres://user@host/name", dsn)
	}
	return d.openSQLite(ctx, dsn)
}

// place returns the name of the database for messages.
func (d *DB) place() string {
	if d.pool == nil {
		return d.file
	}
	c := d.pool.Config().ConnConfig
	u := url.URL{Scheme: "postgres", User: url.User(c.User), Host: fmt.Sprintf("%s:%d", c.Host, c.Port), Path: c.Database}
	return u.String()
}

// Close closes the connections. The leases of this process expire.
func (d *DB) Close() error {
	var errs []error
	if d.beat.begun {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		errs = append(errs, d.leave(ctx))
		cancel()
	}
	if d.reader != nil && d.reader != d.writer {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.pool != nil {
		d.pool.Close()
	}
	return errors.Join(errs...)
}

// Ping returns an error if the database does not answer.
func (d *DB) Ping(ctx context.Context) error {
	return d.read(ctx, "ask whether the database answers", func(ctx context.Context, c conn) error {
		var n int64
		return c.row(ctx, "SELECT MAX(version) FROM freshpin_schema").Scan(&n)
	})
}

// Pool returns the pool of connections to Postgres, for the queue; nil for SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// File returns the path of the SQLite file; "" for Postgres.
func (d *DB) File() string { return d.file }
