package service_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/service"
	"github.com/freshpin/freshpin/updater/service/gate"
	"github.com/freshpin/freshpin/updater/service/telemetry"
	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/repositories"
	"github.com/freshpin/freshpin/updater/store/storetest"
)

// TestHostileHTTP (F5, F29): what is no page is hardened too. Probes and webhooks
// come under any name; metrics only under ours, or with their token.
func TestHostileHTTP(t *testing.T) {
	const token = "a-token-of-prometheus"
	metrics := telemetry.NewMetrics("test", github.Info())
	for name, handler := range map[string]http.Handler{"open": web.Guard(metrics.Handler(), "https://freshpin.acme.com", "0.0.0.0:80"), "token": metrics.Handler(token)} {
		w := newWorld(t, storetest.SQLite(t))
		w.start(func(o *service.Options) { o.Metrics = handler })
		for _, c := range []struct {
			method, path, host, bearer string
			open, token                int
		}{
			{"GET", "/healthz", "", "", 200, 200}, {"GET", "/healthz", "10.1.2.3:8080", "", 200, 200}, {"HEAD", "/healthz", "", "", 200, 200},
			{"POST", "/healthz", "", "", 405, 405}, {"GET", "/readyz", "", "", 200, 200}, {"GET", "/readyz", "evil.example", "", 200, 200},
			{"GET", "/metrics", "", "", 200, 401}, {"GET", "/metrics", "freshpin.acme.com", "", 200, 401}, {"GET", "/metrics", "evil.example", "", 421, 401},
			{"GET", "/metrics", "evil.example", token, 421, 200}, {"GET", "/metrics", "", token, 200, 200}, {"GET", "/metrics", "", token + "x", 200, 401},
			{"GET", "/metrics", "", token[:len(token)-1], 200, 401}, {"GET", "/metrics", "", " ", 200, 401}, {"POST", "/metrics", "", token, 405, 405},
			{"GET", "/webhooks/github", "", "", 405, 405}, {"POST", "/webhooks/github", "evil.example", "", 401, 401},
			{"POST", "/webhooks/registry", "", "", 401, 401}, {"POST", "/webhooks/else", "", "", 404, 404}, {"GET", "/nothing", "", "", 404, 404},
		} {
			want := map[string]int{"open": c.open, "token": c.token}[name]
			req, err := http.NewRequest(c.method, w.url+c.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = c.host
			if c.bearer != "" {
				req.Header.Set("Authorization", "Bearer "+c.bearer)
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("metrics %s: %s %s, Host %q, is %d, want %d", name, c.method, c.path, c.host, res.StatusCode, want)
			}
			if h := res.Header; h.Get("X-Content-Type-Options") != "nosniff" || res.StatusCode == 200 && (h.Get("Content-Security-Policy") == "" || h.Get("Cache-Control") != "no-store") {
				t.Errorf("%s %s is not hardened: %v", c.method, c.path, h)
			}
		}
	}
}

// TestHostileSlow: a client that sends or reads slowly, or sends endless
// headers, is cut off; the limits are there.
func TestHostileSlow(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.start()
	s := w.service.Server()
	for what, d := range map[string]time.Duration{"headers": s.ReadHeaderTimeout, "a body": s.ReadTimeout, "an answer": s.WriteTimeout, "idleness": s.IdleTimeout} {
		if d <= 0 || d > 2*time.Minute {
			t.Errorf("%s may take %v", what, d)
		}
	}
	req, err := http.NewRequest(http.MethodGet, w.url+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Large", strings.Repeat("x", s.MaxHeaderBytes+8<<10))
	if got := w.do(req); got != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("%d bytes of headers: %d", s.MaxHeaderBytes+8<<10, got)
	}
}

// TestHostileInstallations: what an account sends says nothing about the repositories of another.
func TestHostileInstallations(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.repo("acme/shop", "Dockerfile", pinned)
	w.repo("evil/bait", "Dockerfile", pinned)
	w.start()
	w.all(2, "installation")
	victim, err := repositories.New(w.db).ByName(t.Context(), "acme/shop")
	if err != nil {
		t.Fatal(err)
	}
	foreign := map[string]any{"id": victim.Installation + 1000, "account": map[string]any{"login": "evil"}}
	repo := map[string]any{"full_name": "acme/shop", "id": victim.ForgeID, "default_branch": "evil"}
	for _, c := range []struct {
		event, action string
		more          map[string]any
	}{
		{"installation_repositories", "removed", map[string]any{"repositories_removed": []any{repo}}},
		{"installation_repositories", "removed", map[string]any{"repositories_removed": []any{map[string]any{"full_name": "ACME/Shop"}}}},
		{"installation", "deleted", nil}, {"installation", "suspend", nil},
		{"repository", "deleted", nil}, {"repository", "edited", nil}, {"repository", "publicized", nil}, {"repository", "privatized", nil}, {"repository", "archived", nil},
		{"push", "", map[string]any{"ref": "refs/heads/main", "after": strings.Repeat("a", 40), "commits": []any{map[string]any{"modified": []string{"Dockerfile"}}}}},
		{"issue_comment", "created", map[string]any{"issue": map[string]any{"number": 1}, "comment": map[string]any{"body": "/freshpin recreate"}}},
		{"issues", "edited", map[string]any{"issue": map[string]any{"number": 1, "body": "<!-- freshpin:dashboard -->"}}},
		{"pull_request", "closed", map[string]any{"pull_request": map[string]any{"number": 1, "head": map[string]any{"ref": "freshpin/dockerfile", "repo": map[string]any{"full_name": "acme/shop"}}}}},
	} {
		p := map[string]any{"action": c.action, "installation": foreign, "repository": repo, "sender": map[string]any{"login": "eve", "type": "User"}}
		for key, value := range c.more {
			p[key] = value
		}
		w.send(c.event, p)
	}
	// One that is ours comes after all of them, and is seen to have been followed.
	w.commit("evil/bait", "requirements.txt", clicks)
	w.passed("the push after them", func(r store.Run) bool { return r.Repo == "evil/bait" && r.Trigger == "push" })
	now, err := repositories.New(w.db).ByName(t.Context(), "acme/shop")
	if err != nil || now.Removed || now.Branch != victim.Branch || now.Private != victim.Private || now.Wanted != now.Begun {
		t.Errorf("acme/shop was %+v, is %+v, %v", victim, now, err)
	}
}

// TestHostileSlowRepositories (F3): passes of one account that never end make
// room for the repository of another one, and are made again later.
func TestHostileSlowRepositories(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testWorld) {
		w.repo("acme/shop", "Dockerfile", pinned)
		for n := range 6 {
			w.repo(fmt.Sprintf("evil/slow%d", n), "Dockerfile", pinned)
		}
		var hub *slowHub
		w.start(func(o *service.Options) {
			o.Workers, o.Grace = 4, 100*time.Millisecond
			hub = &slowHub{Hub: o.Hub, begun: make(chan string, 10), times: map[string]int{}}
			o.Hub = hub
		})
		w.all(7, "installation")
		hub.slow.Store(true)
		w.want("evil/slow0", "evil/slow1", "evil/slow2", "evil/slow3", "evil/slow4", "evil/slow5")
		for range 4 {
			<-hub.begun // until all places are taken
		}
		w.want("acme/shop")
		w.later(time.Minute) // the slow ones have run for long
		limit := time.After(patience)
		for done := false; !done; {
			if err := service.Yield(w.service, t.Context()); err != nil {
				t.Fatal(err)
			}
			select {
			case run := <-w.passes:
				done = run.Repo == "acme/shop"
			case <-limit:
				t.Fatal("acme/shop is never looked at")
			case <-time.After(100 * time.Millisecond): // nothing tells that it waits
			}
		}
		ended := 0
		hub.mu.Lock()
		for _, n := range hub.times {
			ended += n
		}
		hub.mu.Unlock()
		if ended < 1 || ended > 4 {
			t.Errorf("%d slow passes were ended for it", ended)
		}
	})
}

