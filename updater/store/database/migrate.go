package database

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// migrations are applied in the order of their names. The version that a database keeps
// is how many of them it has: a new one comes after all others, and one that has been
// released is never changed.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrating is the time limit of a migration, including the wait for another process that migrates.
const migrating = 10 * time.Minute

// migrate creates the tables or updates those of an earlier version, in one
// transaction. Other processes that migrate wait for it.
func (d *DB) migrate(ctx context.Context) error {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	return d.migrateBy(ctx, files)
}

// migrateBy applies the migrations that a database does not have yet.
func (d *DB) migrateBy(ctx context.Context, files []fs.DirEntry) error {
	ctx, cancel := context.WithTimeout(ctx, migrating)
	defer cancel()
	// The time limit of a connection for a lock is shorter than another process may migrate.
	err := untilFree(ctx, func(ctx context.Context) error {
		return d.once(ctx, func(ctx context.Context, c Conn) error {
			has, err := d.version(ctx, c)
			if err != nil {
				return err
			}
			if has < 0 {
				return fmt.Errorf("its tables have the version %d, which no freshpin makes: restore a backup", has)
			}
			if has > len(files) {
				return fmt.Errorf("a newer freshpin made its tables (version %d; this one knows %d): upgrade, or restore a backup", has, len(files))
			}
			for n := has; n < len(files); n++ {
				if err := d.apply(ctx, c, n+1, files[n].Name()); err != nil {
					return err
				}
				d.o.Log.Info("the tables of the database were brought up to date", "version", n+1)
			}
			return nil
		})
	})
	if d.dialect.postgres {
		return postgresTrouble(err)
	}
	return sqliteTrouble(err)
}

// version returns the number of applied migrations, and locks out other processes that migrate.
func (d *DB) version(ctx context.Context, c Conn) (int, error) {
	if err := c.Lock(ctx, "migrate"); err != nil {
		return 0, err
	}
	if !d.dialect.postgres {
		if err := ours(ctx, c); err != nil {
			return 0, err
		}
	}
	if _, err := c.Exec(ctx, "CREATE TABLE IF NOT EXISTS freshpin_schema (version BIGINT PRIMARY KEY)"); err != nil {
		return 0, err
	}
	var has int
	err := c.Row(ctx, "SELECT COALESCE(MAX(version), 0) FROM freshpin_schema").Scan(&has)
	return has, err
}

func (d *DB) apply(ctx context.Context, c Conn, n int, file string) error {
	text, err := migrations.ReadFile("migrations/" + file)
	if err != nil {
		return err
	}
	// No statement contains ";\n".
	for _, statement := range strings.Split(d.dialect.types.Replace(string(text)), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := c.Exec(ctx, statement); err != nil {
			return fmt.Errorf("migration %s: %w", file, err)
		}
	}
	if file == "0007_items.sql" { // needs Go code, since no SQL works on both databases
		if err := pinsToItems(ctx, c); err != nil {
			return fmt.Errorf("migration %s: %w", file, err)
		}
	}
	_, err = c.Exec(ctx, "INSERT INTO freshpin_schema (version) VALUES ($1)", n)
	return err
}
