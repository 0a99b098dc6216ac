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

// TestHostileGate: who gets a place beside others (report F3).
func TestHostileGate(t *testing.T) {
	a, b, c := &Share{}, &Share{}, &Share{}
	for _, test := range []struct {
		name          string
		size, hostMax int
		held          map[taker]int
		who           taker
		want          bool
	}{
		{"the last place of one", 1, 0, nil, taker{a, "x"}, true},
		{"a full gate", 2, 0, map[taker]int{{a, "x"}: 2}, taker{b, "y"}, false},
		{"half for one pass", 32, 0, map[taker]int{{a, ""}: 15}, taker{a, ""}, true},
		{"not more than half", 32, 0, map[taker]int{{a, ""}: 16}, taker{a, ""}, false},
		{"a second pass beside it", 32, 0, map[taker]int{{a, ""}: 16}, taker{b, ""}, true},
		{"two passes that have a third each", 32, 0, map[taker]int{{a, ""}: 11, {b, ""}: 11}, taker{a, ""}, false},
		{"a third pass beside them", 32, 0, map[taker]int{{a, ""}: 16, {b, ""}: 8}, taker{c, ""}, true},
		{"requests without a pass take all", 32, 0, map[taker]int{{nil, ""}: 31}, taker{nil, ""}, true},
		{"three quarters for one host", 32, 24, map[taker]int{{nil, "x"}: 23}, taker{nil, "x"}, true},
		{"not more for one host", 32, 24, map[taker]int{{nil, "x"}: 24}, taker{nil, "x"}, false},
		{"a second host beside it", 32, 24, map[taker]int{{nil, "x"}: 24}, taker{nil, "y"}, true},
		{"a third host beside two", 32, 24, map[taker]int{{nil, "x"}: 24, {nil, "y"}: 6}, taker{nil, "z"}, true},
		{"a host alone where the operator wants that", 8, 8, map[taker]int{{nil, "x"}: 7}, taker{nil, "x"}, true},
		{"many hosts of one pass", 32, 24, map[taker]int{{a, "x"}: 8, {a, "y"}: 8}, taker{a, "z"}, false},
		{"another pass at the host of the first", 32, 24, map[taker]int{{a, "x"}: 16}, taker{b, "x"}, true},
	} {
		g := newGate(test.size, test.hostMax)
		for who, n := range test.held {
			for range n {
				g.take(who)
			}
		}
		if got := g.admits(test.who); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestHostileGateGivesBack checks that a caller that gives up, in the queue or just admitted, holds no slot.
func TestHostileGateGivesBack(t *testing.T) {
	g := newGate(3, 2)
	p := []*Share{nil, {}, {}, {}}
	var all sync.WaitGroup
	for n := range 200 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			if n%3 == 0 {
				cancel()
			}
			defer cancel()
			release, err := g.acquire(ctx, nil, taker{p[n%4], fmt.Sprint(n % 5)})
			if err == nil {
				release()
				release()
			}
		})
	}
	all.Wait()
	if g.used != 0 || len(g.waiting) != 0 || len(g.passes) != 0 || len(g.hosts) != 0 {
		t.Errorf("left behind: %d used, %d waiting, %v, %v", g.used, len(g.waiting), g.passes, g.hosts)
	}
}

// TestHostileStarve: passes over hosts that begin an answer and never end it
// take no place that another pass needs (report F3: 0.5 s became 6 minutes).
func TestHostileStarve(t *testing.T) {
	over := make(chan struct{})
	begun := make(chan struct{}, 1000)
	hang := func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		begun <- struct{}{}
		<-over
	}
	one, _ := serve(t, hang)
	two, _ := serve(t, hang)
	good, _ := serve(t, plain)
	c := client(t, Options{Parallel: 32, PerHost: 24})
	var all sync.WaitGroup
	for _, url := range []string{one, two} {
		pass := Within(t.Context(), Limits{})
		for n := range 100 {
			all.Go(func() { _, _ = c.Get(pass, Request{URL: fmt.Sprint(url, "/", n)}) }) // ends with the servers
		}
	}
	for range 20 { // both passes have about all that they can get
		<-begun
	}
	pass := Within(t.Context(), Limits{})
	for n := range 7 {
		if _, err := c.Get(pass, Request{URL: fmt.Sprint(good, "/", n)}); err != nil {
			t.Error(err)
		}
	}
	close(over)
	all.Wait()
}

