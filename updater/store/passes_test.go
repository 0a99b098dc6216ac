package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// Of eight goroutines over two processes, one claims what is due.
func TestClaimAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		dbs := []*database.DB{storetest.Open(t, dsn, database.Options{}), storetest.Open(t, dsn, database.Options{})}
		put(t, dbs[0], "o/a")
		was := noon.Add(123 * time.Nanosecond) // finer than the tables are
		list, err := repositories.New(dbs[0]).Enrol(t.Context(), 0, was)
		ok(t, err)
		for round := range 5 {
			next := was.Add(time.Hour)
			var won atomic.Int64
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					generation, ok, err := passes.New(dbs[i%2]).Claim(t.Context(), list[0].ID, was, next)
					if err != nil {
						t.Error(err)
					}
					if ok {
						won.Add(1)
						if generation != int64(round+1) {
							t.Errorf("generation %d in round %d", generation, round)
						}
					}
				})
			}
			group.Wait()
			if won.Load() != 1 {
				t.Errorf("%d claimed it", won.Load())
			}
			_, err := passes.New(dbs[0]).Begin(t.Context(), list[0].ID, int64(round+1))
			ok(t, err)
			was = next
		}
	})
}

func TestGenerations(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		ctx := t.Context()
		put(t, db, "o/a")
		id := get(t, db, "o/a").ID
		want := func(n int64) {
			t.Helper()
			if got, err := passes.New(db).Want(ctx, id); err != nil || got != n {
				t.Errorf("Want = %d, %v, want %d", got, err, n)
			}
		}
		begin := func(n int64, wish bool) {
			t.Helper()
			if got, err := passes.New(db).Begin(ctx, id, n); err != nil || got != wish {
				t.Errorf("Begin(%d) = %t, %v, want %t", n, got, err, wish)
			}
		}
		lost := func(age time.Duration, wish int) {
			t.Helper()
			if got, err := passes.New(db).Unfinished(ctx, age, 10); err != nil || len(got) != wish {
				t.Errorf("Unfinished(%s) = %d, %v, want %d", age, len(got), err, wish)
			}
		}
		lost(0, 0)
		want(1)
		want(1) // it stands for this one too
		lost(0, 1)
		lost(time.Minute, 0)
		c.advance(time.Minute)
		lost(time.Minute, 1)
		begin(1, true)
		lost(time.Minute, 0) // it was just heard of
		want(2)              // something happened while it is being done
		begin(1, true)       // the job is repeated: its pass did not finish
		f := store.Finished{Repository: get(t, db, "o/a"), Generation: 1, Run: store.Run{Began: c.now(), Job: 1}}
		f.Repository.State, f.Repository.Why, f.Repository.Commit = store.Broken, "no route", "never"
		ok(t, passes.New(db).Finish(ctx, f)) // a try that failed
		if r := get(t, db, "o/a"); r.State != store.Broken || r.Why != "no route" || r.Commit != "" {
			t.Errorf("after a try: %+v", r)
		}
		begin(1, true)
		f.Whole, f.Repository.State = true, store.Proposing
		ok(t, passes.New(db).Finish(ctx, f))
		ok(t, passes.New(db).Finish(ctx, f)) // the answer to the first was lost
		begin(1, false)
		c.advance(time.Hour)
		lost(time.Minute, 1) // the second
		begin(2, true)
		f.Generation, f.Repository.Commit = 2, "new"
		ok(t, passes.New(db).Finish(ctx, f))
		lost(0, 0)
		f.Generation, f.Repository.Commit = 1, "old" // a straggler
		ok(t, passes.New(db).Finish(ctx, f))
		if r := get(t, db, "o/a"); r.Commit != "new" || r.Wanted != 2 || r.Begun != 2 {
			t.Errorf("after a straggler: %+v", r)
		}
		begin(2, false)
		begin(1, false)
		want(3)
		ok(t, repositories.New(db).Remove(ctx, []string{"o/a"}))
		c.advance(time.Hour)
		lost(0, 0)
		if runs, err := history.New(db).Runs(ctx, store.Viewer{All: true}, 0, 0); err != nil || len(runs) != 0 {
			t.Errorf("runs of a removed repository: %d, %v", len(runs), err)
		}
	})
}

