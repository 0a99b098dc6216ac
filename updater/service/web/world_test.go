package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
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
	"github.com/freshpin/freshpin/updater/store/storetest"
)

const readToken = "a-read-only-token-of-tests"

// A testWorld has the pages with a real database and a sign-in controlled by the test.
type testWorld struct {
	t        testing.TB
	db       *store.DB
	server   *httptest.Server
	door     *fakeDoor
	jobs     *fakeJobs
	mu       sync.Mutex
	time     time.Time
	wanted   []string
	stopped  bool
	problems []web.Problem
	signed   map[string]*signedIn // see visitor
}

func newWorld(t testing.TB, change ...func(*web.Options)) *testWorld {
	t.Helper()
	w := &testWorld{t: t, jobs: &fakeJobs{}, time: now}
	w.db = storetest.Open(t, storetest.SQLite(t), store.Options{Now: w.now})
	w.door = newDoor(t)
	w.server = httptest.NewUnstartedServer(nil)
	w.server.Start()
	t.Cleanup(w.server.Close)
	o := web.Options{
		Data: w.db, Jobs: w.jobs, Door: w.door, Operators: []string{"Ada"}, Tokens: []string{readToken},
		Base: w.server.URL, Want: w.want, Stopped: w.isStopped, SetStop: w.setStop, Health: w.health, Version: "0.1.0", Now: w.now,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	}
	for _, c := range change {
		c(&o)
	}
	h, err := web.New(o)
	if err != nil {
		t.Fatal(err)
	}
	w.server.Config.Handler = h
	return w
}

func (w *testWorld) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *testWorld) want(_ context.Context, repo store.Repository) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wanted = append(w.wanted, repo.Name)
	return nil
}

func (w *testWorld) wants() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Join(w.wanted, " ")
}

func (w *testWorld) isStopped(context.Context) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped, nil
}

func (w *testWorld) setStop(_ context.Context, stop bool, _ string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = stop
	return nil
}

func (w *testWorld) health(context.Context) []web.Problem {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.problems)
}

