package fetch

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestBody posts a question: again after a fault, kept by what was asked.
func TestBody(t *testing.T) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		if len(asked) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "answer to "+string(body))
	}))
	defer s.Close()
	c := New(Options{CacheDir: t.TempDir(), Lifetime: time.Hour})
	for _, q := range []string{`{"a":1}`, `{"a":2}`, `{"a":1}`} {
		res, err := c.Get(t.Context(), Request{URL: s.URL, Body: []byte(q)})
		if err != nil || string(res.Body) != "answer to "+q {
			t.Fatalf("%v, %v", res, err)
		}
	}
	want := `POST application/json {"a":1}|POST application/json {"a":1}|POST application/json {"a":2}`
	if got := strings.Join(asked, "|"); got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
}

// TestStream passes by the cache, and ends where too much comes.
func TestStream(t *testing.T) {
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		_, _ = io.WriteString(w, strings.Repeat("x", 1000))
	}))
	defer s.Close()
	c := New(Options{CacheDir: t.TempDir(), Lifetime: time.Hour})
	for _, limit := range []int64{2000, 2000, 10} {
		body, err := c.Stream(t.Context(), Request{URL: s.URL, Limit: limit})
		var data []byte
		if err == nil {
			data, err = io.ReadAll(body)
			body.Close()
		}
		if limit > 1000 && (err != nil || len(data) != 1000) || limit < 1000 && Code(err) != TooLarge {
			t.Errorf("limit %d: %d bytes, %v", limit, len(data), err)
		}
	}
	if n != 3 {
		t.Errorf("asked %d times", n)
	}
	if _, err := c.Stream(t.Context(), Request{URL: s.URL + "/\x7f"}); err == nil {
		t.Error("an address that is none")
	}
}