func TestPassesOfNothing(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		ctx := t.Context()
		_, wanted := passes.New(db).Want(ctx, 77)
		_, begun := passes.New(db).Begin(ctx, 77, 1)
		for what, err := range map[string]error{
			"Want": wanted, "Begin": begun,
			"Finish":      passes.New(db).Finish(ctx, store.Finished{Repository: store.Repository{ID: 77}, Whole: true}),
			"PutPull":     pulls.New(db).Put(ctx, store.Pull{Repository: 77, Number: 1}),
			"SetSchedule": passes.New(db).SetSchedule(ctx, 77, "", "", noon),
			"Remember":    passes.New(db).Remember(ctx, 77, nil, ""),
			"Tick":        pins.New(db).Tick(ctx, 77, "pin", "eve"),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s = %v, want ErrNotFound", what, err)
			}
		}
		if _, ok, err := passes.New(db).Claim(ctx, 77, noon, noon); ok || err != nil {
			t.Errorf("Claim = %t, %v", ok, err)
		}
	})
}

// TestWantBeginFinish: whatever is wanted, begun, repeated and finished in
// whatever order, a wish is carried out by a pass that begins after it.
func TestWantBeginFinish(t *testing.T) {
	db := storetest.New(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		ctx, name := context.Background(), fmt.Sprintf("o/%d", n)
		check(r, repositories.New(db).Put(ctx, []store.Repository{{Name: name}}))
		defer func() { check(r, repositories.New(db).Remove(ctx, []string{name})) }()
		repo, err := repositories.New(db).ByName(ctx, name)
		check(r, err)
		m := model{db: db, repo: repo, jobs: []int64{}}
		r.Repeat(map[string]func(*rapid.T){"want": m.want, "begin": m.begin, "finish": m.finish, "": m.check})
	})
}

// A model knows what should stand in the row.
type model struct {
	db                      *database.DB
	repo                    store.Repository
	wanted, begun, finished int64
	jobs                    []int64 // generations that were wanted
}

func check(r *rapid.T, err error) {
	if err != nil {
		r.Fatal(err)
	}
}

func (m *model) want(r *rapid.T) {
	got, err := passes.New(m.db).Want(context.Background(), m.repo.ID)
	check(r, err)
	if m.wanted = max(m.wanted, m.begun+1); got != m.wanted {
		r.Fatalf("Want = %d, want %d", got, m.wanted)
	}
	m.jobs = append(m.jobs, got)
}

func (m *model) begin(r *rapid.T) {
	if len(m.jobs) == 0 {
		r.Skip("no jobs")
	}
	g := rapid.SampledFrom(m.jobs).Draw(r, "generation")
	got, err := passes.New(m.db).Begin(context.Background(), m.repo.ID, g)
	check(r, err)
	if got != (g > m.finished) {
		r.Fatalf("Begin(%d) = %t, finished %d", g, got, m.finished)
	}
	if got {
		m.begun = max(m.begun, g)
	}
}

func (m *model) finish(r *rapid.T) {
	if m.begun == 0 {
		r.Skip("nothing began")
	}
	g := rapid.Int64Range(1, m.begun).Draw(r, "generation")
	whole := rapid.Bool().Draw(r, "whole")
	check(r, passes.New(m.db).Finish(context.Background(), store.Finished{Repository: m.repo, Generation: g, Whole: whole, Run: store.Run{Began: noon}}))
	if whole {
		m.finished = max(m.finished, g)
	}
}

func (m *model) check(r *rapid.T) {
	repo, err := repositories.New(m.db).ByID(context.Background(), m.repo.ID)
	check(r, err)
	if repo.Wanted != m.wanted || repo.Begun != m.begun {
		r.Fatalf("wanted %d, begun %d; want %d, %d", repo.Wanted, repo.Begun, m.wanted, m.begun)
	}
	list, err := passes.New(m.db).Unfinished(context.Background(), 0, 10)
	check(r, err)
	if (len(list) == 1) != (m.wanted > m.finished) {
		r.Fatalf("%d unfinished; wanted %d, finished %d", len(list), m.wanted, m.finished)
	}
}

