// Package database connects to the service's database, SQLite or Postgres, creates and
// migrates its tables, and runs statements and transactions for the packages that have them.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options configure a database. The zero value is usable.
type Options struct {
	Log *slog.Logger // nil for no logging
	// Now returns the time. nil means the clock of the Postgres server, since the
	// clocks of several machines differ, and time.Now for SQLite.
	Now   func() time.Time
	Keep  time.Duration // how long runs, closed pull requests, deliveries and removed repositories are kept; 0 means 90 days
	Conns int           // connections to Postgres, which the queue shares; 0 means 10
}

// The defaults of Options.
const (
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
	secrets []string      // to hide in errors
}

// Open opens a database, and creates or migrates its tables. dsn is the path of a
// SQLite file, or begins with postgres://. Several processes may do so at the same
// time.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	d := &DB{o: o.filled()}
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
	// SQLite's own forms would become files of these names.
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

// Close closes the connections.
func (d *DB) Close() error {
	var errs []error
	if d.reader != nil && d.reader != d.writer {
		errs = append(errs, d.reader.Close())
	}
	if d.writer != nil {
		errs = append(errs, d.writer.Close())
	}
	if d.pool != nil { // last, because it waits until the others have returned its connections
		d.pool.Close()
	}
	return errors.Join(errs...)
}

// Ping returns an error if the database does not answer.
func (d *DB) Ping(ctx context.Context) error {
	return d.Read(ctx, "ask whether the database answers", func(ctx context.Context, c Conn) error {
		var n int64
		return c.Row(ctx, "SELECT MAX(version) FROM freshpin_schema").Scan(&n)
	})
}

// Pool returns the pool of connections to Postgres, for the queue; nil for SQLite.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// File returns the path of the SQLite file; "" for Postgres.
func (d *DB) File() string { return d.file }
