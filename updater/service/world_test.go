package service_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/world"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/forge/github/webhook"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/message"
	"github.com/freshpin/freshpin/updater/service"
	"github.com/freshpin/freshpin/updater/service/hook"
	"github.com/freshpin/freshpin/updater/service/schedule"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// TestMain lets more tests run at once than there are processors: they wait for
// ticks of the clock.
func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		if err := f.Value.Set("8"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// releases is what is published in the world of these tests.
const releases = `
image library/python 3.6.1-slim@2017-03-29 3.6.15-slim@2021-09-04 3.13.1-slim@2026-01-02
image library/nginx 1.13.5@2017-09-05 1.13.12@2018-04-09
pypi click 6.7@2017-01-06 6.7.1@2018-01-01 8.1.8@2024-12-21
`

const (
	hookSecret     = "a secret of the webhook"
	registrySecret = "a-secret-of-registries"
	appID          = 42
)

// A testWorld is GitHub, the registries, a database, and processes that share it.
type testWorld struct {
	t       *testing.T
	hub     *forgetest.Server
	hubURL  string
	world   *world.World
	env     map[string]string
	key     []byte
	db      *database.DB
	url     string // of the newest process
	observe atomic.Bool
	perDay  int
	perHour int
	now     atomic.Int64 // seconds added to the clock
	passes  chan store.Run
	service *service.Service // the newest process
}

func newWorld(t *testing.T, dsn string) *testWorld {
	t.Helper()
	w := &testWorld{t: t, hub: forgetest.New(t.TempDir()), passes: make(chan store.Run, 10_000)}
	w.db = storetest.Open(t, dsn, database.Options{Now: w.clock})
	var err error
	if w.world, err = world.Parse(releases); err != nil {
		t.Fatal(err)
	}
	w.env = w.world.Start("localhost:5000")
	t.Cleanup(w.world.Stop)
	if w.hubURL, err = w.hub.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.hub.Close() })
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	w.key = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)})
	w.hub.App(appID, "freshpin", &private.PublicKey)
	return w
}

// repo makes a repository on GitHub.
func (w *testWorld) repo(name string, files ...string) {
	w.t.Helper()
	tree := map[string]forgetest.File{}
	for n := 0; n < len(files); n += 2 {
		tree[files[n]] = forgetest.File{Data: []byte(files[n+1])}
	}
	if err := w.hub.AddRepo(name, tree, forgetest.Options{}); err != nil {
		w.t.Fatal(err)
	}
}

// clock is the time in this world.
func (w *testWorld) clock() time.Time {
	return time.Now().Add(time.Duration(w.now.Load()) * time.Second)
}

// later moves the clock.
func (w *testWorld) later(d time.Duration) { w.now.Add(int64(d / time.Second)) }

// Pass implements service.Watch.
func (w *testWorld) Pass(run store.Run, _ *lifecycle.Report) { w.passes <- run }

