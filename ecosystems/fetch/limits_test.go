package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A clock stands still until something sleeps.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	slept time.Duration
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.slept = c.at.Add(d), c.slept+d
	return ctx.Err()
}

// Every answer that is a limit of an account, how long it is waited for, and
// what comes of it in the end.
func TestAccountLimit(t *testing.T) {
	reset := func(after time.Duration) string { return fmt.Sprint(newClock().at.Add(after).Unix()) }
	says := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			_, _ = io.WriteString(w, text)
		}
	}
	for _, test := range []struct {
		name  string
		h     http.HandlerFunc // the first answers
		times int64            // so many
		sent  int64
		slept time.Duration
		want  string // of the error, or the body
	}{
		{"429 and a time", status(429, "Retry-After", "7"), 1, 2, 7 * time.Second, "well"},
		{"429 and no time", status(429, "Retry-After", "0"), 1, 2, time.Second, "well"},
		{"429", status(429), 2, 3, 3 * time.Minute, "well"},
		{"429 for ever", status(429), 99, 3, 3 * time.Minute, "the rate limit is used up until 2026-11-23 12:07:00 UTC"},
		{"429 for ever, a second each", status(429, "Retry-After", "1"), 99, 11, 10 * time.Second, "used up until"},
		{"429 for 68 years", status(429, "Retry-After", "99999999999999999999"), 99, 1, 0, "used up until 2026-11-30 12:00:00 UTC"},
		{"nothing remains", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset(2*time.Minute)), 1, 2, 2*time.Minute + time.Second, "well"},
		{"nothing remains, for an hour", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset(time.Hour)), 1, 1, 0, "used up until 2026-11-23 13:00:01 UTC"},
		{"nothing remains, until nonsense", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "soon"), 1, 2, time.Minute, "well"},
		{"words", says("You have exceeded a secondary rate limit."), 1, 2, time.Minute, "well"},
		{"a refusal", says("Resource not accessible"), 1, 1, 0, "Resource not accessible"},
		{"200", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			_, _ = io.WriteString(w, "well")
		}, 1, 1, 0, "well"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int64
			url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if sent, _ := io.ReadAll(r.Body); string(sent) != "question" {
					t.Errorf("%q was sent", sent)
				}
				if asked.Add(1) <= test.times {
					test.h(w, r)
					return
				}
				_, _ = io.WriteString(w, "well")
			})
			clock := newClock()
			c := client(t, Options{Now: clock.now, Sleep: clock.sleep})
			ctx := Charged(t.Context(), Account{Name: "a", Wait: NewBudget(5 * time.Minute)})
			// A POST, too: what a limit answers had no effect.
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("question"))
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			res, err := c.Whole().RoundTrip(req)
			if err != nil {
				got = err.Error()
				var over *Exhausted
				if Code(err) != RateLimited || !errors.As(err, &over) {
					t.Errorf("%v has code %s", err, Code(err))
				}
			} else {
				data, _ := io.ReadAll(res.Body)
				got = string(data)
			}
			if !strings.Contains(got, test.want) || n.Load() != test.sent || clock.slept != test.slept {
				t.Errorf("%q after %d requests and %v, want %q after %d and %v", got, n.Load(), clock.slept, test.want, test.sent, test.slept)
			}
		})
	}
}

// The limit of one account holds neither the host nor another account back.
func TestAccountsApart(t *testing.T) {
	url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(429)
		}
	})
	left := -1
	c := client(t, Options{})
	for _, test := range []struct{ path, account, code string }{
		{"/a", "a", RateLimited}, {"/a", "a", RateLimited}, {"/other", "a", RateLimited}, {"/b", "b", ""}, {"/free", "", ""}, {"/c", "a", RateLimited},
	} {
		ctx := t.Context()
		if test.account != "" {
			ctx = Charged(ctx, Account{Name: test.account, Left: func(n int) { left = n }})
		}
		if _, err := c.Get(ctx, Request{URL: url + test.path}); err == nil != (test.code == "") || err != nil && Code(err) != test.code {
			t.Errorf("%s for %q: %v", test.path, test.account, err)
		}
	}
	if n.Load() != 3 || left != -1 {
		t.Errorf("%d requests, want 3; %d are left", n.Load(), left)
	}
}

