package github

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

const maxAnswer = 64 << 20 // bytes of one answer; the largest tree listing has some 20 MiB

// stack returns the options of what sends requests, with what fits GitHub where
// nothing was said: archives come as one answer of many MiB, and GitHub counts
// what is sent to it, so that attempts are a second and more apart.
func stack(o fetch.Options) fetch.Options {
	if o.Parallel == 0 {
		o.Parallel = 16
	}
	if o.Backoff == 0 {
		o.Backoff = 2 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.PerHost, o.Timeout, o.MaxTime = o.Parallel, time.Minute, unpackTime
	o.Limit, o.Lasting = maxAnswer, true
	return o
}

// A signer knows who we are.
type signer interface {
	// sign returns the Authorization for a repository, and the name of the
	// account whose rate limit the request counts against.
	sign(ctx context.Context, repo string) (authorization, account string, err error)
	// renew forgets an Authorization that was not accepted, and reports whether there can be another.
	renew(repo, authorization string) bool
}

// bearer is a token that was given to us.
type bearer string

func (b bearer) sign(context.Context, string) (string, string, error) {
	if b == "" {
		return "", "", nil
	}
	return "Bearer " + string(b), "", nil
}

func (b bearer) renew(string, string) bool { return false }

// A transport signs requests, says whose rate limit they count against and
// which may be repeated, and counts them; package fetch does everything else.
type transport struct {
	http   *fetch.Client
	whole  http.RoundTripper // of http: answers that are read to their end
	host   *url.URL          // only here tokens are shown
	sign   signer
	counts *counts                            // nil counts nothing
	left   func(account string, requests int) // nil tells nothing
	scopes atomic.Pointer[string]             // of a classic token, as GitHub told them last; nil where it tells none
}

func newTransport(client *fetch.Client, host *url.URL, sign signer) *transport {
	return &transport{http: client, whole: client.Whole(), host: host, sign: sign}
}

// RoundTrip sends a request, and once more where the login was not accepted and there is another.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	c := callOf(req.Context())
	for renewed := false; ; renewed = true {
		auth, account, err := t.authorize(req, c)
		if err != nil {
			return nil, err
		}
		resp, err := t.send(req, c, auth, account)
		if err != nil || resp.StatusCode != http.StatusUnauthorized || renewed || !t.sign.renew(c.repo, auth) {
			return resp, err
		}
		_ = resp.Body.Close() // it is asked again
	}
}

// ours reports whether a request goes to GitHub's API, and not where it redirects to.
func (t *transport) ours(req *http.Request) bool {
	return req.URL.Host == t.host.Host && req.URL.Scheme == t.host.Scheme
}

// authorize returns the Authorization of a request: none for another host.
func (t *transport) authorize(req *http.Request, c *call) (auth, account string, err error) {
	if !t.ours(req) {
		return "", "", nil
	}
	return t.sign.sign(req.Context(), c.repo)
}

// send sends a request, and reads its answer unless that is to come as a stream.
func (t *transport) send(req *http.Request, c *call, auth, account string) (*http.Response, error) {
	ctx, sent := fetch.Counted(req.Context())
	if t.ours(req) {
		ctx = fetch.Charged(ctx, t.charge(c, account+resource(req)))
	}
	out := req.Clone(ctx)
	out.Header.Del("Authorization")
	if auth != "" {
		out.Header.Set("Authorization", auth)
	}
	if repeatable(req) {
		out.Header["Idempotency-Key"] = nil // for package fetch; it is not sent
	}
	via := t.whole
	if c.stream {
		via = t.http.Transport()
	}
	resp, err := via.RoundTrip(out)
	if t.ours(req) {
		t.counts.add(c.repo, c.query || req.Method == http.MethodGet || req.Method == http.MethodHead, sent.Stats().Sent)
	}
	if err != nil {
		return nil, err
	}
	if told := resp.Header.Values("X-OAuth-Scopes"); auth != "" && len(told) > 0 {
		scopes := strings.Join(told, ",")
		t.scopes.Store(&scopes)
	}
	// go-github tracks rate limits only partly, and would refuse requests on its own.
	for _, h := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		resp.Header.Del(h)
	}
	resp.Request = req
	return resp, nil
}

// charge returns the account that a request counts against, and how long its call may wait.
func (t *transport) charge(c *call, account string) fetch.Account {
	a := fetch.Account{Name: "github/" + account, Wait: c.waits}
	if t.left != nil {
		a.Left = func(requests int) { t.left(account, requests) }
	}
	return a
}

// repeatable reports whether sending a request twice has the effect of sending
// it once. Of the POST requests these make objects that are named by their
// content or that nothing refers to, or add to a set. The others are repeated by
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
