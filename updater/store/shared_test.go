package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// two opens a new database twice, as two processes do.
func two(t *testing.T, run func(t *testing.T, a, b *store.DB, c *clock)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, dsn string) {
		c := new(clock)
		run(t, storetest.Open(t, dsn, store.Options{Now: c.now}), storetest.Open(t, dsn, store.Options{Now: c.now}), c)
	})
}

func TestLease(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, c *clock) {
		ctx := t.Context()
		long := strings.Repeat("long", 5000)
		for _, name := range []string{"n", long} {
			ok(t, a.Lease(ctx, name, time.Minute))
			ok(t, a.Lease(ctx, name, time.Minute)) // its own
			if err := b.Lease(ctx, name, time.Minute); !errors.Is(err, store.ErrTaken) {
				t.Errorf("held by another: %v", err)
			}
			ok(t, b.Release(ctx, name)) // not its own: nothing happens
			if err := b.Lease(ctx, name, time.Minute); !errors.Is(err, store.ErrTaken) {
				t.Errorf("after it was released by another: %v", err)
			}
			c.advance(59 * time.Second)
			ok(t, a.Lease(ctx, name, time.Minute))
			c.advance(59 * time.Second)
			if err := b.Lease(ctx, name, time.Minute); !errors.Is(err, store.ErrTaken) {
				t.Errorf("renewed: %v", err)
			}
			c.advance(time.Second)
			ok(t, b.Lease(ctx, name, time.Minute)) // the holder was killed
			if err := a.Lease(ctx, name, time.Minute); !errors.Is(err, store.ErrTaken) {
				t.Errorf("the first holder comes back: %v", err)
			}
			ok(t, b.Release(ctx, name))
			ok(t, a.Lease(ctx, name, time.Minute))
		}
	})
}

func TestLeaseAtOnce(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, _ *clock) {
		var held [2]atomic.Bool
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				err := []*store.DB{a, b}[i%2].Lease(t.Context(), "n", time.Minute)
				switch {
				case err == nil:
					held[i%2].Store(true)
				case !errors.Is(err, store.ErrTaken):
					t.Error(err)
				}
			})
		}
		group.Wait()
		if held[0].Load() == held[1].Load() {
			t.Errorf("held by %t, %t", held[0].Load(), held[1].Load())
		}
	})
}

func TestPauses(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, c *clock) {
		ctx := t.Context()
		ok(t, a.Pause(ctx, "host", noon.Add(time.Minute)))
		ok(t, b.Pause(ctx, "host", noon.Add(time.Second))) // the later one wins
		ok(t, b.Pause(ctx, "other", noon.Add(time.Hour)))
		got, err := b.Pauses(ctx)
		if err != nil || len(got) != 2 || !got["host"].Equal(noon.Add(time.Minute)) {
			t.Errorf("%v, %v", got, err)
		}
		c.advance(time.Minute)
		if got, err := a.Pauses(ctx); err != nil || len(got) != 1 {
			t.Errorf("a minute later: %v, %v", got, err)
		}
	})
}

// However many ask at once, no window holds more; and it is said when one more fits.
func TestSpend(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, c *clock) {
		spend := func() (int64, time.Time) {
			var won atomic.Int64
			var mu sync.Mutex
			var last time.Time
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					ok, again, err := []*store.DB{a, b}[i%2].Spend(t.Context(), "pulls", 5, time.Hour)
					if err != nil {
						t.Error(err)
					}
					if ok {
						won.Add(1)
						return
					}
					mu.Lock()
					defer mu.Unlock()
					last = again
				})
			}
			group.Wait()
			return won.Load(), last
		}
		if n, again := spend(); n != 5 || !again.Equal(noon.Add(time.Hour)) {
			t.Errorf("at noon: %d, again %s", n, again)
		}
		c.advance(time.Hour - time.Microsecond)
		if n, _ := spend(); n != 0 {
			t.Errorf("just before: %d", n)
		}
		c.advance(time.Microsecond)
		if n, again := spend(); n != 5 || !again.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("an hour later: %d, again %s", n, again)
		}
		// A budget that was made smaller: all but one of the newest must be past.
		if ok, again, err := a.Spend(t.Context(), "pulls", 1, time.Hour); ok || err != nil || !again.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("a smaller budget: %t, %s, %v", ok, again, err)
		}
		if ok, again, err := a.Spend(t.Context(), "none", 0, time.Hour); ok || err != nil || !again.IsZero() {
			t.Errorf("nothing at all: %t, %s, %v", ok, again, err)
		}
		if ok, _, err := a.Spend(t.Context(), "other", 1, time.Hour); !ok || err != nil {
			t.Errorf("another budget: %t, %v", ok, err)
		}
	})
}

