package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"
)

// patience is how long one call may take where its context has no end of its own.
const patience = 30 * time.Second

// A querier is a connection, a transaction or a pool of connections.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// A conn is where statements go.
type conn struct {
	q       querier
	dialect dialect
}

// exec runs a statement and returns how many rows it changed.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := c.q.ExecContext(ctx, query, clean(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert adds rows: "INSERT INTO table (columns) VALUES", what follows the
// values, and the rows. Where every statement is a way to the server and back,
// many go with one; SQLite reads a short statement once, and long ones slowly.
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

// rows returns "($1, $2), ($3, $4), ..." for n rows of so many columns.
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

// atOnce is how many rows one statement adds, or asks for.
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

// row reads one row; sql.ErrNoRows where there is none.
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

// read lets do ask; what says for errors what was attempted.
func (d *DB) read(ctx context.Context, what string, do func(context.Context, conn) error) error {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	return d.explain(ctx, what, do(ctx, conn{d.reader, d.dialect}))
}

// write makes one transaction of what do does. It may be called again where
// another transaction was in the way.
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
		_ = tx.Rollback() // without it, the connection ends and the transaction with it
		return err
	}
	return tx.Commit()
}

// change runs one statement on its own and returns how many rows it changed.
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

// lock lets one transaction at a time through, over all processes, until it
// ends. SQLite has one writer anyway.
func (d *DB) lock(ctx context.Context, c conn, name string) error {
	if !d.dialect.postgres {
		return nil
	}
	_, err := c.exec(ctx, "SELECT pg_advisory_xact_lock($1, hashtext($2))", lockSpace, name)
	return err
}

// lockSpace keeps our advisory locks apart from those of others in the same database.
const lockSpace = 0x46505354 // FPST
