package store_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// TestOpenRefused: what is wrong is said in one line, with a way on and without secrets.
func TestOpenRefused(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	ok(t, os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o600))
	other := filepath.Join(dir, "other.db")
	raw, err := sql.Open("sqlite", other)
	ok(t, err)
	_, err = raw.Exec("CREATE TABLE theirs (x)")
	ok(t, err)
	ok(t, raw.Close())
	for _, c := range []struct{ dsn, want string }{
		{filepath.Join(dir, "no", "such", "x.db"), "no/such: make it first"},
		{text, "is no SQLite database: give another path"},
		{other, "database of another program: give another path"},
		{dir, "directory"},
		{os.DevNull, "it is no file"},
		{"", "not the path of a file"},
		{":memory:", "not the path of a file"},
		{"file:x.db", "not the path of a file"},
		{"mysql://u:s3cr3t@h/db", `"mysql://" is neither`},
		{"postgres://u:s3cr3t/x@h/db", "%2F"},
		{"postgres://u:s3cr3t%zz@h/db", "%2F"},
		{"postgres://u:s3cr3t@h:99999999/db", "open database"},
		{"postgres://u:s3cr3t@127.0.0.1:" + closedPort(t) + "/db?connect_timeout=2", "does not answer there: start it"},
		{"postgres://u@127.0.0.1:" + closedPort(t) + "/db?password=s3cr3t&connect_timeout=2", "does not answer there: start it"},
		{"postgres://u:s3cr3t@h/db?sslmode=perhaps", "sslmode"},
	} {
		db, err := database.Open(t.Context(), c.dsn, database.Options{})
		if err == nil {
			t.Errorf("%s was opened", c.dsn)
			_ = db.Close()
			continue
		}
		if got := err.Error(); !strings.Contains(got, c.want) || strings.Contains(got, "s3cr3t") || strings.Contains(got, "\n") {
			t.Errorf("Open(%q): %q, want %q in it", c.dsn, got, c.want)
		}
	}
}

// TestWrongPassword: a server that refuses the password is quoted, the password is not.
func TestWrongPassword(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := pgproto3.NewBackend(c, c)
			if _, err := b.ReceiveStartupMessage(); err == nil {
				b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: `password authentication failed for user "u"`})
				_ = b.Flush()
			}
			_ = c.Close()
		}
	}()
	_, err = database.Open(t.Context(), "postgres://u:s3cr3t@"+l.Addr().String()+"/db?sslmode=disable", database.Options{})
	if err == nil || !strings.Contains(err.Error(), "refuses user and password") || strings.Contains(err.Error(), "s3cr3t") {
		t.Error(err)
	}
}

// closedPort returns a port of this machine without a listener.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(t, err)
	_, port, err := net.SplitHostPort(l.Addr().String())
	ok(t, err)
	ok(t, l.Close())
	return port
}

func TestOpenPostgresRefused(t *testing.T) {
	dsn := storetest.Postgres(t)
	missing := dsn + "_missing"
	_, err := database.Open(t.Context(), missing, database.Options{})
	if err == nil || !strings.Contains(err.Error(), "createdb") {
		t.Errorf("a database that is not there: %v", err)
	}
}

func TestReadOnlyFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	path := storetest.SQLite(t)
	ok(t, os.WriteFile(path, nil, 0o400))
	if _, err := database.Open(t.Context(), path, database.Options{}); err == nil || !strings.Contains(err.Error(), "may not write") {
		t.Errorf("a read-only file: %v", err)
	}
}

// A file name that means something in a URL is a file name.
func TestOddNames(t *testing.T) {
	for _, name := range []string{"a b.db", "a?b=c&_pragma=x.db", "a#b.db", "a%20b.db", "ä.db", "a;b.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := storetest.Open(t, path, database.Options{})
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() == 0 || db.File() != path {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// Five processes open a new database at the same moment.
func TestOpenAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		var group sync.WaitGroup
		start := make(chan struct{})
		for range 5 {
			group.Go(func() {
				<-start
				db, err := database.Open(t.Context(), dsn, database.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if _, _, err := processes.New(db).Beat(t.Context()); err != nil {
					t.Error(err)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		group.Wait()
		db := storetest.Open(t, dsn, database.Options{})
		put(t, db, "o/a")
	})
}

func TestOpenAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db, err := database.Open(t.Context(), dsn, database.Options{})
		ok(t, err)
		put(t, db, "o/a")
		ok(t, db.Close())
		again := storetest.Open(t, dsn, database.Options{})
		get(t, again, "o/a")
		if (again.Pool() == nil) == (again.File() == "") {
			t.Errorf("pool %v, file %q", again.Pool(), again.File())
		}
		statement(t, again, "INSERT INTO freshpin_schema (version) VALUES (99)")
		if _, err := database.Open(t.Context(), dsn, database.Options{}); err == nil || !strings.Contains(err.Error(), "newer freshpin") {
			t.Errorf("a newer database: %v", err)
		}
	})
}

func TestClosed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db, err := database.Open(t.Context(), dsn, database.Options{})
		ok(t, err)
		ok(t, db.Ping(t.Context()))
		ok(t, db.Close())
		if err := db.Ping(t.Context()); err == nil {
			t.Error("a closed database answers")
		}
	})
}

// A context that ended is told as such, and not as a database that is away.
func TestContextEnded(t *testing.T) {
	storetest.All(t, func(t *testing.T, db *database.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := passes.New(db).Want(ctx, 1)
		for what, err := range map[string]error{"Ping": db.Ping(ctx), "Want": err, "DoubtAll": passes.New(db).DoubtAll(ctx)} {
			if !errors.Is(err, context.Canceled) || errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: %v", what, err)
			}
		}
		late, cancel := context.WithDeadline(t.Context(), noon.AddDate(-1, 0, 0))
		defer cancel()
		if err := db.Ping(late); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("no answer in time: %v", err)
		}
	})
}
