package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/service/schedule"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// fleetSize is the largest number of repositories that the tests of the service take:
// FRESHPIN_TEST_REPOSITORIES, else so few that a test stays quick.
func fleetSize(t *testing.T) int {
	text := os.Getenv("FRESHPIN_TEST_REPOSITORIES")
	if text == "" {
		return 40
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("FRESHPIN_TEST_REPOSITORIES: %v", err)
	}
	return n
}

// TestFleet starts processes of freshpin serve on one database: every
// repository is scanned exactly once per schedule and has each pull request
// once, also where processes are killed again and again until the work is done.
// On each database one fleet has all repositories, the others a fifth of them.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	for _, test := range []struct {
		processes int
		postgres  bool
		kill      bool // one process, again and again
		part      int  // one repository of so many
	}{
		{1, false, false, 1}, {1, false, true, 5},
		{2, true, false, 5}, {3, true, false, 5}, {3, true, true, 1},
	} {
		name := fmt.Sprintf("%d processes, Postgres %t, killed %t", test.processes, test.postgres, test.kill)
		t.Run(name, func(t *testing.T) {
			if test.kill {
				t.Parallel() // most of it is waiting for what the dead held
			}
			url := filepath.Join(t.TempDir(), "freshpin.db")
			if test.postgres {
				url = storetest.Postgres(t)
			}
			f := newFleet(t, url, fleetSize(t)/test.part)
			f.work(test.processes, test.kill)
		})
	}
}

// A fleet is a stand-in for GitHub full of repositories, and processes that look after them.
type fleet struct {
	t     *testing.T
	hub   *forgetest.Server
	names []string // of the repositories
	url   string   // of the database
	env   []string
	mu    sync.Mutex
	args  []string
	live  []*exec.Cmd
	ended bool

	asked atomic.Int64 // requests to GitHub
	every atomic.Int64 // so many of them a process is killed; 0 for never
	due   chan struct{}

	finished map[int64]int64 // passes by repository that need not be counted again
	counted  map[int64]int
}

func newFleet(t *testing.T, url string, size int) *fleet {
	f := &fleet{t: t, url: url, names: restful(size), hub: forgetest.New(t.TempDir()), due: make(chan struct{}, 1), finished: map[int64]int64{}, counted: map[int64]int{}}
	f.hub.Behind(f.counting)
	api, err := f.hub.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.hub.Close() })
	for _, name := range f.names {
		if err := f.hub.AddRepo(name, killRepo, forgetest.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	private, key, err := appKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	f.hub.App(42, "freshpin", &private.PublicKey)
	f.hub.Limit(10_000_000)
	w, err := world.Parse(killWorld)
	if err != nil {
		t.Fatal(err)
	}
	f.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + ecosystemtest.UserHome(t), "XDG_CACHE_HOME=" + filepath.Join(t.TempDir(), "cache"),
		"GITHUB_API_URL=" + api, "FRESHPIN_GITHUB_APP_ID=42", "FRESHPIN_GITHUB_APP_KEY=" + key,
		"FRESHPIN_WEBHOOK_SECRET=a secret of the webhook", "FRESHPIN_DATABASE=" + url,
		"FRESHPIN_LISTEN=127.0.0.1:0", "FRESHPIN_MODE=propose",
	}
	for name, value := range w.Start() {
		f.env = append(f.env, name+"="+value)
	}
	t.Cleanup(w.Stop)
	return f
}

// appKey makes the private key of a GitHub App, and writes it to a file of a folder.
func appKey(dir string) (private *rsa.PrivateKey, file string, err error) {
	if private, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, "", err
	}
	file = filepath.Join(dir, "key.pem")
	return private, file, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)}), 0o600)
}

// restful names repositories whose weekly time is hours away: of a thousand, one
// comes due every ten minutes, and would be passed once more than a test expects.
func restful(size int) (names []string) {
	now := time.Now()
	for n := 0; len(names) < size; n++ {
		name := fmt.Sprintf("acme/shop-%d", n)
		if schedule.Weekly(name, now).Sub(now) > 6*time.Hour {
			names = append(names, name)
		}
	}
	return names
}

// start starts one more process.
func (f *fleet) start() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	file, err := exec.LookPath("freshpin")
	if err != nil {
		f.t.Error(err)
		return
	}
	cmd := exec.Command(file, append([]string{"serve"}, f.args...)...)
	cmd.Env = f.env
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		f.t.Error(err)
		return
	}
	f.live = append(f.live, cmd)
	f.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if f.t.Failed() {
			f.t.Logf("%s", output.Bytes()[max(0, output.Len()-4000):])
		}
	})
}

// kill kills the oldest process as a crash does, and starts another one.
func (f *fleet) kill() {
	f.mu.Lock()
	oldest := f.live[0]
	f.live = f.live[1:]
	f.mu.Unlock()
	_ = oldest.Process.Kill()
	_, _ = oldest.Process.Wait()
	f.start()
}

// end ends every process.
func (f *fleet) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	for _, cmd := range f.live {
		_ = cmd.Process.Kill()
	}
}

// counting lets a process be killed after so many requests, in the middle of whatever it does.
func (f *fleet) counting(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if every := f.every.Load(); f.asked.Add(1)%max(every, 1) == 0 && every > 0 {
			select {
			case f.due <- struct{}{}:
			default: // it is being done
			}
		}
		next.ServeHTTP(w, r)
	})
}

