package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/pulls"
)

func vulnerable(id, version string, advisories ...record.Advisory) store.Pin {
	p := pin(id, "requirements", "urllib3", version)
	p.Current, p.Advisories = version, advisories
	return p
}

// What affects a package keeps the day on which it was seen first, whatever
// else changes, and is gone with the version that it affects.
func TestAffected(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		put(t, db, "o/a", "o/b")
		everything := store.Viewer{All: true}
		bad := record.Advisory{ID: "GHSA-1", Severity: "high", Fixed: "2.0"}
		worse := record.Advisory{ID: "GHSA-2", Severity: "critical"}
		finish(t, db, get(t, db, "o/a"), noon, []store.Pin{vulnerable("1", "1.0", bad), vulnerable("2", "1.1", bad)}, nil)
		finish(t, db, get(t, db, "o/b"), noon, []store.Pin{vulnerable("1", "1.0", bad)}, nil)
		c.advance(48 * time.Hour)
		finish(t, db, get(t, db, "o/a"), c.now(), []store.Pin{vulnerable("1", "1.0", bad, worse)}, nil)
		list, err := advisories.New(db).List(t.Context(), everything, 0)
		ok(t, err)
		if len(list) != 3 || list[0].Advisory != "GHSA-1" || !list[0].Since.Equal(noon) || list[0].Pins != 1 || list[0].Repo != "o/a" ||
			list[1].Repo != "o/b" || list[2].Advisory != "GHSA-2" || !list[2].Since.Equal(noon.Add(48*time.Hour)) {
			t.Fatalf("affected are %+v", list)
		}
		finish(t, db, get(t, db, "o/b"), c.now(), []store.Pin{vulnerable("1", "2.0")}, nil)
		if list, err = advisories.New(db).List(t.Context(), everything, get(t, db, "o/b").ID); err != nil || len(list) != 0 {
			t.Errorf("what is mended is affected: %+v %v", list, err)
		}
	})
}

// Alarms come by repository and place, are counted beyond what is listed, and
// are those of what a viewer may see.
func TestAlarms(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		put(t, db, "o/a", "o/b")
		swapped := func(id string, line int) store.Pin {
			p := pin(id, "download", "gosu", "1.16")
			p.Line, p.Alarm = line, "it was changed"
			return p
		}
		finish(t, db, get(t, db, "o/b"), noon, []store.Pin{swapped("1", 3)}, nil)
		finish(t, db, get(t, db, "o/a"), noon, []store.Pin{swapped("2", 9), swapped("1", 2), pin("3", "download", "tini", "0.19")}, nil)
		list, total, err := pins.New(db).Alarms(t.Context(), store.Viewer{All: true}, 2)
		ok(t, err)
		if total != 3 || len(list) != 2 || list[0].Repo != "o/a" || list[0].Line != 2 || list[1].Line != 9 || list[0].Alarm != "it was changed" {
			t.Errorf("%d alarms, %+v", total, list)
		}
		if list, total, err := pins.New(db).Alarms(t.Context(), store.Viewer{}, 0); err != nil || total != 0 || len(list) != 0 {
			t.Errorf("a stranger sees %d alarms, %+v, %v", total, list, err)
		}
		c.advance(time.Hour)
		finish(t, db, get(t, db, "o/a"), c.now(), []store.Pin{pin("3", "download", "tini", "0.19")}, nil)
		if _, total, err := pins.New(db).Alarms(t.Context(), store.Viewer{All: true}, 0); err != nil || total != 1 {
			t.Errorf("%d alarms are left, %v", total, err)
		}
	})
}

