package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/plan"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/sessions"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// BenchmarkPages measures what pages and commands ask of a large organisation:
// FRESHPIN_TEST_REPOSITORIES (1,000) repositories of 100 pins, on SQLite.
func BenchmarkPages(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("FRESHPIN_TEST_REPOSITORIES"))
	if err != nil {
		n = 1000
	}
	db := storetest.New(b)
	fill(b, db, n, 100)
	ctx := b.Context()
	all, some := store.Viewer{All: true}, store.Viewer{Session: "some"}
	s := store.Session{ID: "some", Login: "eve", Expires: time.Now().Add(time.Hour), May: map[int64]store.Access{}}
	for id := range int64(n / 100) {
		s.May[1+id*100] = store.Read
	}
	if err := sessions.New(db).Put(ctx, s); err != nil {
		b.Fatal(err)
	}
	who := func(text string, v store.Viewer) func() error {
		return func() error { _, err := pins.New(db).Search(ctx, v, text, 0); return err }
	}
	for _, c := range []struct {
		name string
		ask  func() error
	}{
		{"who python:3.6", who("python:3.6", all)},
		{"who python", who("python", all)},
		{"who python, few may be seen", who("python", some)},
		{"who part of a name", who("age-12", all)},
		{"who nothing", who("no-such-thing", all)},
		{"who digest", who("sha256:00000001", all)},
		{"who advisory", who("CVE-2026-7", all)},
		{"repositories", func() error {
			_, _, err := repositories.New(db).List(ctx, all, store.Filter{Sort: "-updates"})
			return err
		}},
		{"repositories by text", func() error { _, _, err := repositories.New(db).List(ctx, all, store.Filter{Text: "99"}); return err }},
		{"totals", func() error { _, _, err := repositories.New(db).Totals(ctx, all); return err }},
		{"totals, few may be seen", func() error { _, _, err := repositories.New(db).Totals(ctx, some); return err }},
		{"days", func() error { _, err := history.New(db).Days(ctx, all, 0, time.Now().AddDate(0, 0, -90)); return err }},
		{"packages", func() error { _, err := pins.New(db).Packages(ctx, all, "", 0); return err }},
		{"packages by text", func() error { _, err := pins.New(db).Packages(ctx, all, "age-12", 0); return err }},
		{"runs", func() error { _, err := history.New(db).Runs(ctx, all, 0, 0); return err }},
		{"runs, few may be seen", func() error { _, err := history.New(db).Runs(ctx, some, 0, 0); return err }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// fill makes n repositories of so many pins, as passes of the last 90 days would.
func fill(b *testing.B, db *database.DB, n, pins int) {
	b.Helper()
	ctx, r := context.Background(), rand.New(rand.NewPCG(1, 2))
	list := make([]store.Repository, n)
	for i := range list {
		list[i] = store.Repository{Name: fmt.Sprintf("org/repo-%05d", i), ForgeID: int64(i + 1), Installation: 1}
	}
	began := time.Now()
	if err := repositories.New(db).Put(ctx, list); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d repositories were put in %s", n, time.Since(began))
	began = time.Now()
	for i := range list {
		repo, err := repositories.New(db).ByName(ctx, list[i].Name)
		if err != nil {
			b.Fatal(err)
		}
		for day := 90; day >= 0; day -= 7 {
			repo.Looked = time.Now().AddDate(0, 0, -day)
			repo.Totals = store.Totals{Pins: pins, Updates: r.IntN(10), Libyears: r.Float64()}
			f := store.Finished{Repository: repo, Whole: true, Run: store.Run{Began: repo.Looked, Outcome: "done"}}
			if day < 7 {
				f.Pins = somePins(r, pins)
			}
			if err := passes.New(db).Finish(ctx, f); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Logf("%d passes over %d pins each were kept in %s", n, pins, time.Since(began))
}

func somePins(r *rand.Rand, n int) []store.Pin {
	var list []store.Pin
	for i := range n {
		p := store.Pin{Dependency: record.Dependency{
			ID: fmt.Sprintf("f%d", i), File: "Dockerfile", Line: i + 1, Ecosystem: "requirements", Pin: fmt.Sprintf("==%d.%d", r.IntN(5), r.IntN(20)),
			Status: []plan.Status{plan.Update, plan.Current, plan.Held}[r.IntN(3)],
		}, Why: []string{"one step", "another step that led here"}}
		p.Package = fmt.Sprintf("package-%d", r.IntN(20_000))
		if i == 0 {
			p.Ecosystem, p.Package, p.Pin = "dockerfile", "docker.io/library/python", fmt.Sprintf("3.%d", r.IntN(14))
			p.Digest = fmt.Sprintf("sha256:%064x", r.Uint64())
			p.Advisories = []record.Advisory{{ID: fmt.Sprintf("CVE-2026-%d", r.IntN(100))}}
		}
		p.Name = p.Package
		list = append(list, p)
	}
	return list
}
