package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/freshpin/freshpin/updater/store"
)

// unavailable wraps the cause.
type unavailable struct{ error }

// Is reports whether target is store.ErrUnavailable.
func (unavailable) Is(target error) bool { return target == store.ErrUnavailable }

// Unwrap returns the cause.
func (u unavailable) Unwrap() error { return u.error }

// explain adds the operation to an error, and marks temporary errors as store.ErrUnavailable.
func (d *DB) explain(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		err = store.ErrNotFound
	case orphan(err):
		err = fmt.Errorf("the repository: %w", store.ErrNotFound)
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrTaken):
	// A database that does not answer in time may do so later; a caller that has ended wants nothing more.
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		err = unavailable{fmt.Errorf("%w: %w", context.Cause(ctx), d.hide(err))}
	case ctx.Err() != nil:
		err = fmt.Errorf("%w: %w", context.Cause(ctx), d.hide(err))
	case passing(err):
		err = unavailable{d.hide(err)}
	default:
		err = d.hide(err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// passing reports whether an error is temporary.
func passing(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY:
		return true
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// The first two characters are the class of an SQLSTATE.
		switch pg.Code[:min(2, len(pg.Code))] {
		case "08", "53", "57", "58", "40": // no connection, no resources, shutting down, system error, rolled back
			return true
		}
		return pg.Code == "55P03" || pg.Code == "25006" // lock not available; read-only standby
	}
	// pgx has no value to compare with for a connection that was closed.
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || strings.Contains(err.Error(), "conn closed") || pgconn.SafeToRetry(err)
}

// sqliteCode returns the primary code of an error of SQLite, without the bits of the
// extended one (https://www.sqlite.org/rescode.html); SQLITE_OK for any other error.
func sqliteCode(err error) int {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return sqlite3.SQLITE_OK
	}
	return lite.Code() & 0xff
}

// orphan reports whether an error means that the repository of a new row does not exist.
func orphan(err error) bool {
	var lite *sqlite.Error
	var pg *pgconn.PgError
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY || errors.As(err, &pg) && pg.Code == "23503"
}

// collided reports whether a transaction failed because of a concurrent one and can
// be repeated.
func collided(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "40001", "40P01", "23503", "23505": // serialization failure, deadlock, foreign key or unique violation by a concurrent change
		return true
	}
	return false
}

// hide removes the password of the database from an error and turns it into one line.
func (d *DB) hide(err error) error {
	text := err.Error()
	for _, s := range d.secrets {
		text = strings.ReplaceAll(text, s, "*****")
	}
	if text = oneLine(text); text != err.Error() {
		return hidden{err, text}
	}
	return err
}

// hidden is an error with another text.
type hidden struct {
	error
	text string
}

// Error returns the text without secrets.
func (h hidden) Error() string { return h.text }

// Is compares with the original error. There is no Unwrap, because the original text may contain the secret.
func (h hidden) Is(target error) bool { return errors.Is(h.error, target) }

// oneLine joins the lines of a text, without duplicates.
func oneLine(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
