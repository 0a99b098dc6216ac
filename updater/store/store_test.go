package store_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/sessions"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// noon is when tests happen, unless they move the clock.
var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// A clock is moved by hand.
type clock struct{ n atomic.Int64 }

func (c *clock) now() time.Time          { return noon.Add(time.Duration(c.n.Load())) }
func (c *clock) advance(d time.Duration) { c.n.Add(int64(d)) }

// each runs a test on a new database of either kind, with a clock of its own.
func each(t *testing.T, run func(t *testing.T, db *database.DB, c *clock)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, dsn string) {
		c := new(clock)
		run(t, storetest.Open(t, dsn, database.Options{Now: c.now}), c)
	})
}

// ok fails the test where something went wrong.
func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put adds repositories of one installation, whose forge's numbers are 1, 2, ...
func put(t testing.TB, db *database.DB, names ...string) {
	t.Helper()
	var list []store.Repository
	for i, name := range names {
		list = append(list, store.Repository{Name: name, ForgeID: int64(i + 1), Installation: 9})
	}
	ok(t, repositories.New(db).Put(t.Context(), list))
}

func get(t testing.TB, db *database.DB, name string) store.Repository {
	t.Helper()
	r, err := repositories.New(db).ByName(t.Context(), name)
	ok(t, err)
	return r
}

// finish keeps a whole pass over a repository.
func finish(t testing.TB, db *database.DB, r store.Repository, began time.Time, pins []store.Pin, pulls []store.Pull) {
	t.Helper()
	r.State, r.Looked = store.Proposing, began
	r.Totals = store.Totals{Pins: len(pins), Libyears: 0.5}
	f := store.Finished{Repository: r, Whole: true, Pins: pins, Pulls: pulls, Run: store.Run{Began: began, Outcome: "done"}}
	ok(t, passes.New(db).Finish(t.Context(), f))
}

func pin(id, ecosystem, pkg, version string) store.Pin {
	return store.Pin{Dependency: record.Dependency{ID: id, File: "f", Line: 1, Ecosystem: ecosystem, Name: pkg, Package: pkg, Pin: version, Status: "current"}}
}

func session(t *testing.T, db *database.DB, expires time.Time, may map[int64]store.Access) store.Viewer {
	t.Helper()
	id := fmt.Sprintf("session-%p", may)
	ok(t, sessions.New(db).Put(context.Background(), store.Session{ID: id, Login: "eve", Expires: expires, May: may}))
	return store.Viewer{Session: id}
}

// statement runs any statement.
func statement(t *testing.T, db *database.DB, text string) {
	t.Helper()
	_, err := db.Change(t.Context(), "change the database", text)
	ok(t, err)
}

// number returns what a statement that answers with one number answers.
func number(ctx context.Context, db *database.DB, statement string) (int, error) {
	return database.One(ctx, db, "count", database.Column[int], statement)
}
