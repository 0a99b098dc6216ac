package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// serve starts a server that counts its requests.
func serve(t *testing.T, h http.HandlerFunc) (url string, n *atomic.Int64) {
	t.Helper()
	n = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, n
}

// client returns a client that does not dawdle.
func client(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Backoff == 0 {
		o.Backoff = time.Millisecond
	}
	c := New(o)
	t.Cleanup(c.Close)
	return c
}

func status(code int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// cut ends the connection in the middle of an answer.
func cut(promise int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		if promise > 0 {
			fmt.Fprintf(buf, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\nhalf", promise)
			buf.Flush()
		}
		conn.Close()
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	for range 200 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return
		}
	}
}

func gzipBomb(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	for range 64 {
		z.Write(make([]byte, 1<<20))
	}
	z.Close()
}

func again(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }

func announced(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "209715200")
	endless(w, r)
}

// Every fault, with the code and the number of requests that it costs.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name    string
		h       http.HandlerFunc
		code    string
		sent    int64
		message string
	}{
		{"401", status(401), Unauthorized, 1, "401 Unauthorized"},
		{"403", status(403), Unauthorized, 1, "403 Forbidden"},
		{"403 of a rate limit", status(403, "Retry-After", "0"), RateLimited, 4, "429 Too Many Requests"},
		{"404", status(404), NotFound, 1, "404 Not Found"},
		{"410", status(410), NotFound, 1, "410 Gone"},
		{"418", status(418), BadAnswer, 1, "418 I'm a teapot"},
		{"204", status(204), BadAnswer, 1, "204 No Content"},
		{"522 of a gateway", status(522), Unreachable, 4, "522"},
		{"408", status(408), Unreachable, 4, "408 Request Timeout"},
		{"501", status(501), Unreachable, 1, "501 Not Implemented"},
		{"599", status(599), Unreachable, 1, "599"},
		{"429", status(429), RateLimited, 4, "429 Too Many Requests"},
		{"429 for a moment", status(429, "Retry-After", "0"), RateLimited, 4, "429 Too Many Requests"},
		{"429 for an hour", status(429, "Retry-After", "3600"), RateLimited, 1, "429 Too Many Requests, not before 2"},
		{"429 until 2099", status(429, "Retry-After", "Fri, 31 Dec 2099 23:59:59 GMT"), RateLimited, 1, "not before 2099-12-31"},
		{"429 for ever", status(429, "Retry-After", "99999999999999999999"), RateLimited, 1, "not before 20"},
		{"429 until nonsense", status(429, "Retry-After", "soon"), RateLimited, 4, "429"},
		{"500", status(500), Unreachable, 2, "500 Internal Server Error"},
		{"502", status(502), Unreachable, 4, "502 Bad Gateway"},
		{"503", status(503), Unreachable, 4, "503 Service Unavailable"},
		{"503 for an hour", status(503, "Retry-After", "3600"), Unreachable, 1, "503 Service Unavailable, not before"},
		{"504", status(504), Unreachable, 4, "504 Gateway Timeout"},
		{"connection cut before the answer", cut(0), Unreachable, 4, "EOF"},
		{"connection cut within the answer", cut(1000), BadAnswer, 3, "cut off"},
		{"200 MB announced", announced, TooLarge, 1, "larger than 1048576 bytes"},
		{"200 MB without an end in sight", endless, TooLarge, 1, "larger than 1048576 bytes"},
		{"64 MB in a few bytes", gzipBomb, TooLarge, 1, "larger than 1048576 bytes"},
		{"redirect in a circle", again, BadAnswer, 10, "too many redirects"},
		{"redirect to a file", status(302, "Location", "file:///etc/passwd"), Refused, 1, "not an http or https address"},
		{"redirect without a place", status(302), BadAnswer, 1, "302 Found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			url, n := serve(t, test.h)
			c := client(t, Options{Limit: 1 << 20})
			_, err := c.Get(t.Context(), Request{URL: url + "/x"})
			if Code(err) != test.code || n.Load() != test.sent || !strings.Contains(fmt.Sprint(err), test.message) {
				t.Errorf("Get = %v (%s) after %d requests, want %q (%s) after %d", err, Code(err), n.Load(), test.message, test.code, test.sent)
			}
			if got := c.Stats().Sent; got != int(n.Load()) {
				t.Errorf("Stats().Sent = %d, the server saw %d", got, n.Load())
			}
			if strings.Contains(fmt.Sprint(err), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestRecovers(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault http.HandlerFunc
	}{
		{"429", status(429, "Retry-After", "0")}, {"500", status(500)}, {"502", status(502)}, {"503", status(503)}, {"504", status(504)},
		{"cut before", cut(0)}, {"cut within", cut(100)},
	} {
		t.Run(test.name, func(t *testing.T) {
			var seen atomic.Int64
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if seen.Add(1) == 1 {
					test.fault(w, r)
					return
				}
				io.WriteString(w, "well")
			})
			res, err := client(t, Options{}).Get(t.Context(), Request{URL: url})
			if err != nil || string(res.Body) != "well" {
				t.Errorf("Get = %v, %v, want the second answer", res, err)
			}
		})
	}
}

