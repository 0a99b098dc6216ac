package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/events"
	"github.com/freshpin/freshpin/updater/store/passes"
)

// A batch that was held is the same until it arrived, whatever comes meanwhile.
func TestBatches(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		everything := func(string) bool { return true }
		begin := func(wants func(string) bool, most int) (store.Batch, string) {
			t.Helper()
			b, err := events.New(db).BeginBatch(t.Context(), "r", wants, most)
			ok(t, err)
			text := ""
			for _, e := range b.Events {
				text += e.Text
			}
			return b, text
		}
		add := func(texts ...string) {
			t.Helper()
			for _, text := range texts {
				ok(t, events.New(db).Add(t.Context(), []store.Event{{Key: text, Kind: "k" + text, Text: text}, {Key: text, Kind: "k", Text: "again"}}))
			}
		}
		add("0")
		if _, got := begin(everything, 9); got != "" {
			t.Errorf("a new receiver is told %q", got)
		}
		add("a", "b", "c")
		b, got := begin(everything, 2)
		ok(t, events.New(db).HoldBatch(t.Context(), "r", b))
		ok(t, events.New(db).RetryBatch(t.Context(), "r", b, noon.Add(time.Hour)))
		add("d")
		if again, same := begin(everything, 9); got != "ab" || same != got || again.Tries != 1 || !again.Again.Equal(noon.Add(time.Hour)) || again.First != b.First || again.Last != b.Last {
			t.Errorf("first %q, then %q: %+v", got, same, again)
		}
		c.advance(time.Hour)
		ok(t, events.New(db).EndBatch(t.Context(), "r", b))
		if b, got := begin(func(kind string) bool { return kind == "kd" }, 9); got != "d" || !b.Sent.Equal(noon.Add(time.Hour)) || b.Tries != 0 {
			t.Errorf("then %q, %+v", got, b)
		}
		if _, got := begin(func(string) bool { return false }, 9); got != "" {
			t.Errorf("who wants nothing is told %q", got)
		}
		if _, got := begin(everything, 9); got != "" {
			t.Errorf("what was not wanted is told later: %q", got)
		}
	})
}

// What affects a package is told once, with the pass that found it.
func TestTellFresh(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a")
		var told []string
		for n, pins := range [][]store.Pin{
			{vulnerable("1", "1.0", record.Advisory{ID: "GHSA-1"})},
			{vulnerable("1", "1.0", record.Advisory{ID: "GHSA-1"}), vulnerable("2", "1.1", record.Advisory{ID: "GHSA-1"}, record.Advisory{ID: "GHSA-2"})},
			{vulnerable("1", "2.0")},
			{vulnerable("1", "1.0", record.Advisory{ID: "GHSA-1"})}, // back again
		} {
			ok(t, passes.New(db).Finish(t.Context(), store.Finished{
				Repository: get(t, db, "o/a"), Whole: true, Pins: pins, Run: store.Run{Began: noon.Add(time.Duration(n) * time.Second)},
				Tell: func(fresh []store.Affected) (list []store.Event) {
					for _, a := range fresh {
						told = append(told, a.Advisory)
					}
					return nil
				},
			}))
		}
		if got := fmt.Sprint(told); got != "[GHSA-1 GHSA-2 GHSA-1]" {
			t.Errorf("told is %s", got)
		}
	})
}

// TestEventsThatHold: an event that is noted again and again is told once, however long it holds; one
// that came to an end may be told another time after it was forgotten.
func TestEventsThatHold(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		told := map[string]int{}
		tell := func() {
			t.Helper()
			b, err := events.New(db).BeginBatch(t.Context(), "r", func(string) bool { return true }, 9)
			ok(t, err)
			for _, e := range b.Events {
				told[e.Text]++
			}
			if b.Last > 0 {
				ok(t, events.New(db).EndBatch(t.Context(), "r", b))
			}
		}
		tell()
		for day := range 400 {
			list := []store.Event{{Key: "holds", Kind: "k", Text: "holds"}}
			if day == 0 || day == 399 {
				list = append(list, store.Event{Key: "ends", Kind: "k", Text: "ends"})
			}
			ok(t, events.New(db).Add(t.Context(), list))
			tell()
			if day%10 == 0 {
				ok(t, db.Sweep(t.Context()))
			}
			c.advance(24 * time.Hour)
		}
		if told["holds"] != 1 || told["ends"] != 2 {
			t.Errorf("told: %v", told)
		}
	})
}
