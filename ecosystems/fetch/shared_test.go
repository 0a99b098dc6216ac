package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// a table is what processes share, in memory.
type table struct {
	mu     sync.Mutex
	data   map[string][]byte
	heard  map[string]time.Time
	leases map[string]bool
	broken error
}

func newTable() *table {
	return &table{data: map[string][]byte{}, heard: map[string]time.Time{}, leases: map[string]bool{}}
}

func (t *table) Load(_ context.Context, key string) ([]byte, time.Time, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.data[key], t.heard[key], t.broken
}

func (t *table) Save(_ context.Context, key, _, _ string, data []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data[key], t.heard[key] = data, time.Now()
	return t.broken
}

func (t *table) Confirm(_ context.Context, key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.heard[key] = time.Now()
	return t.broken
}

func (t *table) Lease(_ context.Context, key string, _ time.Duration) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.broken != nil || t.leases[key] {
		return false, t.broken
	}
	t.leases[key] = true
	return true, nil
}

func (t *table) Release(_ context.Context, key string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.leases, key)
	return t.broken
}

// counting serves one text with an ETag, and counts what it is asked.
func counting(t *testing.T) (url string, full, conditional *atomic.Int64) {
	full, conditional = new(atomic.Int64), new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		if r.Header.Get("If-None-Match") != "" {
			conditional.Add(1)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		full.Add(1)
		_, _ = w.Write([]byte("text"))
	}))
	t.Cleanup(s.Close)
	return s.URL, full, conditional
}

// Many processes that ask the same at once ask once.
func TestSharedFlight(t *testing.T) {
	url, full, _ := counting(t)
	shared := newTable()
	var all sync.WaitGroup
	for range 8 {
		c := New(Options{Shared: shared, Lifetime: time.Hour, Lasting: true})
		all.Go(func() {
			res, err := c.Get(context.Background(), Request{URL: url})
			if err != nil || string(res.Body) != "text" {
				t.Errorf("%v %v", res, err)
			}
		})
	}
	all.Wait()
	if n := full.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
	if len(shared.leases) != 0 {
		t.Errorf("leases stay: %v", shared.leases)
	}
}

// What is shared may be away: lookups go on without.
func TestSharedBroken(t *testing.T) {
	url, full, _ := counting(t)
	shared := newTable()
	shared.broken = errors.New("away")
	for range 2 {
		res, err := New(Options{Shared: shared}).Get(context.Background(), Request{URL: url})
		if err != nil || string(res.Body) != "text" {
			t.Fatal(err)
		}
	}
	if n := full.Load(); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestSince(t *testing.T) {
	for name, options := range map[string]Options{
		"in memory": {Lifetime: time.Hour}, "on disk": {Lifetime: time.Hour, CacheDir: t.TempDir()},
		"shared": {Lifetime: time.Hour, Shared: newTable()},
	} {
		t.Run(name, func(t *testing.T) {
			url, full, conditional := counting(t)
			c := New(options)
			ask := func(ctx context.Context) {
				t.Helper()
				if _, err := c.Get(ctx, Request{URL: url}); err != nil {
					t.Fatal(err)
				}
			}
			ctx := context.Background()
			ask(ctx)
			ask(Since(ctx, time.Now().Add(-time.Hour), ""))
			ask(Since(ctx, time.Now().Add(time.Hour), "another.host"))
			if full.Load()+conditional.Load() != 1 {
				t.Fatalf("%d and %d requests", full.Load(), conditional.Load())
			}
			after := Since(ctx, time.Now(), "")
			ask(after)
			ask(after)
			ask(ctx)
			if n := full.Load() + conditional.Load(); n != 2 {
				t.Errorf("%d requests after a push", n)
			}
			if _, err := c.Get(Since(ctx, time.Now(), ""), Request{URL: url + "/forever", Forever: true}); err != nil {
				t.Fatal(err)
			}
			before := full.Load()
			if _, err := c.Get(Since(ctx, time.Now(), ""), Request{URL: url + "/forever", Forever: true}); err != nil || full.Load() != before {
				t.Errorf("what never changes was asked for again: %v", err)
			}
		})
	}
}

func TestCounted(t *testing.T) {
	url, _, _ := counting(t)
	c := New(Options{Lifetime: time.Hour})
	one, first := Counted(context.Background())
	two, second := Counted(context.Background())
	for _, ctx := range []context.Context{one, one, two} {
		if _, err := c.Get(ctx, Request{URL: url}); err != nil {
			t.Fatal(err)
		}
	}
	if first.Stats() != (Stats{Sent: 1, Cached: 1}) || second.Stats() != (Stats{Cached: 1}) {
		t.Errorf("%+v %+v", first.Stats(), second.Stats())
	}
}

// A client that lives on tries again what failed, and does not believe for ever what it heard.
func TestLasting(t *testing.T) {
	var fails atomic.Bool
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if fails.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	c := New(Options{Lasting: true, Lifetime: -1, Rest: time.Nanosecond, Retries: -1})
	fails.Store(true)
	for range 5 {
		if _, err := c.Get(context.Background(), Request{URL: s.URL}); err == nil {
			t.Fatal("no error")
		}
	}
	fails.Store(false)
	if _, err := c.Get(context.Background(), Request{URL: s.URL}); err != nil {
		t.Fatalf("the host serves again: %v", err)
	}
	before := asked.Load()
	if _, err := c.Get(context.Background(), Request{URL: s.URL}); err != nil || asked.Load() == before {
		t.Errorf("an answer without a lifetime is believed: %v", err)
	}
}

// board is what processes tell each other of hosts that want patience.
type board struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (b *board) Until(_ context.Context, name string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until[name]
}

func (b *board) Pause(_ context.Context, name string, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until[name] = until
}

// A host that asks one process for patience gets it from all of them.
func TestSharedPauses(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(s.Close)
	b := &board{until: map[string]time.Time{}}
	var seen []string
	c := New(Options{Pauses: b, Seen: func(_, outcome string, _ time.Duration) { seen = append(seen, outcome) }})
	for range 2 {
		if _, err := c.Get(context.Background(), Request{URL: s.URL}); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.until) != 1 || len(seen) != 1 || seen[0] != "sent" {
		t.Errorf("told %v, seen %v", b.until, seen)
	}
	for name := range b.until {
		b.Pause(t.Context(), name, time.Now().Add(time.Hour))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	before := asked.Load()
	if _, err := New(Options{Pauses: b}).Get(ctx, Request{URL: s.URL + "/other"}); err == nil || asked.Load() != before {
		t.Errorf("another process asked all the same: %v", err)
	}
}
