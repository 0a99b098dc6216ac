package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// patience is the time limit of a call whose context has no deadline.
const patience = 30 * time.Second

// A querier is a connection, a transaction or a pool of connections.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// A conn executes statements.
type conn struct {
	q       querier
	dialect dialect
}

// exec runs a statement and returns the number of changed rows.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := c.q.ExecContext(ctx, query, clean(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert adds rows. into is "INSERT INTO table (columns) VALUES", and after follows the
// values. On Postgres it adds many rows with one statement to save round trips. On
// SQLite it adds one row at a time, since long statements are slow to parse.
func (c conn) insert(ctx context.Context, into, after string, list [][]any) error {
	if len(list) == 0 {
		return nil
	}
	if c.dialect.postgres {
		return chunks(list, atOnce, func(some [][]any) error {
			_, err := c.exec(ctx, into+" "+rows(len(some), len(some[0]))+" "+after, slices.Concat(some...)...)
			return err
		})
	}
	one, err := c.q.PrepareContext(ctx, into+" "+rows(1, len(list[0]))+" "+after)
	if err != nil {
		return err
	}
	defer one.Close()
	for _, row := range list {
		if _, err := one.ExecContext(ctx, clean(row)...); err != nil {
			return err
		}
	}
	return nil
}

// rows returns "($1, $2), ($3, $4), ..." for n rows.
func rows(n, columns int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + places(1+i*columns, columns) + ")")
	}
	return b.String()
}

// atOnce is the number of rows that one statement adds or queries.
const atOnce = 200

// chunks calls do for at most n values at a time.
func chunks[T any](list []T, n int, do func([]T) error) error {
	for len(list) > 0 {
		m := min(n, len(list))
		if err := do(list[:m:m]); err != nil {
			return err
		}
		list = list[m:]
	}
	return nil
}

// row queries one row; sql.ErrNoRows if there is none.
func (c conn) row(ctx context.Context, query string, args ...any) *sql.Row {
	return c.q.QueryRowContext(ctx, query, clean(args)...)
}

// each calls read for every row.
func (c conn) each(ctx context.Context, read func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := c.q.QueryContext(ctx, query, clean(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// all reads every row into a list.
func all[T any](ctx context.Context, c conn, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	var list []T
	err := c.each(ctx, func(row func(...any) error) error {
		one, err := scan(row)
		list = append(list, one)
		return err
	}, query, args...)
	return list, err
}

// read calls do with a connection for reading; what names the operation in errors.
func (d *DB) read(ctx context.Context, what string, do func(context.Context, conn) error) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	return d.explain(ctx, what, do(ctx, conn{d.reader, d.dialect}))
}

// write calls do in a transaction. It calls do again if the transaction collides with
// another one.
func (d *DB) write(ctx context.Context, what string, do func(context.Context, conn) error) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	var err error
	for try := 0; try < 5; try++ {
		if err = d.once(ctx, do); !collided(err) || ctx.Err() != nil {
			break
		}
	}
	return d.explain(ctx, what, err)
}

func (d *DB) once(ctx context.Context, do func(context.Context, conn) error) error {
	tx, err := d.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, conn{tx, d.dialect}); err != nil {
		_ = tx.Rollback() // on failure the connection is closed, which ends the transaction
		return err
	}
	return tx.Commit()
}

// change runs one statement without a transaction and returns the number of changed rows.
func (d *DB) change(ctx context.Context, what, query string, args ...any) (int64, error) {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	n, err := conn{d.writer, d.dialect}.exec(ctx, query, args...)
	return n, d.explain(ctx, what, err)
}

func (d *DB) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ends := ctx.Deadline(); ends {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, patience, errSlow)
}

var errSlow = fmt.Errorf("no answer in %s", patience)

// lock takes a lock over all processes until the transaction ends. On SQLite it does
// nothing, because there is only one writer.
func (d *DB) lock(ctx context.Context, c conn, name string) error {
	if !d.dialect.postgres {
		return nil
	}
	_, err := c.exec(ctx, "SELECT pg_advisory_xact_lock($1, hashtext($2))", lockSpace, name)
	return err
}

// lockSpace separates our advisory locks from those of other programs in the same database.
const lockSpace = 0x46505354 // FPST