// TestAlone: a pass beside which no other one runs has every place of a host.
func TestAlone(t *testing.T) {
	for _, c := range []struct {
		alone bool
		want  int
	}{{false, 2}, {true, 4}} {
		over, begun := make(chan struct{}), make(chan struct{}, 100)
		url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/first" {
				return
			}
			begun <- struct{}{}
			<-over
		})
		client := client(t, Options{Parallel: 8, PerHost: 4})
		pass := Within(t.Context(), Limits{Alone: c.alone})
		if _, err := client.Get(pass, Request{URL: url + "/first"}); err != nil { // until it serves, a host is only tried
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() { _, _ = client.Get(pass, Request{URL: fmt.Sprint(url, "/", n)}) })
		}
		for range c.want {
			<-begun
		}
		seats := client.wire.host(strings.TrimPrefix(url, "http://")).seats
		seats.mu.Lock()
		if seats.used != c.want {
			t.Errorf("alone %v: %d requests under way, want %d", c.alone, seats.used, c.want)
		}
		seats.mu.Unlock()
		close(over)
		all.Wait()
	}
}

// TestHostileOneHost: a pass that floods a host leaves it to the others as well.
func TestHostileOneHost(t *testing.T) {
	over := make(chan struct{})
	begun := make(chan struct{}, 1000)
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		if strings.HasPrefix(r.URL.Path, "/flood") {
			begun <- struct{}{}
			<-over
		}
	})
	c := client(t, Options{Parallel: 32, PerHost: 24})
	var all sync.WaitGroup
	flood := Within(t.Context(), Limits{})
	for n := range 200 {
		all.Go(func() { _, _ = c.Get(flood, Request{URL: fmt.Sprint(url, "/flood/", n)}) })
	}
	for range 12 {
		<-begun
	}
	if _, err := c.Get(Within(t.Context(), Limits{}), Request{URL: url + "/other"}); err != nil {
		t.Error(err)
	}
	close(over)
	all.Wait()
}

// TestHostileSpeed: what comes too slowly is given up, and what is slow for honest reasons is not.
func TestHostileSpeed(t *testing.T) {
	for _, test := range []struct {
		name  string
		bytes int64
		after time.Duration
		want  bool
	}{
		{"nothing yet, within the grace", 0, 15 * time.Second, false},
		{"a byte a second, within the grace", 15, 15 * time.Second, false},
		{"a byte a second", 16, 16 * time.Second, true},
		{"a hundred bytes a second", 2000, 20 * time.Second, true},
		{"one KiB a second", 20 << 10, 20 * time.Second, false},
		{"a burst, then drops", 30 << 10, 31 * time.Second, true},
		{"a modem", 16 * 5600, 16 * time.Second, false},
	} {
		w := &watch{least: 1 << 10, grace: 15 * time.Second, bytes: test.bytes}
		if got := w.tooSlow(test.after); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestHostileDrip: a host whose answers drip is given up after a few, whatever else is waiting for it.
func TestHostileDrip(t *testing.T) {
	url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for {
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Millisecond):
			}
		}
	})
	c := client(t, Options{LeastSpeed: 1 << 30, Grace: time.Nanosecond, Parallel: 8})
	for n := range 20 {
		_, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/", n)})
		if Code(err) != Unreachable || !strings.Contains(err.Error(), "bytes a second") {
			t.Errorf("%d: %v", n, err)
		}
	}
	if n.Load() != failuresToOpen || len(c.FailedHosts()) != 1 {
		t.Errorf("%d requests, failed %v; want %d and one host", n.Load(), c.FailedHosts(), failuresToOpen)
	}
}

