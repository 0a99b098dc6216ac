package github

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	maxAnswer = 64 << 20         // bytes of one answer; the largest tree listing has some 20 MiB
	patience  = 60 * time.Second // for one try
	tries     = 4                // of a request that may be repeated
	limitHits = 10               // how often one request may run into a rate limit
)

// A signer knows who we are.
type signer interface {
	// sign returns the Authorization for a repository, and the name of the
	// account whose rate limit the request counts against.
	sign(ctx context.Context, repo string) (authorization, account string, err error)
	// renew forgets an Authorization that was not accepted, and reports whether there can be another.
	renew(repo, authorization string) bool
}

// bearer is a token that somebody gave us.
type bearer string

func (b bearer) sign(context.Context, string) (string, string, error) {
	if b == "" {
		return "", "", nil
	}
	return "Bearer " + string(b), "", nil
}

func (b bearer) renew(string, string) bool { return false }

// transport sends requests: signed, counted, a few at a time, and repeated
// where that cannot do anything twice. It reads each answer to its end, so that
// a cut connection is repeated like a failed one, and hides the rate limits
// from go-github, which knows them by halves and would refuse by itself.
type transport struct {
	base    http.RoundTripper
	host    *url.URL // only here tokens are shown
	sign    signer
	counts  *counts // nil counts nothing
	slots   chan struct{}
	limits  *limits
	scopes  atomic.Pointer[string] // of a classic token, as GitHub told them last; nil where it tells none
	maxWait time.Duration
	log     *slog.Logger
	now     func() time.Time
	sleep   func(context.Context, time.Duration) error
}

func newTransport(o Options, host *url.URL) *transport {
	return &transport{
		base: o.HTTP, host: host, slots: make(chan struct{}, o.Jobs), limits: &limits{until: map[string]time.Time{}, shared: o.Pauses, left: o.Left},
		maxWait: o.MaxWait, log: o.Log, now: o.Now, sleep: o.Sleep,
	}
}

// RoundTrip sends a request, and sends it again where that is right.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	renewed := false
	for failed, hits := 0, 0; ; {
		auth, account, err := t.authorize(req, c)
		if err != nil {
			return nil, err
		}
		account += resource(req)
		if err := t.hold(req.Context(), c, account); err != nil {
			return nil, err
		}
		resp, err := t.send(req, c, auth)
		switch then, hit := t.limits.seen(req.Context(), account, resp, t.now(), hits); {
		case hit && hits < limitHits:
			hits++
			t.log.Info("rate limit", "repo", c.repo, "until", then)
		case hit:
			return nil, &limited{until: then}
		case again(req, resp, err) && failed < tries-1:
			failed++
			if err := t.rest(req.Context(), c, failed, resp); err != nil {
				return nil, err
			}
		case resp != nil && resp.StatusCode == http.StatusUnauthorized && !renewed && t.sign.renew(c.repo, auth):
			renewed = true
		default:
			return resp, err
		}
	}
}

// authorize returns the Authorization of a request: none for another host.
func (t *transport) authorize(req *http.Request, c *call) (auth, account string, err error) {
	if req.URL.Host != t.host.Host || req.URL.Scheme != t.host.Scheme {
		return "", "elsewhere", nil
	}
	return t.sign.sign(req.Context(), c.repo)
}

// send makes one try and reads the answer.
func (t *transport) send(req *http.Request, c *call, auth string) (*http.Response, error) {
	select {
	case t.slots <- struct{}{}:
		defer func() { <-t.slots }()
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	ctx, cancel := req.Context(), context.CancelFunc(func() {})
	if !c.stream {
		ctx, cancel = context.WithTimeout(ctx, patience)
	}
	defer cancel()
	out, err := copyRequest(ctx, req, auth)
	if err != nil {
		return nil, err
	}
	if auth != "" || req.URL.Host == t.host.Host {
		t.counts.add(c.repo, c.query || req.Method == http.MethodGet || req.Method == http.MethodHead)
	}
	resp, err := t.base.RoundTrip(out)
	if err != nil {
		t.log.Debug("request", "method", req.Method, "path", req.URL.Path, "error", err)
		return nil, err
	}
	t.log.Debug("request", "method", req.Method, "path", req.URL.Path, "status", resp.StatusCode)
	if told := resp.Header.Values("X-OAuth-Scopes"); auth != "" && len(told) > 0 {
		scopes := strings.Join(told, ",")
		t.scopes.Store(&scopes)
	}
	if c.stream && resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	if err := slurp(resp, req); err != nil {
		return nil, err
	}
	return resp, nil
}

func copyRequest(ctx context.Context, req *http.Request, auth string) (*http.Request, error) {
	out := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		out.Body = body
	}
	out.Header.Del("Authorization")
	if auth != "" {
		out.Header.Set("Authorization", auth)
	}
	return out, nil
}

// slurp reads the answer to its end.
func slurp(resp *http.Response, req *http.Request) error {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	if err == nil && len(data) > maxAnswer {
		err = &oversize{}
	}
	resp.Body, resp.ContentLength, resp.Request = io.NopCloser(bytes.NewReader(data)), int64(len(data)), req
	return err
}

// An oversize is an answer that nobody should have sent; asking again does not help.
type oversize struct{}

func (*oversize) Error() string { return fmt.Sprintf("the answer has more than %d MiB", maxAnswer>>20) }

// rest waits before a failed request is sent again: longer each time, and as long as the server asks.
func (t *transport) rest(ctx context.Context, c *call, failed int, resp *http.Response) error {
	d := backoff(failed)
	if resp != nil {
		d = max(d, retryAfter(resp.Header, t.now()))
	}
	if now := t.now(); !c.wait(now, now.Add(d), t.maxWait) {
		return &limited{until: now.Add(d)}
	}
	return t.sleep(ctx, d)
}

// backoff returns a second, two, four, each with a quarter of chance.
func backoff(failed int) time.Duration {
	d := time.Second << min(failed-1, 6)
	return d + time.Duration(rand.Int64N(int64(d/4)))
}

// again reports whether a try failed in a way that passes, and whether the
// request may be repeated without looking.
func again(req *http.Request, resp *http.Response, err error) bool {
	var big *oversize
	if req.Context().Err() != nil || errors.As(err, &big) || !repeatable(req) {
		return false
	}
	return err != nil || resp.StatusCode >= 500
}

// repeatable reports whether sending a request twice has the effect of sending
// it once. Of the POST requests these make objects that are named by their
// content or that nobody refers to, or add to a set. The others are repeated by
// once, which looks before.
func repeatable(req *http.Request) bool {
	if req.Method != http.MethodPost {
		return true
	}
	for _, end := range []string{"/git/trees", "/git/blobs", "/git/commits", "/access_tokens", "/labels", "/requested_reviewers", "/graphql"} {
		if strings.HasSuffix(req.URL.Path, end) {
			return true
		}
	}
	return false
}

// resource tells the limits of GraphQL from those of everything else.
func resource(req *http.Request) string {
	if strings.HasSuffix(req.URL.Path, "/graphql") {
		return " graphql"
	}
	return ""
}

// limits are the times before which an account should not ask again.
type limits struct {
	shared Pauses                         // with other processes; nil for none
	left   func(account string, left int) // nil for nobody

	mu    sync.Mutex
	until map[string]time.Time
}
