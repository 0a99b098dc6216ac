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
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/sessions"
)

func TestMemories(t *testing.T) {
	two(t, func(t *testing.T, a, b *database.DB, _ *clock) {
		ctx := t.Context()
		put(t, a, "o/a")
		if data, version, err := passes.New(a).Recall(ctx, 1); err != nil || data != nil || version != "" {
			t.Errorf("nothing yet: %q, %q, %v", data, version, err)
		}
		ok(t, passes.New(a).Remember(ctx, 1, []byte{0, 0xff}, ""))
		data, version, err := passes.New(b).Recall(ctx, 1)
		if err != nil || string(data) != "\x00\xff" || version == "" {
			t.Errorf("%q, %q, %v", data, version, err)
		}
		for _, stale := range []string{"", "0", "x", "99", "-1", "1 "} {
			if err := passes.New(b).Remember(ctx, 1, nil, stale); !errors.Is(err, store.ErrTaken) {
				t.Errorf("version %q: %v", stale, err)
			}
		}
		var won atomic.Int64
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				err := passes.New([]*database.DB{a, b}[i%2]).Remember(ctx, 1, fmt.Append(nil, i), version)
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
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		ctx := t.Context()
		put(t, db, "o/a")
		long := strings.Repeat("x/", 3000)
		for _, pin := range []string{"b", long, "a", "b"} {
			c.advance(time.Second)
			ok(t, pins.New(db).Tick(ctx, 1, pin, "eve"))
		}
		ok(t, pins.New(db).Untick(ctx, 1, []string{"a", "unknown"}))
		if got, err := pins.New(db).Ticks(ctx, 1); err != nil || len(got) != 2 || got[0] != long || got[1] != "b" {
			t.Errorf("%.20q, %v", got, err)
		}
		ok(t, pins.New(db).Untick(ctx, 1, []string{"b", long}))
		ok(t, pins.New(db).Untick(ctx, 1, nil))
		if got, err := pins.New(db).Ticks(ctx, 1); err != nil || len(got) != 0 {
			t.Errorf("%.20q, %v", got, err)
		}
	})
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		ctx := t.Context()
		s := store.Session{ID: "x", Login: "eve", Expires: noon.Add(time.Minute), Checked: noon, May: map[int64]store.Access{}}
		for i := range int64(1000) {
			s.May[i] = store.Read
		}
		ok(t, sessions.New(db).Put(ctx, s))
		got, err := sessions.New(db).ByID(ctx, "x")
		if err != nil || got.Login != "eve" || got.May != nil || !got.Expires.Equal(s.Expires) || !got.Checked.Equal(noon) {
			t.Errorf("%+v, %v", got, err)
		}
		for _, id := range []string{"", "y", "X", "x\x00", "%"} {
			if _, err := sessions.New(db).ByID(ctx, id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("session %q: %v", id, err)
			}
		}
		if err := sessions.New(db).Put(ctx, store.Session{Expires: noon.Add(time.Minute)}); err == nil {
			t.Error("a session without an ID was kept")
		}
		c.advance(time.Minute)
		if _, err := sessions.New(db).ByID(ctx, "x"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("expired: %v", err)
		}
		ok(t, sessions.New(db).End(ctx, "x"))
		ok(t, sessions.New(db).End(ctx, "x"))
	})
}
