package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/events"
	"github.com/freshpin/freshpin/updater/store/findings"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/lookups"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/sessions"
)

// asks calls every method that takes a Viewer, in every way that could tell
// something. TestViewers fails where one is missing here.
var asks = map[string]func(ctx context.Context, db *database.DB, v store.Viewer, id int64) (any, error){
	"repositories.List": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		list, n, err := repositories.New(db).List(ctx, v, store.Filter{Text: "SEC", State: store.Proposing, Sort: "-updates"})
		all, m, err2 := repositories.New(db).List(ctx, v, store.Filter{})
		return []any{list, n, all, m}, first(err, err2)
	},
	"repositories.Totals": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		t, states, err := repositories.New(db).Totals(ctx, v)
		return []any{t, states}, err
	},
	"history.Days": func(ctx context.Context, db *database.DB, v store.Viewer, id int64) (any, error) {
		one, err := history.New(db).Days(ctx, v, id, noon.AddDate(0, 0, -5))
		all, err2 := history.New(db).Days(ctx, v, 0, noon.AddDate(0, 0, -5))
		return []any{one, all}, first(err, err2)
	},
	"repositories.May": func(ctx context.Context, db *database.DB, v store.Viewer, id int64) (any, error) {
		return repositories.New(db).May(ctx, v, id)
	},
	"history.Runs": func(ctx context.Context, db *database.DB, v store.Viewer, id int64) (any, error) {
		one, err := history.New(db).Runs(ctx, v, id, 0)
		all, err2 := history.New(db).Runs(ctx, v, 0, 0)
		return []any{one, all}, first(err, err2)
	},
	"history.Run": func(ctx context.Context, db *database.DB, v store.Viewer, id int64) (any, error) {
		runs, err := history.New(db).Runs(ctx, store.Viewer{All: true}, id, 0)
		if err != nil || len(runs) == 0 {
			return nil, err
		}
		run, err := history.New(db).Run(ctx, v, runs[0].ID)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return run, err
	},
	"advisories.List": func(ctx context.Context, db *database.DB, v store.Viewer, id int64) (any, error) {
		one, err := advisories.New(db).List(ctx, v, id)
		all, err2 := advisories.New(db).List(ctx, v, 0)
		return []any{one, all}, first(err, err2)
	},
	"pulls.Open": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		return pulls.New(db).Open(ctx, v)
	},
	"pins.Search": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		var found []any
		for _, text := range []string{
			"secret-lib", "secret-lib==1.0", "secret-lib 1", "ecret", "%", "_", "sha256:5ec7", "secret-lib@sha256:5ec7", "GHSA-secret-1", "cve-secret-1",
		} {
			list, err := pins.New(db).Search(ctx, v, text, 0)
			if err != nil {
				return nil, err
			}
			found = append(found, list)
		}
		return found, nil
	},
	"findings.OfRule": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		return findings.New(db).OfRule(ctx, v, "root-user", 0)
	},
	"findings.Counts": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		sum, err := findings.New(db).Counts(ctx, v)
		if sum.Must > 0 { // only the secret repositories have findings
			return "secret", err
		}
		return sum, err
	},
	"pins.Alarms": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		list, total, err := pins.New(db).Alarms(ctx, v, 10)
		if total > 0 { // only the secret repositories have alarms
			return "secret", err
		}
		return list, err
	},
	"pins.Packages": func(ctx context.Context, db *database.DB, v store.Viewer, _ int64) (any, error) {
		all, err := pins.New(db).Packages(ctx, v, "", 0)
		some, err2 := pins.New(db).Packages(ctx, v, "secret", 0)
		return []any{all, some}, first(err, err2)
	},
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestViewers: nothing of another's repository is in any answer, and there is
// a try for every method that takes a Viewer.
func TestViewers(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		put(t, db, "me/mine", "eve/secret", "eve/secret-gone")
		ok(t, repositories.New(db).Put(t.Context(), []store.Repository{{Name: "eve/secret-unnumbered"}}))
		finish(t, db, get(t, db, "me/mine"), noon, []store.Pin{pin("1", "requirements", "requests", "==2.0")}, nil)
		for _, name := range []string{"eve/secret", "eve/secret-gone", "eve/secret-unnumbered"} {
			p := pin("1", "requirements", "secret-lib", "==1.0")
			p.Digest, p.Alarm, p.Advisories = "sha256:5ec7e7", "a secret file was changed", []record.Advisory{{ID: "GHSA-secret-1", Aliases: []string{"CVE-secret-1"}}}
			finish(t, db, get(t, db, name), noon, []store.Pin{p, p}, []store.Pull{{Number: 1, State: "open"}})
			again := store.Finished{Repository: get(t, db, name), Generation: 1 << 40, Whole: true, Findings: []store.Finding{{Rule: "root-user", Level: "must", Text: "secret"}}}
			again.Run = store.Run{Repository: again.Repository.ID, Began: noon, Outcome: "done"}
			ok(t, passes.New(db).Finish(t.Context(), again))
		}
		ok(t, repositories.New(db).Remove(t.Context(), []string{"eve/secret-gone"}))
		expired := session(t, db, noon.Add(-time.Second), map[int64]store.Access{1: store.Write, 2: store.Write, 3: store.Write})
		ended := session(t, db, noon.Add(time.Hour), map[int64]store.Access{1: store.Write, 2: store.Write})
		ok(t, sessions.New(db).End(t.Context(), ended.Session))
		none := session(t, db, noon.Add(time.Hour), map[int64]store.Access{2: 0, 0: store.Write})
		mine := session(t, db, noon.Add(time.Hour), map[int64]store.Access{0: store.Write, 1: store.Read, 3: store.Write, -2: store.Write})
		for _, v := range []struct {
			name string
			store.Viewer
			sees bool // of me/mine
		}{
			{"nobody", store.Viewer{}, false},
			{"no session", store.Viewer{Session: "x"}, false},
			{"pattern", store.Viewer{Session: "%"}, false},
			{"expired", expired, false},
			{"ended", ended, false},
			{"no access", none, false},
			{"another", mine, true},
		} {
			for method, ask := range asks {
				for _, name := range []string{"eve/secret", "eve/secret-unnumbered"} {
					answer, err := ask(t.Context(), db, v.Viewer, get(t, db, name).ID)
					ok(t, err)
					if text := strings.ToLower(fmt.Sprintf("%+v", answer)); strings.Contains(text, "secret") {
						t.Errorf("%s tells %s of %s: %s", method, v.name, name, text)
					}
					if method == "repositories.May" && answer != store.Access(0) {
						t.Errorf("%s may %v in %s", v.name, answer, name)
					}
				}
			}
			counts(t, db, v.Viewer, v.sees)
		}
	})
	viewer := reflect.TypeFor[store.Viewer]()
	rooms := map[string]reflect.Type{
		"advisories": reflect.TypeFor[advisories.Store](), "database": reflect.TypeFor[*database.DB](), "events": reflect.TypeFor[events.Store](),
		"findings": reflect.TypeFor[findings.Store](), "history": reflect.TypeFor[history.Store](), "lookups": reflect.TypeFor[*lookups.Store](),
		"passes": reflect.TypeFor[passes.Store](), "pins": reflect.TypeFor[pins.Store](), "processes": reflect.TypeFor[*processes.Store](),
		"pulls": reflect.TypeFor[pulls.Store](), "repositories": reflect.TypeFor[repositories.Store](), "sessions": reflect.TypeFor[sessions.Store](),
	}
	folders, err := os.ReadDir(".")
	ok(t, err)
	for _, f := range folders {
		if f.IsDir() && f.Name() != "storetest" && rooms[f.Name()] == nil {
			t.Errorf("the methods of %s are not looked at", f.Name())
		}
	}
	for room, methods := range rooms {
		for m := range methods.Methods() {
			for i := range m.Type.NumIn() {
				if name := room + "." + m.Name; m.Type.In(i) == viewer && asks[name] == nil && name != "database.Visible" {
					t.Errorf("%s takes a Viewer and is not tried", name)
				}
			}
		}
	}
}

