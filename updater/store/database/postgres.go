package database

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres creates a pool of connections, and checks whether the server answers.
func (d *DB) openPostgres(ctx context.Context, dsn string) error {
	d.dialect, d.secrets = postgresDialect(), passwords(dsn)
	if _, err := url.Parse(dsn); err != nil {
		return errors.New("the address is no URL: characters of a password such as / # ? % are written as %2F %23 %3F %25")
	}
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	// It may also come from PGPASSWORD or a .pgpass file.
	if c.ConnConfig.Password != "" {
		d.secrets = append(d.secrets, c.ConnConfig.Password)
	}
	c.MaxConns = int32(d.o.Conns)
	c.MaxConnIdleTime = 5 * time.Minute
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	if c.ConnConfig.RuntimeParams["application_name"] == "" {
		c.ConnConfig.RuntimeParams["application_name"] = "freshpin"
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, c); err != nil {
		return err
	}
	d.writer = stdlib.OpenDBFromPool(d.pool)
	d.reader = d.writer
	return postgresTrouble(d.writer.PingContext(ctx))
}

// passwords returns the forms in which the password of an address may occur in an error.
func passwords(dsn string) []string {
	var list []string
	if _, rest, ok := strings.Cut(dsn, "://"); ok {
		if i := strings.LastIndex(rest, "@"); i >= 0 {
			if _, p, ok := strings.Cut(rest[:i], ":"); ok {
				list = append(list, p) // as written, where the address is no URL
			}
		}
	}
	if u, err := url.Parse(dsn); err == nil {
		if p, ok := u.User.Password(); ok {
			list = append(list, p)
		}
		list = append(list, u.Query().Get("password"))
	}
	return slices.DeleteFunc(list, func(p string) bool { return p == "" }) // hiding "" would put stars between all letters
}

// postgresTrouble adds a hint to a connection error.
func postgresTrouble(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		var connect *pgconn.ConnectError
		if errors.As(err, &connect) {
			return fmt.Errorf("the server does not answer there: start it, or give another address: %w", connect.Unwrap())
		}
		return err
	}
	switch pg.Code {
	case "28P01", "28000":
		return fmt.Errorf("the server refuses user and password: %s", pg.Message)
	case "3D000":
		return fmt.Errorf("%s: make it with createdb", pg.Message)
	case "42501":
		return fmt.Errorf("%s: the user needs the right to make tables", pg.Message)
	}
	return err
}
