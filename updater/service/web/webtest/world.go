// Package webtest gives tests the pages of the service over a real database, with
// a stand-in for the sign-in page of a forge and one for the queue of jobs.
package webtest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/findings"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/passes"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/sessions"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// ReadToken is the token of the API, which may read everything.
const ReadToken = "a-read-only-token-of-tests"

// A World has the pages with a real database and a sign-in controlled by the test.
type World struct {
	DB       *database.DB
	Server   *httptest.Server
	Door     *Door
	Jobs     *Jobs
	Problems []web.Problem // what Health answers; it is set before the first request

	t       testing.TB
	mu      sync.Mutex
	time    time.Time
	wanted  []string
	stopped bool
	signed  map[string]*signedIn // see Visitor
}

// gitHub describes GitHub as forge/github does, which brings libraries that the modules of
// the tests need not have.
func gitHub() forge.Info {
	return forge.Info{
		Name: "github", Title: "GitHub", SignInKeys: []string{"github_client_id", "github_client_secret"},
		FileURL: func(root, at, file string, line int) string {
			address := root + "/blob/" + url.PathEscape(at) + (&url.URL{Path: "/" + file}).EscapedPath()
			if line > 0 {
				address += "#L" + strconv.Itoa(line)
			}
			return address
		},
	}
}

// New starts the pages, with options changed, on an empty database. They end with the test.
func New(t testing.TB, change ...func(*web.Options)) *World {
	t.Helper()
	w := &World{t: t, Jobs: &Jobs{}, time: Now}
	w.DB = storetest.Open(t, storetest.SQLite(t), database.Options{Now: w.now})
	w.Door = newDoor(t)
	w.Server = httptest.NewUnstartedServer(nil)
	w.Server.Start()
	t.Cleanup(w.Server.Close)
	o := web.Options{
		Forge: gitHub(),
		Data: web.Data{
			Repositories: repositories.New(w.DB), Pins: pins.New(w.DB), Pulls: pulls.New(w.DB), Advisories: advisories.New(w.DB),
			History: history.New(w.DB), Findings: findings.New(w.DB), Sessions: sessions.New(w.DB),
		},
		Jobs: w.Jobs, SignIn: w.Door, Operators: []string{"Ada"}, Tokens: []string{ReadToken},
		Base: w.Server.URL, Want: w.want, Stopped: func(context.Context) (bool, error) { return w.Stopped(), nil }, SetStop: w.setStop, Health: w.health, Version: "0.1.0", Now: w.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	}
	for _, c := range change {
		c(&o)
	}
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.Server.Config.Handler = h
	return w
}

// In makes another test the one that fails, as in a fuzz target.
func (w *World) In(t testing.TB) { w.t = t }

// Advance moves the time of the pages on.
func (w *World) Advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

func (w *World) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *World) want(_ context.Context, repo store.Repository) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wanted = append(w.wanted, repo.Name)
	return nil
}

// Wants returns the repositories whose scan was asked for, with spaces between.
func (w *World) Wants() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.wanted, " ")
}

// Stopped reports whether the stop switch is on.
func (w *World) Stopped() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped
}

func (w *World) setStop(_ context.Context, stop bool, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = stop
	return nil
}

func (w *World) health(context.Context) []web.Problem {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.Problems)
}

// Repo adds a repository with pins.
func (w *World) Repo(name string, id int64, private bool, pins ...store.Pin) store.Repository {
	w.t.Helper()
	ctx := context.Background()
	r := store.Repository{Name: name, ForgeID: id, Branch: "main", URL: "https://github.com/" + name, Private: private}
	if err := repositories.New(w.DB).Put(ctx, []store.Repository{r}); err != nil {
		w.t.Fatal(err)
	}
	r, err := repositories.New(w.DB).ByName(ctx, name)
	if err != nil {
		w.t.Fatal(err)
	}
	r.State, r.Looked, r.Commit, r.Enrolled = store.Proposing, Now.Add(-time.Minute), strings.Repeat("a", 40), Now
	f := store.Finished{Repository: r, Whole: true, Pins: append([]store.Pin{}, pins...), Pulls: []store.Pull{}}
	for n := range f.Pins {
		p := filled(f.Pins[n])
		f.Pins[n] = p
		count(&f.Repository.Totals, p)
	}
	f.Run = store.Run{Repository: r.ID, Trigger: "schedule", Began: r.Looked, Took: time.Second, Outcome: "done", Totals: f.Repository.Totals}
	if err := passes.New(w.DB).Finish(ctx, f); err != nil {
		w.t.Fatal(err)
	}
	return f.Repository
}