// repo adds a repository with one pin.
func (w *testWorld) repo(name string, id int64, private bool, pins ...store.Pin) store.Repository {
	w.t.Helper()
	ctx := context.Background()
	r := store.Repository{Name: name, ForgeID: id, Branch: "main", URL: "https://github.com/" + name, Private: private}
	if err := w.db.PutRepositories(ctx, []store.Repository{r}); err != nil {
		w.t.Fatal(err)
	}
	r, err := w.db.Repository(ctx, name)
	if err != nil {
		w.t.Fatal(err)
	}
	r.State, r.Looked, r.Commit, r.Enrolled = store.Proposing, now.Add(-time.Minute), strings.Repeat("a", 40), now
	f := store.Finished{Repository: r, Whole: true, Pins: append([]store.Pin{}, pins...), Pulls: []store.Pull{}}
	for n := range f.Pins {
		p := filled(f.Pins[n])
		f.Pins[n] = p
		count(&f.Repository.Totals, p)
	}
	f.Run = store.Run{Repository: r.ID, Trigger: "schedule", Began: r.Looked, Took: time.Second, Outcome: "done", Totals: f.Repository.Totals}
	if err := w.db.Finish(ctx, f); err != nil {
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

// A browser keeps cookies and follows no redirects, unless told to.
type browser struct {
	w      *testWorld
	client *http.Client
	token  string
}

func (w *testWorld) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &browser{w: w, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// An reply is what came back.
type reply struct {
	*http.Response
	body string
}

func (b *browser) send(method, path string, form url.Values, headers ...string) reply {
	b.w.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.server.URL + path
	}
	req, err := http.NewRequestWithContext(context.Background(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		b.w.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if b.token != "" {
		req.Header.Set("Authorization", "Bearer "+b.token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1] // "" for that of the address
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.w.t.Fatal(err)
	}
	return reply{res, string(body)}
}

func (b *browser) get(path string, headers ...string) reply {
	b.w.t.Helper()
	return b.send(http.MethodGet, path, nil, headers...)
}

func (b *browser) post(path string, pairs ...string) reply {
	b.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

// follow gets a page and goes where it leads, at most ten times.
func (b *browser) follow(path string) reply {
	b.w.t.Helper()
	for range 10 {
		r := b.get(path)
		to := r.Header.Get("Location")
		if r.StatusCode < 300 || r.StatusCode > 399 || to == "" {
			return r
		}
		next, err := r.Request.URL.Parse(to)
		if err != nil {
			b.w.t.Fatal(err)
		}
		path = next.String()
	}
	b.w.t.Fatalf("%s leads around in a circle", path)
	return reply{}
}

// as signs a user in.
func (w *testWorld) as(login string) *browser {
	w.t.Helper()
	b := w.browser()
	w.door.is(login)
	if r := b.follow("/login/github"); r.StatusCode != http.StatusOK {
		w.t.Fatalf("signing in as %s: %s\n%s", login, r.Status, r.body)
	}
	return b
}

// A fakeDoor is a forge's sign-in page, on a server of its own. It lets in at
// once whoever it is told is there.
type fakeDoor struct {
	server *httptest.Server
	mu     sync.Mutex
	login  string
	people map[string]forge.Person
	fails  bool
}

func newDoor(t testing.TB) *fakeDoor {
	d := &fakeDoor{people: map[string]forge.Person{"Ada": {Login: "Ada"}}}
	d.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("back")+"?"+url.Values{"state": {q.Get("state")}, "code": {d.login}}.Encode(), http.StatusFound)
	}))
	t.Cleanup(d.server.Close)
	return d
}

func (d *fakeDoor) is(login string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.login = login
}

// lets says what a person may see.
func (d *fakeDoor) lets(login string, read, write []int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.people[login] = forge.Person{Login: login, Read: read, Write: write}
}

func (d *fakeDoor) Address(state, back string) string {
	return d.server.URL + "/login/oauth/authorize?" + url.Values{"state": {state}, "back": {back}}.Encode()
}

func (d *fakeDoor) Enter(_ context.Context, code, _ string) (forge.Person, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.people[code]
	if !ok || d.fails {
		return p, errors.New("the code is not one")
	}
	return p, nil
}

// fakeJobs is a queue with two jobs that were given up.
type fakeJobs struct {
	mu        sync.Mutex
	retried   []int64
	cancelled []int64
}

func (*fakeJobs) Counts(context.Context) ([]queue.Count, error) {
	return []queue.Count{
		{Kind: "repository", State: "running", Jobs: 3}, {Kind: "repository", State: "available", Jobs: 12}, {Kind: "repository", State: "completed", Jobs: 1480},
		{Kind: "repository", State: "discarded", Jobs: 1}, {Kind: "webhook", State: "completed", Jobs: 733}, {Kind: "webhook", State: "discarded", Jobs: 1},
	}, nil
}

func (*fakeJobs) Parked(context.Context, int) ([]queue.Row, error) {
	return []queue.Row{
		{ID: 1502, Kind: "repository", About: "acme/etl-jobs", Error: "read the tree of acme/etl-jobs: GET https://api.github.com/repos/acme/etl-jobs/git/trees/main: 502 Bad Gateway", Attempts: 12, Since: now.Add(-3 * time.Hour)},
		{ID: 1377, Kind: "webhook", About: "delivery 72d3162e-cc78-11e3-81ab-4c9367dc0958", Error: "<script>alert(1)</script>", Attempts: 1, Since: now.Add(-50 * time.Hour)},
	}, nil
}

// Jobs shows one that is like its state.
func (*fakeJobs) Jobs(_ context.Context, state string, _ int) ([]queue.Row, error) {
	return []queue.Row{{ID: 1600, Kind: "repository", State: state, About: "acme/<i>" + state + "</i>", Attempts: 1, Since: now.Add(-time.Minute)}}, nil
}

func (q *fakeJobs) Cancel(_ context.Context, id int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancelled = append(q.cancelled, id)
	return nil
}

func (q *fakeJobs) Retry(_ context.Context, id int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.retried = append(q.retried, id)
	return nil
}

func (q *fakeJobs) tried() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.retried)
}
