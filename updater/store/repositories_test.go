package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// TestPutRepositories: each step lists repositories as "number name", and then
// says how the rows stand: our number, name, the forge's number, - for removed.
func TestPutRepositories(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps [][]string
		want  []string
	}{
		{"two swap their names", [][]string{{"1 o/a", "2 o/b"}, {"1 o/b", "2 o/a"}}, []string{"1 o/b 1", "2 o/a 2"}},
		{"three turn round", [][]string{{"1 o/a", "2 o/b", "3 o/c"}, {"1 o/b", "2 o/c", "3 o/a"}}, []string{"1 o/b 1", "2 o/c 2", "3 o/a 3"}},
		{"a name that is another's now", [][]string{{"1 o/a"}, {"2 o/a"}}, []string{"1 o/a 1 -", "2 o/a 2"}},
		{"its old holder comes back under a new name", [][]string{{"1 o/a"}, {"2 o/a"}, {"1 o/z"}}, []string{"1 o/z 1", "2 o/a 2"}},
		{"renamed", [][]string{{"1 o/a"}, {"1 o/b"}}, []string{"1 o/b 1"}},
		{"only the case of letters", [][]string{{"1 o/a"}, {"1 O/A"}}, []string{"1 O/A 1"}},
		{"found by name in another case, and its number learnt", [][]string{{"0 o/a"}, {"7 O/a"}}, []string{"1 O/a 7"}},
		{"a number is not forgotten", [][]string{{"7 o/a"}, {"0 o/a"}}, []string{"1 o/a 7"}},
		{"many of unknown number", [][]string{{"0 o/a", "0 o/b", "0 o/c"}}, []string{"1 o/a 0", "2 o/b 0", "3 o/c 0"}},
		{"listed twice", [][]string{{"1 o/a", "1 o/b", "2 o/B", "2 o/c"}}, []string{"1 o/b 1", "2 o/c 2"}},
		{"takes the name of one without a number", [][]string{{"1 o/a", "0 o/b"}, {"1 o/b"}}, []string{"1 o/b 1", "2 o/b 0 -"}},
		{"nothing", [][]string{{}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			each(t, func(t *testing.T, db *database.DB, _ *clock) {
				for _, step := range c.steps {
					ok(t, repositories.New(db).Put(t.Context(), parse(t, step)))
				}
				var got []string
				for id := int64(1); ; id++ {
					r, err := repositories.New(db).ByID(t.Context(), id)
					if errors.Is(err, store.ErrNotFound) {
						break
					}
					ok(t, err)
					got = append(got, strings.TrimSuffix(fmt.Sprintf("%d %s %d%s", r.ID, r.Name, r.ForgeID, map[bool]string{true: " -"}[r.Removed]), "\n"))
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func parse(t *testing.T, lines []string) (list []store.Repository) {
	t.Helper()
	for _, line := range lines {
		r := store.Repository{Installation: 9}
		if _, err := fmt.Sscanf(line, "%d %s", &r.ForgeID, &r.Name); err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

// What the forge tells changes; what a pass found, and what was chosen, stays.
func TestPutRepositoriesKeeps(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		put(t, db, "o/a")
		_, err := repositories.New(db).Enrol(t.Context(), 0, noon)
		ok(t, err)
		before := get(t, db, "o/a")
		before.State, before.Why, before.Commit, before.Settled, before.Known = store.Refused, "archived", "abc", "s", "k"
		before.Asked, before.Looked, before.Totals = noon, noon, store.Totals{Pins: 3, Libyears: 1.25}
		ok(t, passes.New(db).Finish(t.Context(), store.Finished{Repository: before, Whole: true, Run: store.Run{Began: noon}}))
		ok(t, passes.New(db).SetSchedule(t.Context(), before.ID, "0 4 * * *", "Europe/Berlin", noon.Add(time.Hour)))
		ok(t, repositories.New(db).Remove(t.Context(), []string{"O/A", "o/unknown"}))
		now := store.Repository{Name: "o/b", ForgeID: 1, Installation: 8, Branch: "trunk", URL: "u", Private: true, Topics: []string{"x", "y"}}
		ok(t, repositories.New(db).Put(t.Context(), []store.Repository{now}))
		want := before
		want.Name, want.Installation, want.Branch, want.URL, want.Private, want.Topics = "o/b", 8, "trunk", "u", true, now.Topics
		want.Cron, want.Timezone, want.Next = "0 4 * * *", "Europe/Berlin", noon.Add(time.Hour)
		if diff := cmp.Diff(want, get(t, db, "O/B")); diff != "" {
			t.Error(diff)
		}
		if _, err := repositories.New(db).ByName(t.Context(), "o/a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("under its old name: %v", err)
		}
	})
}

func TestPutThousands(t *testing.T) {
	storetest.All(t, func(t *testing.T, db *database.DB) {
		list := make([]store.Repository, 3000)
		for i := range list {
			list[i] = store.Repository{Name: fmt.Sprintf("o/r%d", i), ForgeID: int64(i + 1), Installation: 9}
		}
		ok(t, repositories.New(db).Put(t.Context(), list))
		for i := range list { // all get the name of their neighbour
			list[i].Name = fmt.Sprintf("o/R%d", (i+1)%len(list))
		}
		ok(t, repositories.New(db).Put(t.Context(), list))
		for _, i := range []int{0, 1500, 2999} {
			if r, err := repositories.New(db).ByID(t.Context(), get(t, db, list[i].Name).ID); err != nil || r.ForgeID != int64(i+1) || r.Removed {
				t.Errorf("%s: %+v, %v", list[i].Name, r, err)
			}
		}
		n, err := repositories.New(db).KeepOnly(t.Context(), 9, []string{"O/r5"})
		if err != nil || n != 2999 {
			t.Errorf("KeepOnly = %d, %v", n, err)
		}
		if n, err := repositories.New(db).KeepOnly(t.Context(), 9, []string{"O/r5"}); err != nil || n != 0 {
			t.Errorf("KeepOnly once more = %d, %v", n, err)
		}
	})
}

// Two processes list the same repositories at once, under names that change.
func TestPutAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		var group sync.WaitGroup
		for p := range 2 {
			db := storetest.Open(t, dsn, database.Options{})
			for g := range 4 {
				group.Go(func() {
					for i := range 5 {
						var list []store.Repository
						for n := range 20 {
							list = append(list, store.Repository{Name: fmt.Sprintf("o/r%d", (n+i+g)%20), ForgeID: int64(n + 1), Installation: int64(p)})
						}
						if err := repositories.New(db).Put(t.Context(), list); err != nil {
							t.Error(err)
						}
						if _, err := repositories.New(db).KeepOnly(t.Context(), int64(p), nil); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		group.Wait()
	})
}

// At most so many a day, over all processes that ask at once; tomorrow there are more.
func TestEnrol(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		c := new(clock)
		a, b := storetest.Open(t, dsn, database.Options{Now: c.now}), storetest.Open(t, dsn, database.Options{Now: c.now})
		var names []string
		for i := range 20 {
			names = append(names, fmt.Sprintf("o/r%d", i))
		}
		put(t, a, names...)
		ok(t, repositories.New(a).Remove(t.Context(), []string{"o/r1"}))
		if got, want := enrolAtOnce(t, a, b), "r0 r2 r3 r4 r5"; got != want {
			t.Errorf("first day: %s, want %s", got, want)
		}
		c.advance(11*time.Hour + 59*time.Minute)
		if got := enrolAtOnce(t, a, b); got != "" {
			t.Errorf("the same day: %s", got)
		}
		c.advance(time.Minute)
		if got, want := enrolAtOnce(t, a, b), "r6 r7 r8 r9 r10"; got != want {
			t.Errorf("after midnight: %s, want %s", got, want)
		}
		if rest, err := repositories.New(a).Enrol(t.Context(), 0, c.now()); err != nil || len(rest) != 9 || !rest[0].Enrolled.Equal(c.now()) || !rest[0].Next.Equal(c.now()) {
			t.Errorf("without a limit: %d, %v", len(rest), err)
		}
		if due, err := passes.New(b).Due(t.Context(), c.now(), 100); err != nil || len(due) != 19 || due[0].Name != "o/r0" {
			t.Errorf("due: %d, %v", len(due), err)
		}
	})
}

func enrolAtOnce(t *testing.T, dbs ...*database.DB) string {
	t.Helper()
	var group sync.WaitGroup
	var mu sync.Mutex
	got := map[string]bool{}
	for i := range 8 {
		group.Go(func() {
			list, err := repositories.New(dbs[i%len(dbs)]).Enrol(t.Context(), 5, noon)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			for _, r := range list {
				if got[r.Name] {
					t.Errorf("%s was enrolled twice", r.Name)
				}
				got[r.Name] = true
			}
		})
	}
	group.Wait()
	var names []string
	for i := range 20 {
		if name := fmt.Sprintf("r%d", i); got["o/"+name] {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func TestInstallations(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		ctx := t.Context()
		ok(t, repositories.New(db).PutInstallation(ctx, store.Installation{ID: 2, Account: "zoo", Since: noon, Synced: noon}))
		ok(t, repositories.New(db).PutInstallation(ctx, store.Installation{ID: 0, Account: "Acme"}))
		ok(t, repositories.New(db).PutInstallation(ctx, store.Installation{ID: 3, Account: "gone", Removed: true}))
		ok(t, repositories.New(db).PutInstallation(ctx, store.Installation{ID: 2, Account: "zoo", Suspended: true}))
		list, err := repositories.New(db).Installations(ctx)
		ok(t, err)
		want := []store.Installation{{ID: 0, Account: "Acme"}, {ID: 2, Account: "zoo", Suspended: true, Since: noon, Synced: noon}}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Error(diff)
		}
		if i, err := repositories.New(db).Installation(ctx, 3); err != nil || !i.Removed {
			t.Errorf("a removed one: %+v, %v", i, err)
		}
		if _, err := repositories.New(db).Installation(ctx, 4); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown one: %v", err)
		}
	})
}