// A server that never begins, and one that stops in the middle.
func TestSlow(t *testing.T) {
	for _, test := range []struct {
		name  string
		begin bool
	}{{"no answer", false}, {"half an answer", true}} {
		t.Run(test.name, func(t *testing.T) {
			url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if test.begin {
					io.WriteString(w, "half")
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			})
			c := client(t, Options{Timeout: 50 * time.Millisecond})
			_, err := c.Get(t.Context(), Request{URL: url})
			if Code(err) != Unreachable || !errors.Is(err, errSlow) {
				t.Errorf("Get = %v, want %v", err, errSlow)
			}
		})
	}
}

func TestDrip(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, "a")
			w.(http.Flusher).Flush()
		}
	})
	_, err := client(t, Options{MaxTime: 100 * time.Millisecond}).Get(t.Context(), Request{URL: url})
	if code := Code(err); code != Unreachable && code != TooLarge {
		t.Errorf("Get = %v, want an end", err)
	}
}

func TestPostIsNeverRepeated(t *testing.T) {
	for _, h := range []http.HandlerFunc{status(429, "Retry-After", "0"), status(503), status(500), cut(0)} {
		url, n := serve(t, h)
		c := client(t, Options{})
		res, err := (&http.Client{Transport: c.Transport()}).Post(url, "text/plain", strings.NewReader("x"))
		if err == nil {
			res.Body.Close()
		}
		if err == nil || n.Load() != 1 {
			t.Errorf("Post = %v after %d requests, want an error after 1", err, n.Load())
		}
	}
}

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

func TestOneFlight(t *testing.T) {
	started, goOn := make(chan struct{}), make(chan struct{})
	url, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(started)
		<-goOn
		io.WriteString(w, "once")
	})
	c := client(t, Options{})
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if res, err := c.Get(t.Context(), Request{URL: url}); err != nil || string(res.Body) != "once" {
				t.Errorf("Get = %v, %v", res, err)
			}
		})
	}
	<-started
	close(goOn)
	group.Wait()
	if n.Load() != 1 || c.Stats() != (Stats{Sent: 1, Cached: 49}) {
		t.Errorf("%d requests, %+v, want 1 and 49 from memory", n.Load(), c.Stats())
	}
}

// Whoever asked first may give up; the others still get their answer.
func TestLeaderGivesUp(t *testing.T) {
	var seen atomic.Int64
	first := make(chan struct{})
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if seen.Add(1) == 1 {
			close(first)
			<-r.Context().Done()
		}
	})
	c := client(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := c.Get(ctx, Request{URL: url}); !errors.Is(err, context.Canceled) {
			t.Errorf("first: %v, want canceled", err)
		}
	})
	<-first
	group.Go(func() {
		if _, err := c.Get(t.Context(), Request{URL: url}); err != nil {
			t.Errorf("second: %v", err)
		}
	})
	cancel()
	group.Wait()
}

func TestGzip(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, "unpacked")
		z.Close()
		w.Write(b.Bytes())
	})
	if res, err := client(t, Options{}).Get(t.Context(), Request{URL: url}); err != nil || string(res.Body) != "unpacked" {
		t.Errorf("Get = %v, %v", res, err)
	}
}

func TestCheck(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") })
	dir := t.TempDir()
	want := errors.New("HTML, not JSON")
	for range 2 {
		c := client(t, Options{CacheDir: dir})
		_, err := c.Get(t.Context(), Request{URL: url, Check: func([]byte, http.Header) error { return want }})
		if Code(err) != BadAnswer || !errors.Is(err, want) || c.Stats().Sent != 1 {
			t.Errorf("Get = %v after %+v, want %v, and not remembered on disk", err, c.Stats(), want)
		}
	}
}

func TestMalformedAddress(t *testing.T) {
	for _, url := range []string{"", "x", "ftp://h/x", "file:///etc/passwd", "http://", "http:secret@host/", "://", "http://a b/", "http://u:secret@[::1/"} {
		_, err := client(t, Options{}).Get(t.Context(), Request{URL: url})
		if Code(err) != BadAnswer || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("Get(%q) = %v, want bad-answer without the secret", url, err)
		}
	}
}

// What a server writes cannot reach a terminal as a command.
func TestErrorIsOneCleanLine(t *testing.T) {
	e := &Error{Code: BadAnswer, Method: "GET", URL: "http://h/", Err: errors.New("a\r\nb\x1b[31mc\u009bd\u202ee")}
	if got, want := e.Error(), "GET http://h/: a b [31mc d e"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, " 7 ": 7 * time.Second, "-1": 0, "soon": 0, "1.5": 0,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
		"Friday, 02-Jan-26 03:05:05 GMT": time.Minute, "99999999999999999999": 1 << 31 * time.Second,
		"18446744073709551615": 1 << 31 * time.Second,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("retryAfter(%q) = %v, want %v", value, got, want)
		}
	}
}
