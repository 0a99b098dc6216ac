package database

import (
	"context"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/store"
)

// patience is the time limit of a call whose context has no deadline.
const patience = 30 * time.Second

// Read calls do with a connection for reading; what names the operation in errors.
func (d *DB) Read(ctx context.Context, what string, do func(context.Context, Conn) error) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	return d.explain(ctx, what, do(ctx, Conn{d.reader, d}))
}

// Write calls do in a transaction. It calls do again if the transaction collides with
// another one.
func (d *DB) Write(ctx context.Context, what string, do func(context.Context, Conn) error) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	var err error
	for range 5 {
		if err = d.once(ctx, do); !collided(err) || ctx.Err() != nil {
			break
		}
	}
	return d.explain(ctx, what, err)
}

func (d *DB) once(ctx context.Context, do func(context.Context, Conn) error) error {
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, Conn{tx, d}); err != nil {
		_ = tx.Rollback() // on failure the connection is closed, which ends the transaction
		return err
	}
	return tx.Commit()
}

// Change runs one statement without a transaction and returns the number of changed rows.
func (d *DB) Change(ctx context.Context, what, query string, args ...any) (int64, error) {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	n, err := Conn{d.writer, d}.Exec(ctx, query, args...)
	return n, d.explain(ctx, what, err)
}

// Must is Change, and returns ErrNotFound if no row has changed.
func (d *DB) Must(ctx context.Context, what, query string, args ...any) error {
	n, err := d.Change(ctx, what, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, store.ErrNotFound)
	}
	return err
}

// Returning is Change for one row, and copies what the statement returns into a
// variable. It returns ErrNotFound if no row has changed.
func (d *DB) Returning(ctx context.Context, what string, into any, query string, args ...any) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	return d.explain(ctx, what, Conn{d.writer, d}.Row(ctx, query, args...).Scan(into))
}

// One reads one row, or returns ErrNotFound.
func One[T any](ctx context.Context, d *DB, what string, scan func(Scan) (T, error), query string, args ...any) (T, error) {
	var one T
	err := d.Read(ctx, what, func(ctx context.Context, c Conn) (err error) {
		one, err = scan(c.Row(ctx, query, args...).Scan)
		return err
	})
	if err != nil {
		return *new(T), err
	}
	return one, nil
}

// List reads every row into a list.
func List[T any](ctx context.Context, d *DB, what string, scan func(Scan) (T, error), query string, args ...any) (list []T, err error) {
	err = d.Read(ctx, what, func(ctx context.Context, c Conn) (err error) {
		list, err = All(ctx, c, scan, query, args...)
		return err
	})
	return list, err
}

func (d *DB) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ends := ctx.Deadline(); ends {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, patience, errSlow)
}

var errSlow = fmt.Errorf("no answer in %s", patience)
