package fetch

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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
		{"403 where nothing remains", status(403, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "4070908800"), RateLimited, 1, "403 Forbidden, not before 2099-01-01"},
		{"403 where something remains", status(403, "X-RateLimit-Remaining", "1", "X-RateLimit-Reset", "4070908800"), Unauthorized, 1, "403 Forbidden"},
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