// Requests that wait at the same time wait once.
func TestBudget(t *testing.T) {
	b, now := NewBudget(10*time.Second), newClock().at
	for _, test := range []struct {
		from, to time.Duration
		want     bool
	}{{0, 6 * time.Second, true}, {0, 6 * time.Second, true}, {time.Second, 8 * time.Second, true}, {0, 11 * time.Second, false}, {20 * time.Second, 22 * time.Second, true}, {22 * time.Second, 23 * time.Second, false}} {
		if got := b.book(now.Add(test.from), now.Add(test.to)); got != test.want {
			t.Errorf("from %v to %v: %v", test.from, test.to, got)
		}
	}
}

// A watched is Pauses that notes whether the limits are locked while it is asked.
type watched struct {
	l      *limits
	locked int
	paused time.Time
}

func (w *watched) look() {
	if !w.l.mu.TryLock() {
		w.locked++
		return
	}
	w.l.mu.Unlock()
}

func (w *watched) Until(context.Context, string) time.Time {
	w.look()
	return w.paused
}

func (w *watched) Pause(_ context.Context, _ string, until time.Time) {
	w.look()
	w.paused = until
}

// TestPausesWithoutLock wants no lock to be held while other processes are asked
// or told: that is a query of a database, and every request waits for the lock.
func TestPausesWithoutLock(t *testing.T) {
	w, now := &watched{}, newClock().at
	l := newLimits(Options{Pauses: w})
	w.l = l
	until := now.Add(time.Minute)
	if got := l.meet(t.Context(), "a", until); !got.Equal(until) || !w.paused.Equal(until) {
		t.Errorf("paused until %s, told %s", got, w.paused)
	}
	w.paused = until.Add(time.Hour)
	if got := l.elsewhere(t.Context(), "a"); !got.Equal(w.paused) {
		t.Errorf("ends %s, another process says %s", got, w.paused)
	}
	if got := l.meet(t.Context(), "a", now.Add(time.Second)); !got.Equal(until) { // shorter than what is known
		t.Errorf("ends %s, want %s", got, until)
	}
	if w.locked > 0 {
		t.Errorf("%d times the lock was held", w.locked)
	}
}

// An answer that is cut off is asked for again where that is harmless, and one
// that is too large is no answer.
func TestWhole(t *testing.T) {
	for _, test := range []struct {
		name, method string
		key          bool // the request may be repeated
		h            http.HandlerFunc
		sent         int64
		want         string
	}{
		{"GET", "GET", false, cut(100), 2, "well"},
		{"POST that may be repeated", "POST", true, cut(100), 2, "well"},
		{"POST", "POST", false, cut(100), 1, "cut off"},
		{"POST, nothing came", "POST", false, cut(0), 1, "EOF"},
		{"POST, 503", "POST", false, status(503), 1, "503 Service Unavailable"},
		{"POST that may be repeated, 503", "POST", true, status(503), 2, "well"},
		{"an answer without an end", "GET", false, endless, 1, "larger than 1048576 bytes"},
		{"404", "GET", false, http.NotFound, 1, "404 page not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int64
			url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if asked.Add(1) == 1 {
					test.h(w, r)
					return
				}
				_, _ = io.WriteString(w, "well")
			})
			c := client(t, Options{Limit: 1 << 20})
			req, err := http.NewRequestWithContext(t.Context(), test.method, url, strings.NewReader("x"))
			if err != nil {
				t.Fatal(err)
			}
			if test.key {
				req.Header["Idempotency-Key"] = nil
			}
			res, err := c.Whole().RoundTrip(req)
			got := fmt.Sprint(err)
			if err == nil {
				data, _ := io.ReadAll(res.Body)
				got = string(data)
			}
			if !strings.Contains(got, test.want) || n.Load() != test.sent {
				t.Errorf("%q after %d requests, want %q after %d", got, n.Load(), test.want, test.sent)
			}
		})
	}
}
