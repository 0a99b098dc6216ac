package database

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// A querier is a connection, a transaction or a pool of connections.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// A Conn executes statements.
type Conn struct {
	q  querier
	db *DB
}

// Clock is DB.Clock.
func (c Conn) Clock() string { return c.db.Clock() }

// Lock takes a lock over all processes until the transaction ends. On SQLite it does
// nothing, because there is only one writer.
func (c Conn) Lock(ctx context.Context, name string) error {
	if !c.db.dialect.postgres {
		return nil
	}
	_, err := c.Exec(ctx, "SELECT pg_advisory_xact_lock($1, hashtext($2))", lockSpace, name)
	return err
}

// lockSpace separates our advisory locks from those of other programs in the same database.
const lockSpace = 0x46505354 // FPST

// Exec runs a statement and returns the number of changed rows.
func (c Conn) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := c.q.ExecContext(ctx, query, clean(args)...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Insert adds rows. into is "INSERT INTO table (columns) VALUES", and after follows the
// values. On Postgres it adds many rows with one statement to save round trips. On
// SQLite it adds one row at a time, since long statements are slow to parse.
func (c Conn) Insert(ctx context.Context, into, after string, list [][]any) error {
	if len(list) == 0 {
		return nil
	}
	if c.db.dialect.postgres {
		return Chunks(list, AtOnce, func(some [][]any) error {
			_, err := c.Exec(ctx, into+" "+rows(len(some), len(some[0]))+" "+after, slices.Concat(some...)...)
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
		b.WriteString("(" + Places(1+i*columns, columns) + ")")
	}
	return b.String()
}

// AtOnce is the number of rows that one statement adds or queries.
const AtOnce = 200

// Chunks calls do for at most n values at a time.
func Chunks[T any](list []T, n int, do func([]T) error) error {
	for len(list) > 0 {
		m := min(n, len(list))
		if err := do(list[:m:m]); err != nil {
			return err
		}
		list = list[m:]
	}
	return nil
}

// Row queries one row; sql.ErrNoRows if there is none.
func (c Conn) Row(ctx context.Context, query string, args ...any) *sql.Row {
	return c.q.QueryRowContext(ctx, query, clean(args)...)
}

// Each calls read for every row.
func (c Conn) Each(ctx context.Context, read func(scan Scan) error, query string, args ...any) error {
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

// A Scan copies the columns of one row into variables, as sql.Rows does.
type Scan func(into ...any) error

// Column scans a row of one column.
func Column[T any](row Scan) (value T, err error) {
	err = row(&value)
	return value, err
}

// All reads every row into a list.
func All[T any](ctx context.Context, c Conn, scan func(Scan) (T, error), query string, args ...any) ([]T, error) {
	var list []T
	err := c.Each(ctx, func(row Scan) error {
		one, err := scan(row)
		list = append(list, one)
		return err
	}, query, args...)
	return list, err
}