// TestHostileEndlessPass (F3): a pass ends after a while, and its repository says why.
func TestHostileEndlessPass(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t))
	w.repo("evil/slow", "Dockerfile", pinned)
	w.start(func(o *service.Options) {
		o.Time = 50 * time.Millisecond
		hub := &slowHub{Hub: o.Hub, begun: make(chan string, 10_000), times: map[string]int{}}
		hub.slow.Store(true)
		o.Hub = hub
	})
	run := w.passed("the end of a pass", by("installation"))
	repo, err := repositories.New(w.db).ByName(t.Context(), "evil/slow")
	const why = "the pass did not finish within its limit of 50ms"
	if err != nil || run.Outcome != "failed" || !strings.HasPrefix(run.Error, why) || repo.State != store.Broken || !strings.HasPrefix(repo.Why, why) {
		t.Errorf("%s %q; %s %q %v", run.Outcome, run.Error, repo.State, repo.Why, err)
	}
}

// A slowHub does not answer for repositories of evil, until it is told to stop.
type slowHub struct {
	gate.Hub
	begun chan string
	slow  atomic.Bool

	mu    sync.Mutex
	times map[string]int // that it was told so
}

// Abilities implements forge.Wrapper.
func (h *slowHub) Abilities() forge.Abilities {
	can := forge.AbilitiesOf(h.Hub)
	can.Reopener = h
	return can
}

// Open implements forge.Forge.
func (h *slowHub) Open(ctx context.Context, repo string) (*forge.Checkout, error) {
	if h.slow.Load() && strings.HasPrefix(repo, "evil/") {
		return nil, h.wait(ctx, repo)
	}
	return h.Hub.Open(ctx, repo)
}

// Revisit implements forge.Reopener.
func (h *slowHub) Revisit(ctx context.Context, was forge.Checkout) (*forge.Checkout, error) {
	if h.slow.Load() && strings.HasPrefix(was.Repo, "evil/") {
		return nil, h.wait(ctx, was.Repo)
	}
	return forge.AbilitiesOf(h.Hub).Reopener.Revisit(ctx, was)
}

func (h *slowHub) wait(ctx context.Context, repo string) error {
	h.begun <- repo
	<-ctx.Done()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times[repo]++
	return ctx.Err()
}

// want asks for passes over repositories, as people do.
func (w *testWorld) want(names ...string) {
	w.t.Helper()
	for _, name := range names {
		repo, err := repositories.New(w.db).ByName(w.t.Context(), name)
		if err == nil {
			err = w.service.Want(w.t.Context(), repo)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}
