package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

const get = "GET /repos/acme/shop/commits"

func TestRetries(t *testing.T) {
	ok := answer{body: `[{"commit":{"message":"first\nsecond"}}]`}
	status := func(n int) answer { return answer{status: n, body: `{"message":"no"}`} }
	reset := func(after time.Duration) string {
		return fmt.Sprintf("X-RateLimit-Remaining: 0\nX-RateLimit-Reset: %d", newClock().at.Add(after).Unix())
	}
	for _, tt := range []struct {
		name    string
		answers []answer
		sent    int
		least   time.Duration // slept
		most    time.Duration
		code    string // of the refusal
		err     string
	}{
		{"5xx that passes", []answer{status(502), status(503), status(504), ok}, 4, 7 * time.Second, 14 * time.Second, "", ""},
		{"5xx that stays", []answer{status(502)}, 4, 7 * time.Second, 14 * time.Second, "", "502 Bad Gateway"},
		{"500 that passes", []answer{status(500), ok}, 2, time.Second, 2 * time.Second, "", ""},
		{"500 that stays", []answer{status(500)}, 2, time.Second, 2 * time.Second, "", "500 Internal Server Error"},
		{"a dropped connection", []answer{{drop: true}, ok}, 2, time.Second, 2 * time.Second, "", ""},
		{"a cut answer", []answer{{cut: true, body: "[{"}, ok}, 2, time.Second, 2 * time.Second, "", ""},
		{"a page of HTML", []answer{{body: "<html>"}}, 1, 0, 0, "", "invalid character"},
		{"503 that says how long", []answer{{status: 503, header: "Retry-After: 30"}, ok}, 2, 30 * time.Second, 31 * time.Second, "", ""},
		{"429 with Retry-After", []answer{{status: 429, header: "Retry-After: 7"}, ok}, 2, 7 * time.Second, 7 * time.Second, "", ""},
		{"429 with a date", []answer{{status: 429, header: "Retry-After: Mon, 23 Nov 2026 12:00:20 GMT"}, ok}, 2, 20 * time.Second, 20 * time.Second, "", ""},
		{"429 without anything", []answer{status(429), ok}, 2, time.Minute, time.Minute, "", ""},
		{"429 again and again", []answer{status(429), status(429), ok}, 3, 3 * time.Minute, 3 * time.Minute, "", ""},
		{"429 for ever", []answer{status(429)}, 3, 3 * time.Minute, 3 * time.Minute, "rate-limited", "used up until 2026-11-23 12:07:00 UTC"},
		{"429 for ever, a second each", []answer{{status: 429, header: "Retry-After: 1"}}, 11, 10 * time.Second, 10 * time.Second, "rate-limited", "used up"},
		{"403 secondary with Retry-After", []answer{{status: 403, header: "Retry-After: 3"}, ok}, 2, 3 * time.Second, 3 * time.Second, "", ""},
		{"403 secondary without", []answer{{status: 403, body: `{"message":"You have exceeded a secondary rate limit. Please wait"}`}, ok}, 2, time.Minute, time.Minute, "", ""},
		{"403 secondary, old words", []answer{{status: 403, body: `{"message":"You have triggered an abuse detection mechanism."}`}, ok}, 2, time.Minute, time.Minute, "", ""},
		{"403 primary", []answer{{status: 403, header: reset(2 * time.Minute)}, ok}, 2, 2*time.Minute + time.Second, 2*time.Minute + time.Second, "", ""},
		{"403 primary, reset is past", []answer{{status: 403, header: reset(-time.Hour)}, ok}, 2, time.Second, time.Second, "", ""},
		{"403 primary, an hour", []answer{{status: 403, header: reset(time.Hour)}}, 1, 0, 0, "rate-limited", "used up until 2026-11-23 13:00:01 UTC"},
		{"429 a week", []answer{{status: 429, header: "Retry-After: 99999999999"}}, 1, 0, 0, "rate-limited", "used up until"},
		{"200 and nothing remains", []answer{{body: ok.body, header: reset(time.Hour)}, ok}, 1, 0, 0, "", ""},
		{"403 that is none", []answer{{status: 403, body: `{"message":"Resource not accessible by integration"}`, header: "X-RateLimit-Remaining: 4999"}}, 1, 0, 0, "no-permission", `"contents: read"`},
		{"401", []answer{{status: 401, body: `{"message":"Bad credentials"}`}}, 1, 0, 0, "no-permission", "does not accept the token"},
		{"404", []answer{status(404)}, 1, 0, 0, "", "404 no"},
		{"410", []answer{status(410)}, 1, 0, 0, "", "410 no"},
		{"451", []answer{status(451)}, 1, 0, 0, "disabled", "disabled"},
		{"409", []answer{{status: 409, body: `{"message":"Git Repository is empty."}`}}, 1, 0, 0, "empty", "acme/shop has no commits yet"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := newFake(t, map[string][]answer{"GET /repos/acme/shop/commits": tt.answers})
			f, c, log := testForge(t, server.URL, nil)
			_, err := f.Subjects(t.Context(), "acme/shop")
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("Subjects: %v, want %q", err, tt.err)
			}
			var refused *forge.Denied
			if errors.As(err, &refused); refused == nil != (tt.code == "") || refused != nil && (refused.Code != tt.code || refused.Repo != "acme/shop") {
				t.Errorf("Subjects: %#v, want the code %q", err, tt.code)
			}
			if n := len(server.requests()); n != tt.sent {
				t.Errorf("%d requests, want %d", n, tt.sent)
			}
			if reads, writes := f.Requests("Acme/shop"); reads != tt.sent || writes != 0 {
				t.Errorf("%d reads and %d writes counted, want %d and 0", reads, writes, tt.sent)
			}
			if slept := c.total(); slept < tt.least || slept > tt.most {
				t.Errorf("slept %v, want %v to %v", slept, tt.least, tt.most)
			}
			if strings.Contains(log.String(), "ghp_") || err != nil && strings.Contains(err.Error(), "ghp_") {
				t.Errorf("the token is told: %v\n%s", err, log)
			}
		})
	}
}

