package service_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/service"
	"github.com/freshpin/freshpin/updater/service/notify"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/events"
	"github.com/freshpin/freshpin/updater/store/processes"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// onBoth runs a test on SQLite and, where there is one, on Postgres.
func onBoth(t *testing.T, test func(t *testing.T, w *testWorld)) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, dsn string) {
		t.Parallel()
		test(t, newWorld(t, dsn))
	})
}

const (
	pinned = "FROM python:3.6.1-slim\n"
	clicks = "click==6.7\n"
)

// TestInstalled: an installation is scanned, and only once the operator says so
// anything is proposed.
func TestInstalled(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned)
		w.repo("acme/tools", "requirements.txt", clicks)
		w.observe.Store(true)
		stop := w.start()
		w.all(2, "installation")
		if got := w.titles("acme/shop") + w.titles("acme/tools"); got != "" {
			t.Fatalf("observing opened %s", got)
		}
		totals, states, err := repositories.New(w.db).Totals(context.Background(), store.Viewer{All: true})
		if err != nil || totals.Updates != 2 || states[store.Observed] != 2 {
			t.Fatalf("observed: %+v %v %v", totals, states, err)
		}
		stop()
		w.observe.Store(false)
		w.later(25 * time.Hour)
		w.start()
		w.all(2, "schedule")
		if got := w.titles("acme/shop") + " " + w.titles("acme/tools"); got != "freshpin/dockerfile freshpin/requirements" {
			t.Errorf("proposed: %s", got)
		}
	})
}

// TestUnchanged: a repository in which nothing changed costs one request, and a
// second one for how its open pull requests stand.
func TestUnchanged(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned, "requirements.txt", clicks)
		w.repo("acme/quiet", "requirements.txt", "click==8.1.8\n")
		w.start()
		of := func(repo, trigger string) func(store.Run) bool {
			return func(r store.Run) bool { return r.Repo == repo && r.Trigger == trigger }
		}
		first := w.passed("the first pass", of("acme/shop", "installation"))
		if first.Outcome != "done" || first.Totals.Updates != 2 {
			t.Fatalf("first: %+v", first)
		}
		for day := range 3 {
			w.later(24 * time.Hour)
			seen := map[string]store.Run{}
			for len(seen) < 2 {
				run := w.passed(fmt.Sprintf("day %d", day), by("schedule"))
				seen[run.Repo] = run
			}
			for repo, reads := range map[string]int{"acme/shop": 2, "acme/quiet": 1} {
				if run := seen[repo]; run.Outcome != "unchanged" || run.Reads != reads || run.Writes != 0 {
					t.Log(w.hub.Requests())
					t.Errorf("day %d: %s: %s, %d reads, %d writes", day, repo, run.Outcome, run.Reads, run.Writes)
				}
			}
		}
	})
}

// TestPullStatuses: how pull requests stand is known after a pass, and when a check
// suite or a review ends; that checks failed is told once for each commit.
func TestPullStatuses(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned)
		set := func(change func(*forgetest.Options)) {
			if err := w.hub.Set("acme/shop", change); err != nil {
				t.Fatal(err)
			}
		}
		set(func(o *forgetest.Options) { o.Checks, o.Reviews = []string{"build"}, true })
		told := func() (texts []string) {
			b, err := events.New(w.db).BeginBatch(context.Background(), "probe", func(kind string) bool { return kind == notify.Red }, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range b.Events {
				texts = append(texts, e.Text)
			}
			return texts
		}
		told() // from now on
		w.start(func(o *service.Options) {
			o.Receivers = []notify.Receiver{{Name: "nobody", Kind: "slack", URL: "http://127.0.0.1:1", Events: []string{"none"}}}
			o.Notifier = http.DefaultClient
		})
		first := w.passed("the first pass", by("installation"))
		stands := func(what, checks, mergeable, review string) {
			t.Helper()
			w.until(what, func() (string, bool) {
				list, err := pulls.New(w.db).Of(context.Background(), first.Repository)
				if err != nil || len(list) != 1 {
					return fmt.Sprint(list, err), false
				}
				p := list[0]
				return fmt.Sprintf("%q %q %q", p.Checks, p.Mergeable, p.Review), p.Checks == checks && p.Mergeable == mergeable && p.Review == review
			})
		}
		ends := func(event, action, branch string) {
			p := about("acme/shop", action)
			head := w.hub.Heads("acme/shop")["freshpin/dockerfile"]
			p["check_suite"] = map[string]any{"head_branch": branch, "head_sha": head, "conclusion": "failure"}
			p["pull_request"] = map[string]any{"number": 1, "head": map[string]any{"ref": branch, "sha": head, "repo": map[string]any{"id": 1, "full_name": "acme/shop"}}}
			w.send(event, p)
		}
		check := func(end string) {
			if err := w.hub.Check("acme/shop", "freshpin/dockerfile", "build", end); err != nil {
				t.Fatal(err)
			}
		}
		stands("opened", "running", "blocked", "required")
		check("failure")
		for range 2 { // several suites end
			ends("check_suite", "completed", "freshpin/dockerfile")
		}
		stands("red", "failed", "blocked", "required")
		check("success")
		if err := w.hub.Review("acme/shop", 1, "acme", "APPROVED"); err != nil {
			t.Fatal(err)
		}
		ends("pull_request_review", "submitted", "freshpin/dockerfile")
		stands("approved", "passed", "yes", "approved")
		ends("check_suite", "completed", "feature/x") // of another author
		set(func(o *forgetest.Options) { o.Unseen = true })
		w.later(24 * time.Hour)
		if run := w.passed("the next day", by("schedule")); run.Outcome != "unchanged" || run.Reads != 2 {
			t.Errorf("the next day: %+v", run)
		}
		stands("checks may not be seen any more", "", "yes", "approved")
		if got := told(); len(got) != 1 || !strings.HasPrefix(got[0], "the checks of pull request #1 failed: ") {
			t.Errorf("told is %q", got)
		}
	})
}