// options wires a process as freshpin serve does.
func (w *testWorld) options() service.Options {
	w.t.Helper()
	client := fetch.New(fetch.Options{Lifetime: time.Hour, Lasting: true, Rest: time.Millisecond, Retries: -1})
	mirrors, err := registry.ParseMirrors(w.env["FRESHPIN_REGISTRY_MIRRORS"])
	if err != nil {
		w.t.Fatal(err)
	}
	hub, err := github.New(github.Options{
		HTTP: fetch.Options{Sleep: hurried, Rest: time.Millisecond}, APIURL: w.hubURL, App: &github.App{ID: appID, Key: w.key}, Cache: w.t.TempDir(),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	texts, err := message.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	cache := w.t.TempDir()
	return service.Options{
		Store: w.db, Hub: hub, Forge: github.Info(), Message: texts,
		Ecosystems: func() []ecosystems.Ecosystem {
			return all.New(all.Options{HTTP: client, Getenv: func(name string) string { return w.env[name] }, Mirrors: mirrors, GoCache: cache})
		},
		Scope: func(store.Repository) service.Scope { return service.Scope{Part: true, Observe: w.observe.Load()} },
		Rules: func(_ store.Repository, tree fs.FS, base string, home bool) lifecycle.Rules {
			return config.Load(tree, config.Overrides{}.On(base, home))
		},
		Schedule: func(name, cron, zone string) (func(time.Time) time.Time, error) {
			if cron == "" {
				cron = "0 6 * * *"
			}
			s, err := schedule.Parse(cron, zone)
			if err != nil {
				return nil, err
			}
			return s.Next, nil
		},
		RepositoriesPerDay: w.perDay, PullRequestsPerHour: w.perHour, Events: true,
		Since: func(ctx context.Context, t time.Time, _ string) context.Context { return fetch.Since(ctx, t, "") },
		Waits: []time.Duration{50 * time.Millisecond, time.Second},
		Hooks: hook.Options{Forge: webhook.New([]string{hookSecret}), RegistrySecrets: []string{registrySecret}},
		Watch: w, Now: w.clock, Grace: 5 * time.Second,
	}
}

// hurried waits a fiftieth of what is asked: what a test waits for is the event after it.
func hurried(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d / 50):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// start runs a process of the service until the test, or stop, ends it.
func (w *testWorld) start(change ...func(*service.Options)) (stop func()) {
	w.t.Helper()
	o := w.options()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	o.Listener = l
	for _, c := range change {
		c(&o)
	}
	w.url = "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	s, err := service.New(ctx, o)
	if err != nil {
		cancel()
		w.t.Fatal(err)
	}
	w.service = s
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			w.t.Errorf("the service ended: %v", err)
		}
	}()
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); <-done }) }
	w.t.Cleanup(stop)
	return stop
}

// patience bounds how long a test waits for an event that must come.
const patience = 10 * time.Minute

// passed waits until a pass fits, and returns it.
func (w *testWorld) passed(what string, fits func(store.Run) bool) store.Run {
	w.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	var seen []string
	for {
		select {
		case run := <-w.passes:
			if fits(run) {
				return run
			}
			seen = append(seen, fmt.Sprintf("%s %s %s %s", run.Repo, run.Trigger, run.Outcome, run.Error))
		case <-limit.C:
			w.t.Fatalf("%s: did not come in %v; there came %q", what, patience, seen)
		}
	}
}

// until waits until something is so; look says how it is.
func (w *testWorld) until(what string, look func() (is string, so bool)) {
	w.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		is, so := look()
		if so {
			return
		}
		if time.Now().After(end) {
			w.t.Fatalf("%s: not so after %v: %s", what, patience, is)
		}
	}
}

// all waits until each of so many repositories was passed by a trigger.
func (w *testWorld) all(n int, trigger string) map[int64]int {
	w.t.Helper()
	seen := map[int64]int{}
	for len(seen) < n {
		run := w.passed(fmt.Sprintf("%d passes by %s (%d came)", n, trigger, len(seen)), func(r store.Run) bool {
			return r.Trigger == trigger && r.Outcome != "failed" && r.Outcome != "stopped"
		})
		seen[run.Repository]++
	}
	return seen
}

// by returns what fits passes by a trigger.
func by(triggers ...string) func(store.Run) bool {
	return func(r store.Run) bool { return slices.Contains(triggers, r.Trigger) }
}

// titles are the open pull requests of a repository.
func (w *testWorld) titles(repo string) string {
	var open []string
	for _, p := range w.hub.Pulls(repo) {
		if p.State == "open" {
			open = append(open, p.Branch)
		}
	}
	slices.Sort(open)
	return strings.Join(open, " ")
}

