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

// stack returns the options of the HTTP client with defaults for GitHub: archives are
// answers of many MiB, and retries are at least a second apart, because GitHub counts
// requests.
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

// A signer provides the Authorization header.
type signer interface {
	// sign returns the Authorization for a repository, and the account whose rate limit
	// applies to the request.
	sign(ctx context.Context, repo string) (authorization, account string, err error)
	// renew forgets a rejected Authorization, and reports whether there can be another one.
	renew(repo, authorization string) bool
}

// bearer is a fixed token.
type bearer string

func (b bearer) sign(context.Context, string) (string, string, error) {
	if b == "" {
		return "", "", nil
	}
	return "Bearer " + string(b), "", nil
}

func (b bearer) renew(string, string) bool { return false }

// A transport signs requests, sets the account of their rate limit and whether they may
// be retried, and counts them. Package fetch does everything else.
type transport struct {
	http   *fetch.Client
	whole  http.RoundTripper // of http, for answers that are read completely
	host   *url.URL          // the only host that gets tokens
	sign   signer
	counts *counts                            // nil for no counting
	left   func(account string, requests int) // nil for none
	scopes atomic.Pointer[string]             // last known scopes of a classic token; nil for other tokens
}

func newTransport(client *fetch.Client, host *url.URL, sign signer) *transport {
	return &transport{http: client, whole: client.Whole(), host: host, sign: sign}
}

// RoundTrip sends a request, and once more if the login was rejected and there is another one.
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
		_ = resp.Body.Close() // the request is repeated
	}
}

// ours reports whether a request goes to GitHub's API and not to the target of a redirect.
func (t *transport) ours(req *http.Request) bool {
	return req.URL.Host == t.host.Host && req.URL.Scheme == t.host.Scheme
}

// authorize returns the Authorization of a request; none for other hosts.
func (t *transport) authorize(req *http.Request, c *call) (auth, account string, err error) {
	if !t.ours(req) {
		return "", "", nil
	}
	return t.sign.sign(req.Context(), c.repo)
}

// send sends a request, and reads its answer unless it is streamed.
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
		out.Header["Idempotency-Key"] = nil // marks the request as idempotent for package fetch; not sent
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
	// go-github tracks rate limits only in part, and would refuse requests itself.
	for _, h := range []string{"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"} {
		resp.Header.Del(h)
	}
	resp.Request = req
	return resp, nil
}

// charge returns the account of a request, with the time that its call may wait.
func (t *transport) charge(c *call, account string) fetch.Account {
	a := fetch.Account{Name: "github/" + account, Wait: c.waits}
	if t.left != nil {
		a.Left = func(requests int) { t.left(account, requests) }
	}
	return a
}

// repeatable reports whether a request is idempotent. The POST requests in the list are:
// they create objects that are named by their content or not referenced, or add to a
// set. The function once repeats the others after a check.
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

// resource returns the name of the rate limit: GraphQL has its own.
func resource(req *http.Request) string {
	if strings.HasSuffix(req.URL.Path, "/graphql") {
		return " graphql"
	}
	return ""
}