// filled gives a pin the lists that record.Of never leaves out.
func filled(p store.Pin) store.Pin {
	p.Notes, p.Why = append([]ecosystems.Note{}, p.Notes...), append([]string{}, p.Why...)
	p.Advisories = append([]record.Advisory{}, p.Advisories...)
	for n := range p.Advisories {
		a := &p.Advisories[n]
		a.Aliases, a.Imports = append([]string{}, a.Aliases...), append([]string{}, a.Imports...)
	}
	return p
}

// A Door is a forge's sign-in page, on a server of its own. It signs in
// at once the user that Is has named.
type Door struct {
	Server *httptest.Server
	mu     sync.Mutex
	login  string
	people map[string]forge.Person
}

func newDoor(t testing.TB) *Door {
	d := &Door{people: map[string]forge.Person{"Ada": {Login: "Ada"}}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("back")+"?"+url.Values{"state": {q.Get("state")}, "code": {d.login}}.Encode(), http.StatusFound)
	}))
	t.Cleanup(d.Server.Close)
	return d
}

// Is names the user whom the page signs in from now on.
func (d *Door) Is(login string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.login = login
}

// Lets says what a person may see.
func (d *Door) Lets(login string, read, write []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[login] = forge.Person{Login: login, Read: read, Write: write}
}

// Address returns the URL of the sign-in page, which redirects to back with state.
func (d *Door) Address(state, back string) string {
	return d.Server.URL + "/login/oauth/authorize?" + url.Values{"state": {state}, "back": {back}}.Encode()
}

// Enter returns the person whose login is the code, an error if Lets has named none.
func (d *Door) Enter(_ context.Context, code, _ string) (forge.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.people[code]
	if !ok {
		return p, errors.New("the code is not one")
	}
	return p, nil
}

// Jobs is a queue with two jobs that were given up.
type Jobs struct {
	mu        sync.Mutex
	retried   []int64
	cancelled []int64
}

// Counts returns jobs of both kinds, two of them discarded.
func (*Jobs) Counts(context.Context) ([]queue.Count, error) {
	return []queue.Count{
		{Kind: "repository", State: "running", Jobs: 3}, {Kind: "repository", State: "available", Jobs: 12}, {Kind: "repository", State: "completed", Jobs: 1480},
		{Kind: "repository", State: "discarded", Jobs: 1}, {Kind: "webhook", State: "completed", Jobs: 733}, {Kind: "webhook", State: "discarded", Jobs: 1},
	}, nil
}

// Parked returns the two jobs that were given up.
func (*Jobs) Parked(context.Context, int) ([]queue.Row, error) {
	return []queue.Row{
		{ID: 1502, Kind: "repository", About: "acme/etl-jobs", Error: "read the tree of acme/etl-jobs: GET https://api.github.com/repos/acme/etl-jobs/git/trees/main: 502 Bad Gateway", Attempts: 12, Since: Now.Add(-3 * time.Hour)},
		{ID: 1377, Kind: "webhook", About: "delivery 72d3162e-cc78-11e3-81ab-4c9367dc0958", Error: "<script>alert(1)</script>", Attempts: 1, Since: Now.Add(-50 * time.Hour)},
	}, nil
}

// Jobs shows one that is like its state.
func (*Jobs) Jobs(_ context.Context, state string, _ int) ([]queue.Row, error) {
	return []queue.Row{{ID: 1600, Kind: "repository", State: state, About: "acme/<i>" + state + "</i>", Attempts: 1, Since: Now.Add(-time.Minute)}}, nil
}

// Cancel records the id of a job.
func (q *Jobs) Cancel(_ context.Context, id int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancelled = append(q.cancelled, id)
	return nil
}

// Retry records the id of a job, for Retried.
func (q *Jobs) Retry(_ context.Context, id int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.retried = append(q.retried, id)
	return nil
}

// Retried returns the jobs that were tried again.
func (q *Jobs) Retried() []int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.retried)
}

// Cancelled returns the jobs that were given up.
func (q *Jobs) Cancelled() []int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.cancelled)
}