// get asks the service.
func (w *testWorld) get(path string) int {
	w.t.Helper()
	res, err := http.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// send posts a signed webhook of GitHub, and wants it taken.
func (w *testWorld) send(event string, payload map[string]any) {
	w.t.Helper()
	if got := w.post(event, payload); got != http.StatusAccepted {
		w.t.Fatalf("the webhook %s was answered with %d", event, got)
	}
}

// post posts a signed webhook of GitHub.
func (w *testWorld) post(event string, payload map[string]any) int {
	w.t.Helper()
	body, err := json.Marshal(payload)
	if err != nil {
		w.t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	req, err := http.NewRequest(http.MethodPost, w.url+"/webhooks/github", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-GitHub-Event", event)
	req.Header.Set("X-GitHub-Delivery", rand.Text())
	req.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return w.do(req)
}

func (w *testWorld) do(req *http.Request) int {
	w.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// about is what every payload says of a repository.
func about(repo, action string) map[string]any {
	return map[string]any{
		"action": action, "sender": map[string]any{"login": "ada", "type": "User"},
		"repository": map[string]any{"full_name": repo, "default_branch": "main"},
	}
}

// commit pushes a file, as a person does, and tells the service.
func (w *testWorld) commit(repo, file, text string) {
	w.t.Helper()
	w.send("push", w.push(repo, file, text))
}

// push pushes a file, and returns what GitHub tells of it.
func (w *testWorld) push(repo, file, text string) map[string]any {
	w.t.Helper()
	return w.pushTo(repo, "main", file, text)
}

// pushTo is push to any branch.
func (w *testWorld) pushTo(repo, branch, file, text string) map[string]any {
	w.t.Helper()
	sha, err := w.hub.Commit(repo, branch, map[string]forgetest.File{file: {Data: []byte(text)}}, "ada")
	if err != nil {
		w.t.Fatal(err)
	}
	p := about(repo, "")
	p["ref"], p["after"], p["commits"] = "refs/heads/"+branch, sha, []any{map[string]any{"id": sha, "modified": []string{file}}}
	return p
}

// comment writes below a pull request, and tells the service.
func (w *testWorld) comment(repo string, number int, text string) {
	w.t.Helper()
	if err := w.hub.Comment(repo, number, "acme", text); err != nil {
		w.t.Fatal(err)
	}
	p := about(repo, "created")
	p["issue"], p["comment"] = map[string]any{"number": number}, map[string]any{"body": text}
	w.send("issue_comment", p)
}

// closePull closes a pull request without merging, and tells the service.
func (w *testWorld) closePull(repo string, number int) {
	w.t.Helper()
	if err := w.hub.ClosePull(repo, number); err != nil {
		w.t.Fatal(err)
	}
	p := about(repo, "closed")
	p["pull_request"] = map[string]any{"number": number, "head": map[string]any{"ref": w.pull(repo, number).Branch, "repo": map[string]any{"full_name": repo}}}
	w.send("pull_request", p)
}

func (w *testWorld) pull(repo string, number int) forgetest.Pull {
	w.t.Helper()
	for _, p := range w.hub.Pulls(repo) {
		if p.Number == number {
			return p
		}
	}
	w.t.Fatalf("%s has no pull request %d", repo, number)
	return forgetest.Pull{}
}

// number finds the pull request of a branch.
func (w *testWorld) number(repo, branch string) int {
	w.t.Helper()
	for _, p := range w.hub.Pulls(repo) {
		if p.Branch == branch {
			return p.Number
		}
	}
	w.t.Fatalf("%s has no pull request on %s: %s", repo, branch, w.titles(repo))
	return 0
}

// image publishes an image.
func (w *testWorld) image(name, tag, content string) {
	w.world.Images.Add(name, tag, ociserver.Image{Content: content, Created: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// notify tells the service of a push, as CNCF distribution does.
func (w *testWorld) notify(host, name, tag string) {
	w.t.Helper()
	body := fmt.Sprintf(`{"events":[{"id":%q,"action":"push","target":{"repository":%q,"tag":%q},"request":{"host":%q}}]}`, rand.Text(), name, tag, host)
	req, err := http.NewRequest(http.MethodPost, w.url+"/webhooks/registry", strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+registrySecret)
	if got := w.do(req); got != http.StatusAccepted {
		w.t.Fatalf("the notification was answered with %d", got)
	}
}

// quietNow wants no pass over a repository to be wanted.
func (w *testWorld) quietNow(repo string) {
	w.t.Helper()
	r, err := repositories.New(w.db).ByName(context.Background(), repo)
	if err != nil || r.Wanted > r.Begun {
		w.t.Errorf("%s: a pass is wanted (%d, begun %d): %v", repo, r.Wanted, r.Begun, err)
	}
}

// problems is what the service says is wrong.
func (w *testWorld) problems() string {
	var list []string
	for _, p := range w.service.Problems(context.Background()) {
		list = append(list, p.What+": "+p.Why)
	}
	return strings.Join(list, "; ")
}
