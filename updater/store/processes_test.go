package store_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// two opens a new database twice, as two processes do.
func two(t *testing.T, run func(t *testing.T, a, b *database.DB, c *clock)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, dsn string) {
		c := new(clock)
		run(t, storetest.Open(t, dsn, database.Options{Now: c.now}), storetest.Open(t, dsn, database.Options{Now: c.now}), c)
	})
}

// pair is two for what processes agree on.
func pair(t *testing.T, run func(t *testing.T, a, b *processes.Store, c *clock)) {
	t.Helper()
	two(t, func(t *testing.T, a, b *database.DB, c *clock) { run(t, processes.New(a), processes.New(b), c) })
}

func TestLease(t *testing.T) {
	pair(t, func(t *testing.T, a, b *processes.Store, c *clock) {
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
	pair(t, func(t *testing.T, a, b *processes.Store, _ *clock) {
		var held [2]atomic.Bool
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				err := []*processes.Store{a, b}[i%2].Lease(t.Context(), "n", time.Minute)
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
	pair(t, func(t *testing.T, a, b *processes.Store, c *clock) {
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
	pair(t, func(t *testing.T, a, b *processes.Store, c *clock) {
		spend := func() (int64, time.Time) {
			var won atomic.Int64
			var mu sync.Mutex
			var last time.Time
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					ok, again, err := []*processes.Store{a, b}[i%2].Spend(t.Context(), "pulls", 5, time.Hour)
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
		db := storetest.Open(t, dsn, database.Options{Now: c.now})
		beat := func(p *processes.Store, living int, before time.Time) {
			t.Helper()
			n, was, err := p.Beat(t.Context())
			if err != nil || n != living || !was.Equal(before) {
				t.Errorf("Beat = %d, %s, %v, want %d, %s", n, was, err, living, before)
			}
		}
		a, b := processes.New(db), processes.New(db)
		ok(t, b.Leave(t.Context())) // one that has not begun
		beat(a, 1, time.Time{})
		c.advance(time.Minute)
		beat(b, 2, noon)
		beat(a, 2, time.Time{})     // of what was before its first
		ok(t, b.Leave(t.Context())) // a process that ends says so
		beat(a, 1, time.Time{})
		c.advance(2 * time.Minute)
		d := processes.New(db) // a was killed, and is forgotten; its last beat is not
		beat(d, 1, noon.Add(time.Minute))
		ok(t, db.Sweep(t.Context()))
		ok(t, d.Leave(t.Context()))
		c.advance(time.Hour)
		ok(t, db.Sweep(t.Context()))
		beat(processes.New(db), 1, noon.Add(3*time.Minute))
	})
}

func TestSettings(t *testing.T) {
	pair(t, func(t *testing.T, a, b *processes.Store, _ *clock) {
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

func TestDeliveries(t *testing.T) {
	pair(t, func(t *testing.T, a, b *processes.Store, _ *clock) {
		ctx := t.Context()
		var fresh atomic.Int64
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				_, known, err := []*processes.Store{a, b}[i%2].Deliver(ctx, store.Delivery{ID: "x", Event: "push", Received: noon})
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
