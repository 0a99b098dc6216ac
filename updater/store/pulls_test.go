package store_test

import (
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// How pull requests stand replaces what was known of that, also by nothing; when one was
// opened stays as it is known. Those that are not open are passed over.
func TestPullStatuses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
		db := storetest.Open(t, dsn, database.Options{Now: func() time.Time { return now }})
		if err := repositories.New(db).Put(t.Context(), []store.Repository{{Name: "acme/shop"}}); err != nil {
			t.Fatal(err)
		}
		repo, err := repositories.New(db).ByName(t.Context(), "acme/shop")
		if err != nil {
			t.Fatal(err)
		}
		early, late := now.AddDate(0, 0, -20), now.AddDate(0, 0, -1)
		for _, p := range []store.Pull{
			{Number: 1, State: "open", Title: "one", Checks: "passed", Mergeable: "yes", Review: "approved"},
			{Number: 2, State: "open", Title: "two", Opened: late},
			{Number: 3, State: "closed", Checks: "passed"},
		} {
			p.Repository = repo.ID
			if err := pulls.New(db).Put(t.Context(), p); err != nil {
				t.Fatal(err)
			}
		}
		told := ""
		tell := func(p store.Pull, s store.PullStatus) []store.Event {
			told += p.Title + " " + s.Checks + ";"
			return nil
		}
		err = pulls.New(db).PutStatuses(t.Context(), repo.ID, []store.PullStatus{
			{Number: 1, Opened: early}, {Number: 2, Opened: early, Checks: "failed", Mergeable: "blocked", Review: "required"}, {Number: 3, Checks: "failed"}, {Number: 9},
		}, tell)
		if err != nil || told != "one ;two failed;" {
			t.Errorf("%v, told %q", err, told)
		}
		list, err := pulls.New(db).Of(t.Context(), repo.ID)
		if err != nil || len(list) != 3 {
			t.Fatal(list, err)
		}
		if p := list[1]; p.Number != 1 || p.Checks != "" || p.Mergeable != "" || p.Review != "" || !p.Opened.Equal(early) {
			t.Errorf("of which nothing is known any more: %+v", p)
		}
		if p := list[0]; p.Number != 2 || p.Checks != "failed" || p.Mergeable != "blocked" || p.Review != "required" || !p.Opened.Equal(late) {
			t.Errorf("that is red: %+v", p)
		}
		if p := list[2]; p.Number != 3 || p.Checks != "passed" {
			t.Errorf("that is closed: %+v", p)
		}
	})
}