// counts checks the numbers that a viewer is told: those of one repository, or none.
func counts(t *testing.T, db *database.DB, v store.Viewer, sees bool) {
	t.Helper()
	want := map[bool]int{true: 1}[sees]
	_, n, err := repositories.New(db).List(t.Context(), v, store.Filter{})
	ok(t, err)
	totals, states, err := repositories.New(db).Totals(t.Context(), v)
	ok(t, err)
	days, err := history.New(db).Days(t.Context(), v, 0, noon)
	ok(t, err)
	runs, err := history.New(db).Runs(t.Context(), v, 0, 0)
	ok(t, err)
	packages, err := pins.New(db).Packages(t.Context(), v, "", 0)
	ok(t, err)
	if n != want || totals.Pins != want || len(states) != want || len(runs) != want || len(packages) != want || len(days) != want {
		t.Errorf("%+v: %d repositories, %+v, %v, %d runs, %d packages, %v", v, n, totals, states, len(runs), len(packages), days)
	}
	if sees && (days[0].Repositories != 1 || days[0].Pins != 1 || packages[0].Pins != 1) {
		t.Errorf("%+v: %+v, %+v", v, days, packages)
	}
}

func TestMay(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a", "o/b", "o/c")
		v := session(t, db, noon.Add(time.Hour), map[int64]store.Access{1: store.Read, 2: store.Write})
		ok(t, repositories.New(db).Remove(t.Context(), []string{"o/c"}))
		for _, c := range []struct {
			v    store.Viewer
			name string
			want store.Access
		}{
			{v, "o/a", store.Read}, {v, "o/b", store.Write}, {v, "o/c", 0},
			{store.Viewer{All: true}, "o/a", store.Write}, {store.Viewer{All: true}, "o/c", 0},
		} {
			if got, err := repositories.New(db).May(t.Context(), c.v, get(t, db, c.name).ID); err != nil || got != c.want {
				t.Errorf("May(%+v, %s) = %d, %v, want %d", c.v, c.name, got, err, c.want)
			}
		}
		// May is written as a whole: what is not granted any more is gone.
		ok(t, sessions.New(db).Put(t.Context(), store.Session{ID: v.Session, Expires: noon.Add(time.Hour), May: map[int64]store.Access{2: store.Read}}))
		if _, n, err := repositories.New(db).List(t.Context(), v, store.Filter{}); err != nil || n != 1 {
			t.Errorf("%d repositories, %v", n, err)
		}
	})
}

