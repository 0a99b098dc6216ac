package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// TestDays: each pass is "repository, day before noon, pins"; the trend is that
// of the last five days, pins and repositories of each.
func TestDays(t *testing.T) {
	for _, c := range []struct {
		name    string
		passes  [][3]int
		removed string
		want    string
	}{
		{"no pass", nil, "", ""},
		{"today only", [][3]int{{0, 0, 3}}, "", "3/1"},
		{"carried forward", [][3]int{{0, 3, 3}}, "", "3/1 3/1 3/1 3/1"},
		{"from before", [][3]int{{0, 80, 3}, {1, 2, 4}}, "", "3/1 3/1 7/2 7/2 7/2"},
		{"the last of a day counts", [][3]int{{0, 1, 3}, {0, 1, 5}, {0, 1, 4}}, "", "4/1 4/1"},
		{"several before", [][3]int{{0, 30, 1}, {0, 20, 2}, {0, 10, 3}, {0, 1, 9}}, "", "3/1 3/1 3/1 9/1 9/1"},
		{"the same again", [][3]int{{0, 3, 2}, {0, 2, 2}, {0, 1, 2}}, "", "2/1 2/1 2/1 2/1"},
		{"there and back", [][3]int{{0, 3, 2}, {0, 2, 1}, {0, 1, 2}}, "", "2/1 1/1 2/1 2/1"},
		{"back on the same day", [][3]int{{0, 2, 2}, {0, 1, 5}, {0, 1, 2}}, "", "2/1 2/1 2/1"},
		{"out of order", [][3]int{{0, 1, 9}, {0, 3, 2}}, "", "2/1 2/1 9/1 9/1"},
		{"without those that are removed", [][3]int{{0, 2, 1}, {1, 4, 5}}, "o/b", "1/1 1/1 1/1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, db *database.DB, _ *clock) {
				put(t, db, "o/a", "o/b")
				for i, p := range c.passes {
					r := get(t, db, []string{"o/a", "o/b"}[p[0]])
					r.Looked, r.Totals.Pins = noon.AddDate(0, 0, -p[1]), p[2]
					ok(t, passes.New(db).Finish(t.Context(), store.Finished{Repository: r, Whole: true, Run: store.Run{Began: noon, Job: int64(i)}}))
				}
				if c.removed != "" {
					ok(t, repositories.New(db).Remove(t.Context(), []string{c.removed}))
				}
				if got := trend(t, db, 0); got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				ok(t, db.Sweep(t.Context()))
				if got := trend(t, db, 0); got != c.want {
					t.Errorf("swept: %s, want %s", got, c.want)
				}
				if alone := trend(t, db, 1); c.removed != "" && alone != c.want {
					t.Errorf("of the first: %s, want %s", alone, c.want)
				}
			})
		})
	}
}

func trend(t *testing.T, db *database.DB, id int64) string {
	t.Helper()
	days, err := history.New(db).Days(t.Context(), store.Viewer{All: true}, id, noon.AddDate(0, 0, -4))
	ok(t, err)
	var text []string
	for i, d := range days {
		text = append(text, fmt.Sprintf("%d/%d", d.Pins, d.Repositories))
		if want := noon.AddDate(0, 0, i+1-len(days)).Truncate(24 * time.Hour); !d.Day.Equal(want) {
			t.Errorf("day %s, want %s", d.Day, want)
		}
	}
	return strings.Join(text, " ")
}

func TestDaysAreBounded(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a")
		r := get(t, db, "o/a")
		r.Looked = noon.AddDate(-30, 0, 0)
		ok(t, passes.New(db).Finish(t.Context(), store.Finished{Repository: r, Whole: true, Run: store.Run{Began: noon}}))
		r.Looked, r.Totals.Pins = time.Date(1950, 1, 1, 1, 0, 0, 0, time.UTC), 7
		ok(t, passes.New(db).Finish(t.Context(), store.Finished{Repository: r, Whole: true, Run: store.Run{Began: noon}}))
		for since, want := range map[time.Time]int{{}: 366, noon.AddDate(1, 0, 0): 0, noon: 1} {
			if got, err := history.New(db).Days(t.Context(), store.Viewer{All: true}, 0, since); err != nil || len(got) != want {
				t.Errorf("since %s: %d days, %v, want %d", since, len(got), err, want)
			}
		}
	})
}