// TestPush: a push that touches a manifest leads to a pass, any other one does not.
func TestPush(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned)
		w.start()
		w.passed("the first pass", by("installation"))
		w.commit("acme/shop", "README.md", "Hello.\n")
		w.commit("acme/shop", "requirements.txt", clicks)
		run := w.passed("a push", by("push"))
		if run.Outcome != "done" || run.Totals.Pins != 2 {
			t.Errorf("after the push: %+v", run)
		}
		if got := w.titles("acme/shop"); got != "freshpin/dockerfile freshpin/requirements" {
			t.Errorf("open: %s", got)
		}
		w.quietNow("acme/shop")
	})
}

// TestPushOfContent: files of kinds that only their content tells, as a manifest
// of Kubernetes, lead to a pass too: those that come in, and those that become one.
func TestPushOfContent(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		const pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'python:3.6.1-slim'}]}\n"
		w.repo("acme/shop", "Dockerfile", pinned, "any/notes.yaml", "a: 1\n")
		w.start()
		w.passed("the first pass", by("installation"))
		for n, file := range []string{"deploy/app.yml", "any/notes.yaml"} {
			w.commit("acme/shop", file, pod)
			if run := w.passed("a push of "+file, by("push")); run.Outcome != "done" || run.Totals.Pins != n+2 {
				t.Errorf("after the push of %s: %+v", file, run)
			}
		}
	})
}

// TestCommand checks that a command in a comment is executed immediately.
func TestCommand(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned, "requirements.txt", clicks)
		w.start()
		w.passed("the first pass", by("installation"))
		n := w.number("acme/shop", "freshpin/requirements")
		w.comment("acme/shop", n, "/freshpin ignore click")
		w.passed("a command", by("command"))
		if got := w.titles("acme/shop"); got != "freshpin/dockerfile" {
			t.Errorf("open: %s", got)
		}
		w.closePull("acme/shop", w.number("acme/shop", "freshpin/dockerfile"))
		w.passed("a pull request was closed", by("pull"))
		w.later(24 * time.Hour)
		w.passed("the next day", by("schedule"))
		if got := w.titles("acme/shop"); got != "" {
			t.Errorf("open: %s", got)
		}
	})
}

// TestElsewhere: what another bot proposes is left to it until its pull request is closed.
func TestElsewhere(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "requirements.txt", clicks)
		_, err := w.hub.Commit("acme/shop", "renovate/click-6.x", map[string]forgetest.File{"requirements.txt": {Data: []byte("click==6.7.1\n"), Mode: "100644"}}, "renovate[bot]")
		if err == nil {
			err = w.hub.Propose("acme/shop", "renovate/click-6.x", "", "Update click", "| Package | Change |\n|---|---|\n| click | `==6.7` -> `==6.7.1` |\n", "renovate[bot]")
		}
		if err != nil {
			t.Fatal(err)
		}
		w.start()
		w.passed("the first pass", by("installation"))
		if got := w.titles("acme/shop"); got != "renovate/click-6.x" {
			t.Fatalf("open: %s", got)
		}
		w.closePull("acme/shop", 1)
		w.passed("it was closed", by("pull"))
		if got := w.titles("acme/shop"); got != "freshpin/requirements" {
			t.Errorf("open: %s", got)
		}
	})
}

// TestRegistryPush: an image that was pushed leads to pull requests in the
// repositories that pin it, and to nothing in the others.
func TestRegistryPush(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", "FROM localhost:5000/acme/base:1.4.0\n", ".freshpin.yaml", "cooldown: {packages: 0d, digests: 0d}\n")
		w.repo("acme/tools", "Dockerfile", "FROM python:3.6.15-slim\n", ".freshpin.yaml", "digests: refresh\n")
		w.image("acme/base", "1.4.0", "one")
		w.start()
		w.all(2, "installation")
		w.image("acme/base", "1.4.1", "two")
		w.notify("localhost:5000", "acme/base", "1.4.1")
		run := w.passed("a push to the registry", by("registry"))
		if run.Repo != "acme/shop" || !strings.Contains(w.titles("acme/shop"), "freshpin/dockerfile") {
			t.Errorf("%s has %q", run.Repo, w.titles("acme/shop"))
		}
		w.quietNow("acme/tools")
	})
}

