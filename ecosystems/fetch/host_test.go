package fetch

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A dead host costs a few requests their retries; all others of that host fail
// at once, and those of living hosts are not touched.
func TestDeadHost(t *testing.T) {
	for _, test := range []struct {
		name string
		h    http.HandlerFunc
		code string
		most int64 // requests: five see an attempt before three have used up theirs
	}{
		{"429", status(429), RateLimited, 12},
		{"429 for an hour", status(429, "Retry-After", "3600"), RateLimited, 3},
		{"500", status(500), Unreachable, 10},
		{"502", status(502), Unreachable, 20},
		{"503", status(503), Unreachable, 20},
		{"hangs up", cut(0), Unreachable, 20},
		{"hangs", func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Unreachable, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			dead, n := serve(t, test.h)
			alive, _ := serve(t, plain)
			o := Options{}
			if test.name == "hangs" {
				o.Timeout = 3 * time.Second // enough for the living one on a busy machine
			}
			c := client(t, o)
			var group sync.WaitGroup
			for i := range 100 {
				for _, base := range []string{dead, alive} {
					group.Go(func() {
						_, err := c.Get(t.Context(), Request{URL: fmt.Sprint(base, "/", i)})
						if want := map[string]string{dead: test.code}[base]; err != nil && Code(err) != want || err == nil && want != "" {
							t.Errorf("Get(%s) = %v", base, err)
						}
					})
				}
			}
			group.Wait()
			if n.Load() > test.most {
				t.Errorf("the dead host was asked %d times, want %d at most", n.Load(), test.most)
			}
			failed := c.FailedHosts()
			if len(failed) != 1 || failed[0].Host != strings.TrimPrefix(dead, "http://") || failed[0].Code != test.code || failed[0].Requests != 100 {
				t.Errorf("FailedHosts() = %+v, want one with 100 requests", failed)
			}
		})
	}
}

// A host that dies in the middle of a run is found out too.
func TestDiesLater(t *testing.T) {
	for _, h := range []http.HandlerFunc{status(429), status(503), cut(0)} {
		var served atomic.Int64
		url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if served.Add(1) > 10 {
				h(w, r)
			}
		})
		c := client(t, Options{PerHost: 4})
		for i := range 10 {
			if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/", i)}); err != nil {
				t.Fatal(err)
			}
		}
		var group sync.WaitGroup
		for i := range 200 {
			group.Go(func() {
				if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/late/", i)}); err == nil {
					t.Error("an answer of a dead host")
				}
			})
		}
		group.Wait()
		if n.Load() > 250 { // 502 and the like may be about one package: each is tried once
			t.Errorf("%d requests, want hardly more than one each", n.Load())
		}
	}
}

func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	c := client(t, Options{})
	for i := range 3 {
		_, err := c.Get(t.Context(), Request{URL: fmt.Sprintf("http://%s/%d", addr, i)})
		if Code(err) != Unreachable || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("Get = %v, want connection refused", err)
		}
	}
	if sent := c.Stats().Sent; sent != 1 {
		t.Errorf("sent %d, want 1: a host that never answered is not worth waiting for", sent)
	}
}

// A gateway that fails for one package must not cost the others.
func TestOneBrokenPackage(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/broken") {
			w.WriteHeader(502)
		}
	})
	c := client(t, Options{})
	for i := range 5 {
		if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/broken", i)}); Code(err) != Unreachable {
			t.Errorf("broken package: %v", err)
		}
		if _, err := c.Get(t.Context(), Request{URL: fmt.Sprint(url, "/fine", i)}); err != nil {
			t.Errorf("another package: %v", err)
		}
	}
}

// The limits hold at every moment, also while hosts turn out to serve.
func TestLimits(t *testing.T) {
	var all gauge
	hosts := make([]gauge, 3)
	var urls []string
	for i := range hosts {
		url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			defer all.enter()()
			defer hosts[i].enter()()
			if r.URL.Path == "/7" {
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})
		urls = append(urls, url)
	}
	c := client(t, Options{Parallel: 5, PerHost: 3})
	var group sync.WaitGroup
	for i := range 300 {
		group.Go(func() {
			_, err := c.Get(t.Context(), Request{URL: fmt.Sprint(urls[i%3], "/", i)})
			if err != nil && Code(err) != RateLimited {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := all.most.Load(); n > 5 {
		t.Errorf("%d requests at once, want 5 at most", n)
	}
	for i := range hosts {
		if n := hosts[i].most.Load(); n > 3 {
			t.Errorf("%d requests at once to one host, want 3 at most", n)
		}
	}
}

// A gauge counts who is inside, and how many there were at most.
type gauge struct{ now, most atomic.Int64 }

func (g *gauge) enter() (leave func()) {
	n := g.now.Add(1)
	for old := g.most.Load(); n > old && !g.most.CompareAndSwap(old, n); old = g.most.Load() {
	}
	return func() { g.now.Add(-1) }
}