// What a pass found comes back as it was, also what no database likes.
func TestFinish(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, c *clock) {
		ctx := t.Context()
		put(t, db, "o/a")
		r := get(t, db, "o/a")
		long := fmt.Sprintf("%05000d", 7)
		found := []store.Pin{
			{
				Repository: r.ID, Repo: "o/a", Dependency: record.Dependency{
					ID: "2", File: "b", Line: 2, Column: 3, Ecosystem: "dockerfile", Name: "python", Package: "docker.io/library/python",
					Pin: "3.6", Digest: "sha256:ab", Current: "3.6", Safe: "3.6.1", Minor: "3.9", Latest: "4", LatestPackage: "py", NewerBase: "n", ReleaseLine: "3.6",
					Status: "update", Band: "patch", Security: true, Target: record.Target{Version: "3.6.1", Digest: "sha256:cd"}, ReasonCode: "c", Reason: "r",
					Notes: []ecosystems.Note{{Code: "a", Text: "b"}}, CurrentPublished: "2025-01-01T00:00:00Z", Libyears: 1.5,
					Advisories: []record.Advisory{{ID: "GHSA-x", Severity: "HIGH", Fixed: "3.7", Aliases: []string{"CVE-2026-1"}}, {ID: "GHSA-x"}},
				}, Pull: 4, Alarm: "it was changed", Why: []string{"x", `\u0000`},
			},
			{Dependency: record.Dependency{ID: long, File: "a", Ecosystem: long, Name: long, Package: long + "x", Pin: long, Digest: "sha256:" + long, Current: long}, Repository: r.ID, Repo: "o/a"},
			{Dependency: record.Dependency{ID: "\x00\xff'\";--", File: "c", Name: "a\x00b", Package: "\xc3\x28", Pin: "'; DROP TABLE pins;"}, Repository: r.ID, Repo: "o/a"},
		}
		finish(t, db, r, noon, found, []store.Pull{{Number: 4, State: "open", Title: "t", Opened: noon, Changed: noon}, {Number: 5, State: "open"}})
		want := []store.Pin{found[1], found[0], found[2]}
		want[2].ID, want[2].Name, want[2].Package = "\uFFFD\uFFFD'\";--", "a\uFFFDb", "\uFFFD("
		got, err := pins.New(db).Of(ctx, r.ID)
		ok(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		// nil leaves them; what is not among the open ones any more is closed; an event knows better.
		finish(t, db, r, noon.Add(time.Hour), nil, nil)
		finish(t, db, r, noon.Add(2*time.Hour), nil, []store.Pull{{Number: 5, State: "open", Outcome: "kept"}})
		ok(t, pulls.New(db).Put(ctx, store.Pull{Repository: r.ID, Number: 4, State: "merged", Changed: noon.Add(3 * time.Hour)}))
		open, err := pulls.New(db).Of(ctx, r.ID)
		ok(t, err)
		wantPulls := []store.Pull{
			{Repository: r.ID, Repo: "o/a", Number: 5, State: "open", Outcome: "kept"},
			{Repository: r.ID, Repo: "o/a", Number: 4, State: "merged", Title: "t", Opened: noon, Changed: noon.Add(3 * time.Hour)},
		}
		if diff := cmp.Diff(wantPulls, open); diff != "" {
			t.Error(diff)
		}
		if got, err := pins.New(db).Of(ctx, r.ID); err != nil || len(got) != 3 {
			t.Errorf("pins that did not change: %d, %v", len(got), err)
		}
		finish(t, db, r, noon.Add(4*time.Hour), []store.Pin{}, []store.Pull{})
		if got, err := pins.New(db).Of(ctx, r.ID); err != nil || len(got) != 0 {
			t.Errorf("pins that are gone: %d, %v", len(got), err)
		}
		if runs, err := history.New(db).Runs(ctx, store.Viewer{All: true}, r.ID, 2); err != nil || len(runs) != 2 || !runs[0].Began.Equal(noon.Add(4*time.Hour)) {
			t.Errorf("runs: %+v, %v", runs, err)
		}
	})
}

func TestDoubtAll(t *testing.T) {
	each(t, func(t *testing.T, db *database.DB, _ *clock) {
		put(t, db, "o/a", "o/b")
		ok(t, passes.New(db).DoubtAll(t.Context()))
		finish(t, db, get(t, db, "o/a"), noon, nil, nil)
		if a, b := get(t, db, "o/a"), get(t, db, "o/b"); a.Unsure || !b.Unsure {
			t.Errorf("unsure: %t, %t", a.Unsure, b.Unsure)
		}
	})
}
