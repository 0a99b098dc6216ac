// Package storetest creates databases for tests: always on SQLite, and on Postgres if
// the environment variable FRESHPIN_TEST_POSTGRES has the URL of a server, of
// Postgres 15 or later, on which databases can be created.
package storetest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/freshpin/freshpin/updater/store/database"
)

// Server is the environment variable with the URL of a Postgres server.
const Server = "FRESHPIN_TEST_POSTGRES"

// New returns a new SQLite database, which is closed when the test ends.
func New(t testing.TB) *database.DB {
	t.Helper()
	return Open(t, SQLite(t), database.Options{})
}

// All runs a test on a new database of each kind.
func All(t *testing.T, run func(t *testing.T, db *database.DB)) {
	t.Helper()
	Each(t, func(t *testing.T, dsn string) { run(t, Open(t, dsn, database.Options{})) })
}

// Each runs a test with the address of a new, empty database of each kind.
func Each(t *testing.T, run func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { run(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { run(t, Postgres(t)) })
}

// Open opens a database, which is closed when the test ends.
func Open(t testing.TB, dsn string, o database.Options) *database.DB {
	t.Helper()
	db, err := database.Open(context.Background(), dsn, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// SQLite returns the path of a file that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "freshpin.db")
}

// Postgres returns the address of a new database, which is dropped when the test ends.
// It skips the test if there is no server.
func Postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv(Server)
	if server == "" {
		t.Skip(Server + " is not set: no Postgres to test with")
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s is no URL", Server)
	}
	name := "freshpin_" + strings.ToLower(rand.Text())
	do(t, server, "CREATE DATABASE "+name+" STRATEGY file_copy") // a third of the time of a copy by its log
	t.Cleanup(func() { do(t, server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

func do(t testing.TB, server, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, server)
	if err != nil {
		t.Fatalf("connect to the server of %s: %v", Server, err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, statement); err != nil {
		t.Fatal(err)
	}
}
