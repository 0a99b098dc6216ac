package github

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// An answer is what the fake says to a request.
type answer struct {
	status int
	body   string
	header string // "Name: value", one on each line
	drop   bool   // close the connection instead
	cut    bool   // close it in the middle of the body
}

// A fake is a server that answers as a table says: "GET /repos/acme/shop" is
// the key, the last answer for it goes on for ever. It holds no state; the
// stand-in in forgetest does.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string][]answer
	seen    []string // "GET /repos/acme/shop", in order
	bodies  []string
	auth    []string
	queries []string
}

func newFake(t testing.TB, answers map[string][]answer) *fake {
	f := &fake{answers: answers}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) next(r *http.Request) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	key := r.Method + " " + r.URL.Path
	f.seen = append(f.seen, key)
	f.bodies = append(f.bodies, string(body))
	f.auth = append(f.auth, r.Header.Get("Authorization"))
	f.queries = append(f.queries, r.URL.RawQuery)
	list := f.answers[key]
	if len(list) == 0 {
		return answer{status: 404, body: `{"message":"Not Found"}`}
	}
	if len(list) > 1 {
		f.answers[key] = list[1:]
	}
	return list[0]
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := f.next(r)
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	for line := range strings.Lines(a.header) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			w.Header().Set(name, strings.ReplaceAll(value, "$URL", f.URL))
		}
	}
	if a.cut {
		w.Header().Set("Content-Length", fmt.Sprint(len(a.body)+10))
	}
	w.WriteHeader(max(a.status, 200))
	_, _ = io.WriteString(w, a.body)
}

func (f *fake) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.seen...)
}

// A clock advances only by calls of Sleep.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	slept []time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) sleep(_ context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	c.slept = append(c.slept, d)
	return nil
}

func (c *clock) total() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum time.Duration
	for _, d := range c.slept {
		sum += d
	}
	return sum
}

// newClock returns one whose times GitHub's stamps fit to.
func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

// testForge returns a Forge on an address, with a clock of its own, and everything that it logs.
func testForge(t testing.TB, address string, change func(*Options)) (*Forge, *clock, *strings.Builder) {
	t.Helper()
	c, log := newClock(), &strings.Builder{}
	o := Options{
		HTTP: fetch.Options{Now: c.now, Sleep: c.sleep}, APIURL: address, Token: "ghp_secret",
		Log: slog.New(slog.NewTextHandler(&locked{b: log}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&o)
	}
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.wire.http.Close)
	return f, c, log
}

type locked struct {
	mu sync.Mutex
	b  *strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func testLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