// TestHostileLimits: a pass that has used up its requests gets no more; another
// one does, and what is no lookup does too (report F4).
func TestHostileLimits(t *testing.T) {
	url, n := serve(t, plain)
	c := client(t, Options{})
	pass := Within(t.Context(), Limits{Requests: 5})
	for n := range 20 {
		_, err := c.Get(pass, Request{URL: fmt.Sprint(url, "/", n)})
		if wantErr := n >= 5; wantErr != (err != nil) || wantErr && (Code(err) != Limit || !strings.Contains(err.Error(), "limits.requests")) {
			t.Errorf("request %d: %v", n, err)
		}
	}
	if n.Load() != 5 {
		t.Errorf("%d requests, want 5", n.Load())
	}
	for _, ctx := range []context.Context{t.Context(), Within(t.Context(), Limits{Requests: 1})} {
		if _, err := c.Get(ctx, Request{URL: fmt.Sprint(url, "/", 7)}); err != nil {
			t.Errorf("another pass gets the answer of the first: %v", err)
		}
	}
	req, _ := http.NewRequestWithContext(pass, http.MethodGet, url, nil)
	res, err := c.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if body, err := c.Stream(pass, Request{URL: url + "/stream"}); Code(err) != Limit || body != nil {
		t.Errorf("Stream: %v, %v", body, err)
	}
}

// TestHostileLimitRetries: a server that wants everything again counts for it.
func TestHostileLimitRetries(t *testing.T) {
	url, n := serve(t, status(503))
	_, err := client(t, Options{Retries: 10}).Get(Within(t.Context(), Limits{Requests: 3}), Request{URL: url})
	if n.Load() != 3 || Code(err) != Limit {
		t.Errorf("%d requests, %v", n.Load(), err)
	}
}

// TestHostileTime: a pass ends its lookups in time, those under way too, and nothing else ends with it.
func TestHostileTime(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	for name, get := range map[string]func(*Client, context.Context) error{
		"get": func(c *Client, ctx context.Context) error {
			_, err := c.Get(ctx, Request{URL: url})
			return err
		},
		"stream": func(c *Client, ctx context.Context) error {
			body, err := c.Stream(ctx, Request{URL: url})
			if err == nil {
				_, err = io.ReadAll(body)
				_ = body.Close()
			}
			return err
		},
	} {
		pass := Within(t.Context(), Limits{Time: 50 * time.Millisecond})
		err := get(client(t, Options{}), pass)
		if name == "get" && (Code(err) != Limit || !strings.Contains(err.Error(), "limits.time")) || err == nil || pass.Err() != nil {
			t.Errorf("%s: %v; the context: %v", name, err, pass.Err())
		}
	}
}

// TestHostileLarge: no more than a few large answers are held at once, however many come.
func TestHostileLarge(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for range 3 {
			_, _ = w.Write(make([]byte, 1<<20)) // the client may have gone
		}
	})
	var now, most atomic.Int64
	c := client(t, Options{Parallel: 24, PerHost: 24})
	var all sync.WaitGroup
	for n := range 24 {
		all.Go(func() {
			res, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/", n), Check: func([]byte, http.Header) error {
				for k := now.Add(1); ; {
					if m := most.Load(); k <= m || most.CompareAndSwap(m, k) {
						break
					}
				}
				defer now.Add(-1)
				return nil
			}})
			if err != nil || len(res.Body) != 3<<20 {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	all.Wait()
	if most.Load() > mostLarge {
		t.Errorf("%d large answers at once, want at most %d", most.Load(), mostLarge)
	}
}

// TestHostileSizes: an answer at, and over, its limit and that from which it is large.
func TestHostileSizes(t *testing.T) {
	for _, test := range []struct {
		size, limit int
		chunked     bool
		code        string
	}{
		{0, 1, true, ""}, {1, 1, true, ""}, {2, 1, true, TooLarge}, {2, 1, false, TooLarge},
		{largeFrom - 1, largeFrom, true, ""}, {largeFrom, largeFrom, true, ""}, {largeFrom + 1, largeFrom, true, TooLarge},
		{largeFrom, largeFrom - 1, true, TooLarge}, {largeFrom, 2 * largeFrom, false, ""}, {2 * largeFrom, 2 * largeFrom, true, ""},
		{2*largeFrom + 1, 2 * largeFrom, true, TooLarge}, {2*largeFrom + 1, 2 * largeFrom, false, TooLarge},
	} {
		url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if test.chunked {
				w.(http.Flusher).Flush()
			} else {
				w.Header().Set("Content-Length", fmt.Sprint(test.size))
			}
			_, _ = w.Write(make([]byte, test.size)) // the client may have gone
		})
		res, err := client(t, Options{}).Get(t.Context(), Request{URL: url, Limit: int64(test.limit)})
		var e *Error
		if test.code == "" && (err != nil || len(res.Body) != test.size) || test.code != "" && (!errors.As(err, &e) || e.Code != test.code) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}