// What is older than it is to be kept goes, with all that belongs to it; what is newer stays.
func TestSweep(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		c := new(clock)
		db := storetest.Open(t, dsn, database.Options{Now: c.now, Keep: 24 * time.Hour})
		ctx := t.Context()
		put(t, db, "o/gone", "o/stays")
		of := func(name string) []store.Pin {
			p := pin("1", "gomod", "example.com/"+name, "v1")
			p.Advisories = []record.Advisory{{ID: "GO-1"}}
			return []store.Pin{p}
		}
		for _, name := range []string{"o/gone", "o/stays"} {
			r := get(t, db, name)
			finish(t, db, r, noon, of(name), []store.Pull{{Number: 1, State: "open", Changed: noon}, {Number: 2, State: "closed", Changed: noon}})
			ok(t, passes.New(db).Remember(ctx, r.ID, []byte("x"), ""))
			ok(t, pins.New(db).Tick(ctx, r.ID, "x", "eve"))
		}
		for i := range 500 {
			_, _, err := processes.New(db).Deliver(ctx, store.Delivery{ID: fmt.Sprint(i), Received: noon})
			ok(t, err)
		}
		ok(t, processes.New(db).Lease(ctx, "l", time.Minute))
		ok(t, processes.New(db).Pause(ctx, "p", noon.Add(time.Minute)))
		_, _, err := processes.New(db).Spend(ctx, "b", 1, time.Minute)
		ok(t, err)
		session(t, db, noon.Add(time.Minute), map[int64]store.Access{1: 1})
		ok(t, repositories.New(db).PutInstallation(ctx, store.Installation{ID: 5, Removed: true}))
		ok(t, repositories.New(db).Remove(ctx, []string{"o/gone"}))
		c.advance(23 * time.Hour)
		ok(t, db.Sweep(ctx))
		if got := counted(t, db, "repositories", "runs", "deliveries"); got != "2 2 500" {
			t.Errorf("before it is time: %s", got)
		}
		c.advance(2 * time.Hour)
		finish(t, db, get(t, db, "o/stays"), c.now(), nil, nil)
		ok(t, db.Sweep(ctx))
		tables := []string{
			"repositories", "pins", "packages", "pin_advisories", "pulls", "runs", "days", "memories", "ticks",
			"deliveries", "leases", "pauses", "spends", "sessions", "session_access", "installations",
		}
		if got, want := counted(t, db, tables...), "1 1 1 1 1 1 2 1 1 0 0 0 0 0 0 0"; got != want {
			t.Errorf("rows of %v:\n%s, want\n%s", tables, got, want)
		}
	})
}

func counted(t *testing.T, db *database.DB, tables ...string) string {
	t.Helper()
	var text []string
	for _, table := range tables {
		n, err := number(t.Context(), db, "SELECT COUNT(*) FROM "+table)
		ok(t, err)
		text = append(text, fmt.Sprint(n))
	}
	return strings.Join(text, " ")
}

func TestCache(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		ctx := t.Context()
		if _, err := lookups.New(db, 0).Load(ctx, "k"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("nothing there: %v", err)
		}
		for _, e := range []store.Entry{
			{Key: "k", Host: "h", URL: "u", Data: []byte{0, 1, 0xff}, Heard: noon},
			{Key: "k", Host: "h2", URL: "u2", Data: []byte("new"), Heard: noon.Add(-time.Hour)},
			{Key: strings.Repeat("https://long/", 1000), Data: []byte{}, Heard: noon},
		} {
			ok(t, lookups.New(db, 0).Save(ctx, e))
			got, err := lookups.New(db, 0).Load(ctx, e.Key)
			ok(t, err)
			if diff := cmp.Diff(e, got); diff != "" {
				t.Error(diff)
			}
		}
		c.advance(time.Minute)
		ok(t, lookups.New(db, 0).Confirm(ctx, "k"))
		ok(t, lookups.New(db, 0).Confirm(ctx, "unknown"))
		if e, err := lookups.New(db, 0).Load(ctx, "k"); err != nil || !e.Heard.Equal(c.now()) {
			t.Errorf("confirmed: %+v, %v", e, err)
		}
	})
}

// However much is saved, what is kept is bounded, and what was not heard for longest goes first.
func TestCacheIsBounded(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		const size, most = 1000, 100_000
		c := new(clock)
		db := storetest.Open(t, dsn, database.Options{Now: c.now})
		cache := lookups.New(db, most)
		ctx := t.Context()
		for i := range 300 {
			c.advance(time.Second)
			ok(t, cache.Save(ctx, store.Entry{Key: fmt.Sprint(i), Data: make([]byte, size)}))
			ok(t, cache.Confirm(ctx, "0")) // heard all the time
			n, err := number(ctx, db, "SELECT COUNT(*) FROM entries")
			ok(t, err)
			if n*size > most+most/8 {
				t.Fatalf("%d answers are kept", n)
			}
		}
		ok(t, cache.Save(ctx, store.Entry{Key: "huge", Data: make([]byte, most)}))
		ok(t, cache.Trim(ctx))
		ok(t, db.Sweep(ctx))
		for key, kept := range map[string]bool{"0": true, "1": false, "200": false, "299": true, "huge": false} {
			if _, err := cache.Load(ctx, key); (err == nil) != kept {
				t.Errorf("%s: %v", key, err)
			}
		}
	})
}

// Room that is not needed any more goes back to the disk.
func TestFileShrinks(t *testing.T) {
	c := new(clock)
	db := storetest.Open(t, storetest.SQLite(t), database.Options{Now: c.now, Keep: time.Hour})
	for i := range 60 {
		ok(t, lookups.New(db, 0).Save(t.Context(), store.Entry{Key: fmt.Sprint(i), Data: make([]byte, 1<<20)}))
	}
	before := pages(t, db)
	statement(t, db, "DELETE FROM entries")
	ok(t, db.Sweep(t.Context()))
	if after := pages(t, db); after > before*9/10 {
		t.Errorf("%d pages before, %d after", before, after)
	}
}

func pages(t *testing.T, db *database.DB) int {
	t.Helper()
	n, err := number(t.Context(), db, "PRAGMA page_count")
	ok(t, err)
	return n
}