func TestBeat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		c := new(clock)
		open := func() *store.DB {
			db, err := store.Open(t.Context(), dsn, store.Options{Now: c.now})
			ok(t, err)
			t.Cleanup(func() { _ = db.Close() })
			return db
		}
		beat := func(db *store.DB, processes int, before time.Time) {
			t.Helper()
			n, was, err := db.Beat(t.Context())
			if err != nil || n != processes || !was.Equal(before) {
				t.Errorf("Beat = %d, %s, %v, want %d, %s", n, was, err, processes, before)
			}
		}
		a, b := open(), open()
		beat(a, 1, time.Time{})
		c.advance(time.Minute)
		beat(b, 2, noon)
		beat(a, 2, time.Time{}) // of what was before its first
		ok(t, b.Close())        // a process that ends says so
		beat(a, 1, time.Time{})
		c.advance(2 * time.Minute)
		d := open() // a was killed, and is forgotten; its last beat is not
		beat(d, 1, noon.Add(time.Minute))
		ok(t, d.Sweep(t.Context()))
		ok(t, d.Close())
		c.advance(time.Hour)
		ok(t, a.Sweep(t.Context()))
		beat(open(), 1, noon.Add(3*time.Minute))
	})
}

func TestSettings(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, _ *clock) {
		for _, value := range []string{"x", "", strings.Repeat("é", 10_000)} {
			ok(t, a.Set(t.Context(), "stop", value))
			if got, err := b.Setting(t.Context(), "stop"); err != nil || got != value {
				t.Errorf("%q, %v", got, err)
			}
		}
		if got, err := b.Setting(t.Context(), "Stop"); err != nil || got != "" {
			t.Errorf("one that is not there: %q, %v", got, err)
		}
	})
}

func TestMemories(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, _ *clock) {
		ctx := t.Context()
		put(t, a, "o/a")
		if data, version, err := a.Recall(ctx, 1); err != nil || data != nil || version != "" {
			t.Errorf("nothing yet: %q, %q, %v", data, version, err)
		}
		ok(t, a.Remember(ctx, 1, []byte{0, 0xff}, ""))
		data, version, err := b.Recall(ctx, 1)
		if err != nil || string(data) != "\x00\xff" || version == "" {
			t.Errorf("%q, %q, %v", data, version, err)
		}
		for _, stale := range []string{"", "0", "x", "99", "-1", "1 "} {
			if err := b.Remember(ctx, 1, nil, stale); !errors.Is(err, store.ErrTaken) {
				t.Errorf("version %q: %v", stale, err)
			}
		}
		var won atomic.Int64
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				err := []*store.DB{a, b}[i%2].Remember(ctx, 1, fmt.Append(nil, i), version)
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, store.ErrTaken) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if won.Load() != 1 {
			t.Errorf("%d remembered on top of the same", won.Load())
		}
	})
}

func TestTicks(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, c *clock) {
		ctx := t.Context()
		put(t, db, "o/a")
		long := strings.Repeat("x/", 3000)
		for _, pin := range []string{"b", long, "a", "b"} {
			c.advance(time.Second)
			ok(t, db.Tick(ctx, 1, pin, "eve"))
		}
		ok(t, db.Untick(ctx, 1, []string{"a", "unknown"}))
		if got, err := db.Ticks(ctx, 1); err != nil || len(got) != 2 || got[0] != long || got[1] != "b" {
			t.Errorf("%.20q, %v", got, err)
		}
		ok(t, db.Untick(ctx, 1, []string{"b", long}))
		ok(t, db.Untick(ctx, 1, nil))
		if got, err := db.Ticks(ctx, 1); err != nil || len(got) != 0 {
			t.Errorf("%.20q, %v", got, err)
		}
	})
}

func TestDeliveries(t *testing.T) {
	two(t, func(t *testing.T, a, b *store.DB, _ *clock) {
		ctx := t.Context()
		var fresh atomic.Int64
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				_, known, err := []*store.DB{a, b}[i%2].Deliver(ctx, store.Delivery{ID: "x", Event: "push", Received: noon})
				if err != nil {
					t.Error(err)
				}
				if !known {
					fresh.Add(1)
				}
			})
		}
		group.Wait()
		if fresh.Load() != 1 {
			t.Errorf("%d were the first", fresh.Load())
		}
		want := store.Delivery{ID: "x", Event: "push", Received: noon}
		if got, known, err := b.Deliver(ctx, store.Delivery{ID: "x", Event: "other"}); err != nil || !known || got != want {
			t.Errorf("%+v, %t, %v", got, known, err)
		}
		ok(t, a.Delivered(ctx, "x"))
		ok(t, a.Delivered(ctx, "unknown"))
		want.Done = true
		if got, _, err := b.Deliver(ctx, store.Delivery{ID: "x"}); err != nil || got != want {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, c *clock) {
		ctx := t.Context()
		s := store.Session{ID: "x", Login: "eve", Expires: noon.Add(time.Minute), Checked: noon, May: map[int64]store.Access{}}
		for i := range int64(1000) {
			s.May[i] = store.Read
		}
		ok(t, db.PutSession(ctx, s))
		got, err := db.Session(ctx, "x")
		if err != nil || got.Login != "eve" || got.May != nil || !got.Expires.Equal(s.Expires) || !got.Checked.Equal(noon) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, id := range []string{"", "y", "X", "x\x00", "%"} {
			if _, err := db.Session(ctx, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("session %q: %v", id, err)
			}
		}
		if err := db.PutSession(ctx, store.Session{Expires: noon.Add(time.Minute)}); err == nil {
			t.Error("a session without an ID was kept")
		}
		c.advance(time.Minute)
		if _, err := db.Session(ctx, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("expired: %v", err)
		}
		ok(t, db.EndSession(ctx, "x"))
		ok(t, db.EndSession(ctx, "x"))
	})
}