// A limit that one goroutine ran into holds the others back, and a limit that
// ends too late is not asked about again.
func TestLimitIsRemembered(t *testing.T) {
	server := newFake(t, map[string][]answer{
		get:                             {{status: 429, header: "Retry-After: 3600"}, {body: "[]"}},
		"GET /repos/other/shop/commits": {{body: "[]"}},
	})
	f, c, _ := testForge(t, server.URL, nil)
	for _, repo := range []string{"acme/shop", "acme/shop", "other/shop"} {
		var refused *forge.Denied
		if _, err := f.Subjects(t.Context(), repo); !errors.As(err, &refused) || refused.Code != "rate-limited" {
			t.Errorf("Subjects(%s) = %v", repo, err)
		}
	}
	if n := len(server.requests()); n != 1 {
		t.Errorf("%d requests while the limit holds, want 1", n)
	}
	_ = c.sleep(t.Context(), time.Hour)
	if _, err := f.Subjects(t.Context(), "acme/shop"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestRedirects(t *testing.T) {
	elsewhere := newFake(t, map[string][]answer{"GET /stolen": {{body: "[]"}}})
	to := func(status int, place string) []answer {
		return []answer{{status: status, header: "Location: " + place}}
	}
	server := newFake(t, map[string][]answer{
		"GET /repos/acme/old/commits":     to(301, "$URL/repositories/7/commits"),
		"GET /repositories/7/commits":     {{body: `[{"commit":{"message":"renamed"}}]`}},
		"GET /repos/acme/far/commits":     to(302, elsewhere.URL+"/stolen"),
		"GET /repos/acme/loop/commits":    to(301, "$URL/repos/acme/loop/commits"),
		"POST /repos/acme/old/git/refs":   to(307, "$URL/repositories/7/git/refs"),
		"POST /repositories/7/git/refs":   {{status: 201, body: "{}"}},
		"POST /repos/acme/other/git/refs": to(302, "$URL/repositories/8/git/refs"),
		"GET /repos/acme/broken/commits":  to(301, "http://%zz"),
	})
	f, _, _ := testForge(t, server.URL, nil)
	if got, err := f.Subjects(t.Context(), "acme/old"); err != nil || len(got) != 1 || got[0] != "renamed" {
		t.Errorf("a renamed repository: %v, %v", got, err)
	}
	if server.queries[0] == "" || server.queries[1] != server.queries[0] {
		t.Errorf("the query is lost: %q", server.queries)
	}
	for _, repo := range []string{"acme/far", "acme/loop", "acme/broken"} {
		if got, err := f.Subjects(t.Context(), repo); err == nil {
			t.Errorf("%s: %v", repo, got)
		}
	}
	if got := elsewhere.requests(); len(got) > 0 {
		t.Errorf("another host was asked: %v %v", got, elsewhere.auth)
	}
	ctx := withCall(t.Context(), "acme/old")
	if _, err := f.newRef(ctx, "acme/old", "heads/x", gittree.EmptyBlob); err != nil {
		t.Errorf("a write to a renamed repository: %v", err)
	}
	ctx = withCall(t.Context(), "acme/other")
	if _, err := f.newRef(ctx, "acme/other", "heads/x", gittree.EmptyBlob); err == nil {
		t.Error("a write that would have become a read is taken for done")
	}
	for _, r := range server.requests() {
		if r == "GET /repositories/8/git/refs" {
			t.Error("a write became a read")
		}
	}
}

func TestCancelled(t *testing.T) {
	server := newFake(t, map[string][]answer{get: {{status: 502}}})
	f, _, _ := testForge(t, server.URL, func(o *Options) {
		o.HTTP.Sleep = func(ctx context.Context, _ time.Duration) error { return context.Canceled }
	})
	if _, err := f.Subjects(t.Context(), "acme/shop"); !errors.Is(err, context.Canceled) {
		t.Errorf("Subjects = %v, want canceled", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Subjects(ctx, "acme/shop"); !errors.Is(err, context.Canceled) {
		t.Errorf("Subjects = %v, want canceled", err)
	}
}

func TestAnswersHaveAnEnd(t *testing.T) {
	server := newFake(t, map[string][]answer{get: {{body: "[" + strings.Repeat(" ", maxAnswer)}}})
	f, _, _ := testForge(t, server.URL, nil)
	if _, err := f.Subjects(t.Context(), "acme/shop"); err == nil || !strings.Contains(err.Error(), "larger than 67108864 bytes") {
		t.Errorf("Subjects = %v", err)
	}
	if n := len(server.requests()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestRepositoryNames(t *testing.T) {
	server := newFake(t, nil)
	f, _, _ := testForge(t, server.URL, nil)
	for _, repo := range []string{"", "acme", "acme/", "/shop", "acme/shop/x", "acme/..", "acme/.", "../shop", "acme/shop?x", "a b/c", "acme/shop%2f", "acme/sh\nop"} {
		var refused *forge.Denied
		if _, err := f.Open(t.Context(), repo); !errors.As(err, &refused) || refused.Code != "not-found" {
			t.Errorf("Open(%q) = %v", repo, err)
		}
	}
	if got := server.requests(); len(got) > 0 {
		t.Errorf("asked %v", got)
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct{ address, base, graphql, err string }{
		{"", "https://api.github.com/", "https://api.github.com/graphql", ""},
		{"https://api.github.com", "https://api.github.com/", "https://api.github.com/graphql", ""},
		{"https://ghe.acme.com/api/v3", "https://ghe.acme.com/api/v3/", "https://ghe.acme.com/api/graphql", ""},
		{"https://ghe.acme.com/api/v3/?x=1", "https://ghe.acme.com/api/v3/", "https://ghe.acme.com/api/graphql", ""},
		{"ghe.acme.com", "", "", "not an http(s) address"},
		{"ftp://ghe.acme.com", "", "", "not an http(s) address"},
		{"https://user:pass@ghe.acme.com/", "", "", "not an http(s) address"},
		{"https://%zz", "", "", "not an http(s) address"},
	} {
		f, err := New(Options{APIURL: tt.address})
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "pass") {
				t.Errorf("New(%q) = %v", tt.address, err)
			}
			continue
		}
		if err != nil || f.api.BaseURL.String() != tt.base || f.graphql != tt.graphql {
			t.Errorf("New(%q): %v, %v, %v", tt.address, f.api.BaseURL, f.graphql, err)
		}
	}
	var _ http.RoundTripper = (*transport)(nil)
}