// A dismissal expires and can be revoked. An advisory that affects nothing cannot be dismissed.
func TestDismiss(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		put(t, db, "o/a")
		r := get(t, db, "o/a")
		finish(t, db, r, noon, []store.Pin{vulnerable("1", "1.0", record.Advisory{ID: "GHSA-1"}, record.Advisory{ID: "GHSA-2"})}, nil)
		one := store.Affected{Repository: r.ID, Ecosystem: "requirements", Package: "urllib3", Advisory: "GHSA-1"}
		m := store.Dismissal{Reason: "only tests use it", By: "ada", Until: noon.Add(24 * time.Hour)}
		ok(t, advisories.New(db).Dismiss(t.Context(), one, m))
		ok(t, advisories.New(db).Dismiss(t.Context(), one, m)) // twice is once
		if got := dismissed(t, db); got != "GHSA-1 ada: only tests use it" {
			t.Errorf("dismissed is %q", got)
		}
		ok(t, db.Sweep(t.Context()))
		c.advance(25 * time.Hour)
		if got := dismissed(t, db); got != "" {
			t.Errorf("after its end, dismissed is %q", got)
		}
		m.Until = c.now().Add(time.Hour)
		ok(t, advisories.New(db).Dismiss(t.Context(), one, m))
		ok(t, advisories.New(db).Undismiss(t.Context(), one))
		ok(t, advisories.New(db).Undismiss(t.Context(), one))
		if got := dismissed(t, db); got != "" {
			t.Errorf("after it is taken back, dismissed is %q", got)
		}
		one.Advisory = "GHSA-none"
		if err := advisories.New(db).Dismiss(t.Context(), one, m); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what affects nothing is dismissed: %v", err)
		}
	})
}

func dismissed(t *testing.T, db *database.DB) (text string) {
	t.Helper()
	list, err := advisories.New(db).List(context.Background(), store.Viewer{All: true}, 0)
	ok(t, err)
	for _, a := range list {
		if a.Dismissed.Any() {
			text += a.Advisory + " " + a.Dismissed.By + ": " + a.Dismissed.Reason
		}
	}
	return text
}

// Open pull requests come oldest first, and what is told of one later adds to
// what is known.
func TestOpenPulls(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a", "o/b")
		finish(t, db, get(t, db, "o/a"), noon, nil, []store.Pull{
			{Number: 1, State: "open", Opened: noon.Add(-time.Hour)}, {Number: 2, State: "closed"}, {Number: 3, State: "open"},
		})
		finish(t, db, get(t, db, "o/b"), noon, nil, []store.Pull{{Number: 4, State: "open", Opened: noon.Add(-2 * time.Hour), Checks: "failed"}})
		ok(t, pulls.New(db).Put(t.Context(), store.Pull{Repository: get(t, db, "o/b").ID, Number: 4, Mergeable: "conflict", Review: "required"}))
		list, err := pulls.New(db).Open(t.Context(), store.Viewer{All: true})
		ok(t, err)
		var got []int
		for _, p := range list {
			got = append(got, p.Number)
		}
		if len(got) != 3 || got[0] != 4 || got[1] != 1 || got[2] != 3 || list[0].Checks != "failed" || list[0].Mergeable != "conflict" || list[0].Review != "required" {
			t.Errorf("open are %+v", list)
		}
	})
}

func TestRunLog(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a")
		r := get(t, db, "o/a")
		ok(t, passes.New(db).Finish(t.Context(), store.Finished{Repository: r, Whole: true, Run: store.Run{Began: noon, Outcome: "done", Log: "one\ntwo"}}))
		runs, err := history.New(db).Runs(t.Context(), store.Viewer{All: true}, 0, 0)
		ok(t, err)
		run, err := history.New(db).Run(t.Context(), store.Viewer{All: true}, runs[0].ID)
		ok(t, err)
		if runs[0].Log != "" || run.Log != "one\ntwo" || run.Repo != "o/a" {
			t.Errorf("the list has %q, the run %+v", runs[0].Log, run)
		}
		if _, err := history.New(db).Run(t.Context(), store.Viewer{}, runs[0].ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a stranger reads it: %v", err)
		}
	})
}