func TestFilters(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/b_x", "O/a%", "o/c")
		for i, name := range []string{"o/b_x", "O/a%"} {
			r := get(t, db, name)
			r.State, r.Looked, r.Totals = store.Observed, noon.Add(time.Duration(i)), store.Totals{Updates: 2 - i, Failed: i, Libyears: float64(i)}
			ok(t, passes.New(db).Finish(t.Context(), store.Finished{Repository: r, Whole: true, Run: store.Run{Began: noon}}))
		}
		for _, c := range []struct {
			f     store.Filter
			want  string
			total int
		}{
			{store.Filter{}, "O/a% o/b_x o/c", 3},
			{store.Filter{Sort: "-name"}, "o/c o/b_x O/a%", 3},
			{store.Filter{Sort: "-updates"}, "o/b_x O/a% o/c", 3},
			{store.Filter{Sort: "libyears"}, "o/b_x o/c O/a%", 3},
			{store.Filter{Sort: "id; DROP TABLE repositories"}, "O/a% o/b_x o/c", 3},
			{store.Filter{Text: "%"}, "O/a%", 1},
			{store.Filter{Text: "_"}, "o/b_x", 1},
			{store.Filter{Text: `\`}, "", 0},
			{store.Filter{Text: "O/A"}, "O/a%", 1},
			{store.Filter{Text: "\x00\xff"}, "", 0},
			{store.Filter{State: store.Observed, Limit: 1}, "O/a%", 2},
			{store.Filter{State: store.Observed, Limit: 1, After: 1}, "o/b_x", 2},
			{store.Filter{After: -5, Limit: -1}, "O/a% o/b_x o/c", 3},
			{store.Filter{After: 99}, "", 3},
		} {
			list, total, err := repositories.New(db).List(t.Context(), store.Viewer{All: true}, c.f)
			ok(t, err)
			var names []string
			for _, r := range list {
				names = append(names, r.Name)
			}
			if got := strings.Join(names, " "); got != c.want || total != c.total {
				t.Errorf("%+v: %q of %d, want %q of %d", c.f, got, total, c.want, c.total)
			}
		}
	})
}