// work lets processes do two schedules.
func (f *fleet) work(processes int, kill bool) {
	for range processes {
		f.start()
	}
	db := f.database()
	stop := make(chan struct{})
	var killer sync.WaitGroup
	if kill {
		killer.Go(func() { f.killing(stop) })
		f.every.Store(int64(4 * len(f.names))) // a first pass takes about thirty requests
	}
	began := time.Now()
	f.until(db, 1)
	first := time.Since(began)
	f.hub.Reset()
	if kill {
		f.every.Store(int64(max(50, len(f.names)))) // and one where nothing has changed takes one
	}
	f.makeDue(db)
	began = time.Now()
	f.until(db, 2)
	second := time.Since(began)
	close(stop)
	killer.Wait()
	f.end()
	f.once()
	f.t.Logf("%d repositories, %d processes: first pass %.0f a minute, unchanged %.0f a minute, %.2f requests for each unchanged one",
		len(f.names), processes, float64(len(f.names))/first.Minutes(), float64(len(f.names))/second.Minutes(), float64(len(f.hub.Requests()))/float64(len(f.names)))
}

func (f *fleet) killing(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-f.due:
			f.kill()
		}
	}
}

// database opens the database beside the processes, once one of them has made it.
func (f *fleet) database() *database.DB {
	ctx := context.Background()
	db, err := database.Open(ctx, f.url, database.Options{})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { db.Close() })
	return db
}

// makeDue makes every repository due now, as its schedule does in time.
func (f *fleet) makeDue(db *database.DB) {
	ctx := context.Background()
	for _, name := range f.names {
		repo, err := repositories.New(db).ByName(ctx, name)
		if err == nil {
			err = passes.New(db).SetSchedule(ctx, repo.ID, repo.Cron, repo.Timezone, time.Now())
		}
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// patience is a safety net, for a machine that is busy or a test that hangs.
const patience = 25 * time.Minute

// until waits until every repository was passed so often, and wants none to be passed more.
func (f *fleet) until(db *database.DB, times int) {
	f.t.Helper()
	limit := time.Now().Add(patience)
	for {
		whole, done := f.passes(db), 0
		for id, n := range whole {
			if n > times {
				f.t.Errorf("repository %d was passed %d times", id, n)
			}
			if n >= times {
				done++
			}
		}
		if done == len(f.names) {
			return
		}
		if time.Now().After(limit) {
			f.t.Fatalf("%d of %d repositories were passed %d times in %v", done, len(f.names), times, patience)
		}
		time.Sleep(time.Second) // other processes do the work; nothing tells when
	}
}

// passes counts the whole passes of each repository.
func (f *fleet) passes(db *database.DB) map[int64]int {
	ctx, whole := context.Background(), map[int64]int{}
	for _, name := range f.names {
		repo, err := repositories.New(db).ByName(ctx, name)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			f.t.Fatal(err)
		}
		if f.finished[repo.ID] == repo.Begun && repo.Begun == repo.Wanted {
			whole[repo.ID] = f.counted[repo.ID]
			continue
		}
		runs, err := history.New(db).Runs(ctx, store.Viewer{All: true}, repo.ID, 100)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, r := range runs {
			if r.Outcome == "done" || r.Outcome == "unchanged" {
				whole[repo.ID]++
			}
		}
		f.finished[repo.ID], f.counted[repo.ID] = int64(whole[repo.ID]), whole[repo.ID]
	}
	return whole
}

// once wants each pull request and each dashboard once.
func (f *fleet) once() {
	for _, name := range f.names {
		pulls, issues := f.hub.Pulls(name), f.hub.Issues(name)
		if len(pulls) != 2 || len(issues) != 1 {
			f.t.Errorf("%s has %d pull requests and %d dashboards", name, len(pulls), len(issues))
		}
		for _, p := range pulls {
			if p.Commits != 1 || p.State != "open" {
				f.t.Errorf("%s#%d is %s with %d commits", name, p.Number, p.State, p.Commits)
			}
		}
	}
}

// TestServeRefusesPrivate: what a repository names does not make the service
// talk to addresses that no other process may learn.
func TestServeRefusesPrivate(t *testing.T) {
	f := newFleet(t, storetest.SQLite(t), 0)
	f.names = restful(1)
	hostile := "FROM 127.0.0.1:1/app:1.2.3\nFROM metadata.google.internal/app:1.2.3\nFROM localhost:2/app:1.2.3\nFROM 169.254.169.254/app:1.2.3\n" +
		"FROM app.localhost:3/app:1.2.3\nFROM 10.0.0.1/app:1.2.3\nFROM python:3.6.1-slim\n"
	if err := f.hub.AddRepo(f.names[0], map[string]forgetest.File{"Dockerfile": {Data: []byte(hostile)}}, forgetest.Options{}); err != nil {
		t.Fatal(err)
	}
	f.start()
	db := f.database()
	f.until(db, 1)
	f.end()
	repo, err := repositories.New(db).ByName(context.Background(), f.names[0])
	if err != nil {
		t.Fatal(err)
	}
	pins, err := pins.New(db).Of(context.Background(), repo.ID)
	if err != nil || len(pins) != 7 {
		t.Fatalf("%d pins: %v", len(pins), err)
	}
	for _, p := range pins[:6] {
		host, _, _ := strings.Cut(p.Package, "/")
		if p.Status != "failed" || !strings.Contains(p.Reason, host) {
			t.Errorf("%s is %s: %s", p.Package, p.Status, p.Reason)
		}
	}
	if pins[6].Status != "update" {
		t.Errorf("the one that may be asked for is %s: %s", pins[6].Status, pins[6].Reason)
	}
}
