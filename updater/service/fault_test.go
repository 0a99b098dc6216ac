package service_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// TestRegistryDown: what cannot be looked up is failed and not current, is told,
// and is found when the registry is back.
func TestRegistryDown(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned, "requirements.txt", clicks)
		if err := w.world.Break("images", "503"); err != nil {
			t.Fatal(err)
		}
		w.start()
		run := w.passed("the first pass", by("installation"))
		if run.Totals.Failed != 1 || run.Totals.Updates != 1 {
			t.Fatalf("without a registry: %+v", run.Totals)
		}
		if got := w.titles("acme/shop"); got != "freshpin/requirements" {
			t.Errorf("open: %s", got)
		}
		if got := w.problems(); !strings.Contains(got, "docker.io") && !strings.Contains(got, "127.0.0.1") {
			t.Errorf("the pages say %q", got)
		}
		if err := w.world.Break("images", "0"); err != nil {
			t.Fatal(err)
		}
		w.later(2 * time.Hour) // it is tried again long before the schedule
		run = w.passed("the registry is back", by("schedule"))
		if run.Totals.Failed != 0 || w.titles("acme/shop") != "freshpin/dockerfile freshpin/requirements" {
			t.Errorf("with it: %+v, open: %s", run.Totals, w.titles("acme/shop"))
		}
	})
}

// TestGitHubGone: while GitHub answers 502, in the middle of the work of many
// repositories, nothing is lost and nothing doubled.
func TestGitHubGone(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		const repos = 12
		for n := range repos {
			w.repo(fmt.Sprintf("acme/shop%d", n), "Dockerfile", pinned, "requirements.txt", clicks)
		}
		w.start()
		w.passed("some pass", by("installation"))
		w.hub.Fault(forgetest.Fault{Status: http.StatusBadGateway, Times: 11}) // one job alone may meet them all, and has 12 attempts
		w.hub.Fault(forgetest.Fault{Method: http.MethodPost, Lost: true, Times: 10})
		seen := map[string]bool{}
		for len(seen) < repos-1 {
			run := w.passed("the others", func(r store.Run) bool { return r.Outcome == "done" })
			seen[run.Repo] = true
		}
		for w.open(repos) < 2*repos {
			w.later(2 * time.Hour) // what could not be opened is tried again by then
			w.passed("what was left", by("schedule"))
		}
		w.eachOnce(repos, 2)
	})
}

// open counts the pull requests of so many repositories.
func (w *testWorld) open(repos int) (n int) {
	for r := range repos {
		n += len(w.hub.Pulls(fmt.Sprintf("acme/shop%d", r)))
	}
	return n
}

// eachOnce wants so many pull requests in each repository, each of one commit.
func (w *testWorld) eachOnce(repos, pulls int) {
	w.t.Helper()
	for n := range repos {
		name := fmt.Sprintf("acme/shop%d", n)
		list := w.hub.Pulls(name)
		if len(list) != pulls {
			w.t.Errorf("%s has %d pull requests", name, len(list))
		}
		for _, p := range list {
			if p.Commits != 1 {
				w.t.Errorf("%s#%d has %d commits", name, p.Number, p.Commits)
			}
		}
	}
}

// TestPostgresGone: the database goes away under load and comes back.
func TestPostgresGone(t *testing.T) {
	link, err := url.Parse(storetest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	door := storetest.NewDoor(t, link.Host)
	link.Host = door.Address
	w := newWorld(t, link.String())
	const repos = 30
	for n := range repos {
		w.repo(fmt.Sprintf("acme/shop%d", n), "Dockerfile", pinned, "requirements.txt", clicks)
	}
	w.start()
	w.passed("some pass", by("installation"))
	door.Shut()
	if got := w.get("/readyz"); got != http.StatusServiceUnavailable {
		t.Errorf("/readyz without a database: %d", got)
	}
	if got := w.problems(); !strings.Contains(got, "database") {
		t.Errorf("the pages say %q", got)
	}
	time.Sleep(outage(t))
	if err := door.Open(); err != nil {
		t.Fatal(err)
	}
	w.later(lostAfter) // jobs that could not be added are made up for
	w.untilAll(repos)
	w.eachOnce(repos, 2)
}

// outage is how long the database is away: FRESHPIN_TEST_OUTAGE, else just so
// long that everybody has noticed.
func outage(t *testing.T) time.Duration {
	text := os.Getenv("FRESHPIN_TEST_OUTAGE")
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("FRESHPIN_TEST_OUTAGE: %v", err)
	}
	return d
}

// lostAfter is when a pass that has no job gets one.
const lostAfter = 3 * time.Minute

// untilAll waits until every repository was looked at.
func (w *testWorld) untilAll(repos int) {
	w.t.Helper()
	for {
		_, states, err := repositories.New(w.db).Totals(context.Background(), store.Viewer{All: true})
		if err == nil && states[store.Proposing] == repos {
			return
		}
		w.passed(fmt.Sprintf("%d repositories (%v %v)", repos, states, err), func(store.Run) bool { return true })
	}
}
