package service_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// TestBranches: each base branch has its own pull requests. Unchanged, a repository
// costs one request for each way to name more bases, beside the one that it
// costs anyway; a push to a base makes a pass, one to another branch does not.
func TestBranches(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned, ".freshpin.yaml", "branches: [main, 'release/*', stable]\n")
		for _, branch := range []string{"release/1", "release/2", "stable", "feature"} {
			if _, err := w.hub.Commit("acme/shop", branch, map[string]forgetest.File{"requirements.txt": {Data: []byte(clicks)}}, "ada"); err != nil {
				t.Fatal(err)
			}
		}
		w.start()
		first := w.passed("the first pass", by("installation"))
		open := strings.Fields(w.titles("acme/shop"))
		if first.Totals.Pins != 7 || len(open) != 7 { // a Dockerfile on main, and a requirement besides on three others
			t.Fatalf("%d pins, open: %q", first.Totals.Pins, open)
		}
		bases := map[string]int{}
		repo, err := repositories.New(w.db).ByName(context.Background(), "acme/shop")
		if err != nil {
			t.Fatal(err)
		}
		list, err := pins.New(w.db).Of(context.Background(), repo.ID)
		for _, p := range list {
			bases[p.Base]++
			if p.Pull == 0 || p.Base != "" && !strings.HasSuffix(p.ID, "@"+p.Base) {
				t.Errorf("%s on %q is moved by #%d", p.ID, p.Base, p.Pull)
			}
		}
		if got := fmt.Sprint(bases); got != "map[:1 release/1:2 release/2:2 stable:2]" {
			t.Errorf("pins by base: %s, %v", got, err)
		}

		w.later(24 * time.Hour)
		if run := w.passed("unchanged", by("schedule")); run.Outcome != "unchanged" || run.Reads != 1+2+1 { // main, release/* and stable, and how pull requests stand
			t.Errorf("unchanged: %s, %d reads", run.Outcome, run.Reads)
		}

		w.send("push", w.pushTo("acme/shop", "feature", "requirements.txt", "click==6.6\n"))
		w.send("push", w.pushTo("acme/shop", "release/2", "requirements.txt", "idna==2.5\n"))
		w.passed("a push to a base", by("push"))
		w.send("push", w.pushTo("acme/shop", "release/3", "requirements.txt", "click==6.7\n"))
		w.passed("a new branch that fits", by("push"))
		w.quietNow("acme/shop")
		repo, err = repositories.New(w.db).ByName(context.Background(), "acme/shop")
		list, _ = pins.New(w.db).Of(context.Background(), repo.ID)
		if err != nil || repo.State != store.Proposing || len(list) != 9 {
			t.Errorf("%d pins, %s, %v", len(list), repo.State, err)
		}

		w.commit("acme/shop", ".freshpin.yaml", "branches: [main, gone]\n")
		run := w.passed("a base that is not there", by("push"))
		repo, _ = repositories.New(w.db).ByName(context.Background(), "acme/shop")
		if repo.State != store.Broken || !strings.Contains(repo.Why, "there is no branch gone") || run.Outcome != "done" {
			t.Errorf("%s: %s; the run: %s", repo.State, repo.Why, run.Outcome)
		}
		if got := w.titles("acme/shop"); got != "freshpin/dockerfile" {
			t.Errorf("open: %s", got)
		}
	})
}