// TestStop: the switch acts before the next write, and what was put off is done afterwards.
func TestStop(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		ctx := context.Background()
		w.repo("acme/shop", "Dockerfile", pinned)
		w.observe.Store(true)
		w.start()
		w.passed("the first pass", by("installation"))
		w.observe.Store(false)
		if err := processes.New(w.db).Set(ctx, "stop", "ada"); err != nil {
			t.Fatal(err)
		}
		w.later(24 * time.Hour)
		w.quietNow("acme/shop")
		if got := w.titles("acme/shop"); got != "" {
			t.Fatalf("stopped, and yet: %s", got)
		}
		if err := processes.New(w.db).Set(ctx, "stop", ""); err != nil {
			t.Fatal(err)
		}
		w.passed("after the stop", by("schedule"))
		if got := w.titles("acme/shop"); got != "freshpin/dockerfile" {
			t.Errorf("open: %s", got)
		}
	})
}

// TestBudget: so many new pull requests an hour, over all repositories.
func TestBudget(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.perHour = 2
		const repos = 3
		for n := range repos {
			w.repo(fmt.Sprintf("acme/shop%d", n), "Dockerfile", pinned)
		}
		open := func() (n int) {
			for i := range repos {
				if w.titles(fmt.Sprintf("acme/shop%d", i)) != "" {
					n++
				}
			}
			return n
		}
		w.start()
		w.all(repos, "installation")
		if n := open(); n != 2 {
			t.Fatalf("%d are open, 2 may be", n)
		}
		w.later(61 * time.Minute)
		scheduled := by("schedule") // another repository's time of the week may come within that hour, too
		w.passed("the one that waited, an hour later", func(r store.Run) bool { return scheduled(r) && open() == repos })
	})
}

// TestEnrol: so many new repositories a day.
func TestEnrol(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.perDay = 2
		for n := range 3 {
			w.repo(fmt.Sprintf("acme/shop%d", n), "Dockerfile", pinned)
		}
		w.start()
		w.all(2, "installation")
		_, states, err := repositories.New(w.db).Totals(context.Background(), store.Viewer{All: true})
		if err != nil || states[store.Waiting] != 1 {
			t.Errorf("waiting: %v %v", states, err)
		}
	})
}

// TestRefused: what a repository's content must not reach is told, and nothing else suffers.
func TestRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned)
		w.repo("acme/broken", "Dockerfile", pinned, ".freshpin.yaml", "alow: minor\n")
		w.repo("acme/old", "Dockerfile", pinned)
		if err := w.hub.Set("acme/old", func(o *forgetest.Options) { o.Archived = true }); err != nil {
			t.Fatal(err)
		}
		w.start()
		w.all(2, "installation") // an archived one is not taken on
		repo, err := repositories.New(w.db).ByName(context.Background(), "acme/broken")
		if err != nil || repo.State != store.Broken || !strings.Contains(repo.Why, ".freshpin.yaml:1") {
			t.Errorf("broken: %s %q %v", repo.State, repo.Why, err)
		}
		if got := w.titles("acme/shop"); got != "freshpin/dockerfile" {
			t.Errorf("open: %s", got)
		}
	})
}

// TestGitHubDown: GitHub answers 502 for a while; nothing is lost, nothing doubled.
func TestGitHubDown(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned)
		w.hub.Fault(forgetest.Fault{Status: http.StatusBadGateway, Times: 8})
		w.start()
		w.passed("the first pass", func(r store.Run) bool { return r.Outcome == "done" })
		if got := w.titles("acme/shop"); got != "freshpin/dockerfile" {
			t.Errorf("open: %s", got)
		}
		if n := len(w.hub.Pulls("acme/shop")); n != 1 {
			t.Errorf("%d pull requests", n)
		}
	})
}

// TestShared: two processes on one database make each pass once.
func TestShared(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		if w.db.Pool() == nil {
			t.Skip("a file of SQLite is one process's")
		}
		const repos = 20
		for n := range repos {
			w.repo(fmt.Sprintf("acme/shop%d", n), "Dockerfile", pinned)
		}
		w.start()
		w.start()
		for id, n := range w.all(repos, "installation") {
			if n != 1 {
				t.Errorf("repository %d was passed %d times", id, n)
			}
		}
		for n := range repos {
			if got := len(w.hub.Pulls(fmt.Sprintf("acme/shop%d", n))); got != 1 {
				t.Errorf("shop%d has %d pull requests", n, got)
			}
		}
	})
}

// TestReady: a process is ready while its database answers.
func TestReady(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.start(func(o *service.Options) { o.Events = false })
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := w.get(path); got != http.StatusOK {
			t.Errorf("%s: %d", path, got)
		}
	}
}
