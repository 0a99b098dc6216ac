package store_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// On a full disk nothing changes, what is there can be read, and once there is room all goes on.
func TestFullDisk(t *testing.T) {
	db := storetest.New(t)
	put(t, db, "o/a")
	full(t, db, true)
	r := get(t, db, "o/a")
	var big []store.Pin
	for range 500 {
		big = append(big, pin("x", "gomod", strings.Repeat("long", 100), "v1"))
	}
	f := store.Finished{Repository: r, Whole: true, Pins: big, Run: store.Run{Began: noon}}
	if err := passes.New(db).Finish(t.Context(), f); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("Finish on a full disk: %v", err)
	}
	if err := lookups.New(db, 0).Save(t.Context(), store.Entry{Key: "k", Data: make([]byte, 1<<20)}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Save on a full disk: %v", err)
	}
	if runs, err := history.New(db).Runs(t.Context(), store.Viewer{All: true}, 0, 0); err != nil || len(runs) != 0 {
		t.Errorf("half of it was kept: %v, %v", runs, err)
	}
	full(t, db, false)
	ok(t, passes.New(db).Finish(t.Context(), f))
	if pins, err := pins.New(db).Of(t.Context(), r.ID); err != nil || len(pins) != 500 {
		t.Errorf("%d pins, %v", len(pins), err)
	}
}

// full lets a SQLite database grow no more, as on a full disk, until room is given.
func full(t *testing.T, db *database.DB, full bool) {
	t.Helper()
	pages := "1073741823"
	if full {
		pages = "1" // SQLite takes what there is
	}
	statement(t, db, "PRAGMA max_page_count = "+pages)
}

// A server that goes away is told as such by every goroutine; when it is back, all goes on by itself.
func TestPostgresGoesAway(t *testing.T) {
	dsn := storetest.Postgres(t)
	u, err := url.Parse(dsn)
	ok(t, err)
	door := storetest.NewDoor(t, u.Host)
	u.Host = door.Address
	db := storetest.Open(t, u.String(), database.Options{})
	put(t, db, "o/a")
	for range 2 {
		atOnce(t, func() error { _, err := passes.New(db).Want(t.Context(), 1); return err }, nil)
		door.Shut()
		atOnce(t, func() error { _, err := passes.New(db).Want(t.Context(), 1); return err }, store.ErrUnavailable)
		atOnce(t, func() error { return db.Ping(t.Context()) }, store.ErrUnavailable)
		atOnce(t, func() error { return passes.New(db).DoubtAll(t.Context()) }, store.ErrUnavailable)
		ok(t, door.Open())
	}
	atOnce(t, func() error { return passes.New(db).DoubtAll(t.Context()) }, nil)
	if r := get(t, db, "o/a"); r.Wanted != 1 || !r.Unsure {
		t.Errorf("after all: %+v", r)
	}
}

// atOnce calls do in many goroutines, each of which is to get the same error.
func atOnce(t *testing.T, do func() error, want error) {
	t.Helper()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := do(); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	group.Wait()
}
