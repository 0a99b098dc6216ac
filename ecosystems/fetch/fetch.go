// Package fetch is the one HTTP client of the product: cache, retries, limits
// for each host, limits of size, and the rules about which hosts may be asked.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// A Request asks for one document.
type Request struct {
	URL     string
	Method  string            // GET or HEAD; "" means GET
	Accept  string            // the Accept header; "" for none
	Limit   int64             // larger bodies are an error, in bytes; 0 means the client's limit
	Forever bool              // the answer never changes: content named by its hash, a released version
	Via     http.RoundTripper // authenticates and sends what the cache does not have; nil means the client itself
}

// A Response is a successful answer, read to its end.
type Response struct {
	Body   []byte
	Header http.Header
	URL    *url.URL // after redirects
}

// The codes of errors, in the same space as the reasons of package ecosystems.
const (
	NotFound     = "not-found"    // 404 or 410
	Unauthorized = "unauthorized" // 401 or 403
	RateLimited  = "rate-limited" // 429
	Unreachable  = "unreachable"  // no connection, a timeout, a 5xx
	Offline      = "offline"      // not in the cache, and nothing may be asked
	BadAnswer    = "bad-answer"   // an answer that is not what it should be: HTML for JSON, cut off
	TooLarge     = "too-large"    // over the limit of size
	Refused      = "refused"      // a rule of the operator forbids asking that host
)

// An Error says what was asked, and why there is no answer.
type Error struct {
	Code   string // one of the codes above
	Method string
	URL    string // without credentials
	Status int    // of HTTP; 0 where there was no answer
	Err    error  // the cause; nil where Status says it all
}

// Error returns one line: "GET https://…: 404 Not Found".
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s %s: %v", e.Method, e.URL, e.Err)
	}
	return fmt.Sprintf("%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Code returns the code of an error that came from a lookup; Unreachable for any other.
func Code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Unreachable
}

// Stats counts requests: those sent, those answered by the cache alone, and
// those of the sent ones that only confirmed the cache (304).
type Stats struct {
	Sent        int `json:"sent"`
	Cached      int `json:"cached"`
	Revalidated int `json:"revalidated"`
}

// Options configures a Client.
type Options struct{}

// A Client sends requests. It is safe for concurrent use.
type Client struct {
	http *http.Client
}

// New returns a client.
func New(o Options) *Client { return &Client{http: http.DefaultClient} }

// Get sends r and returns the answer, from the cache where that is still good.
// Every error is an *Error, or that of ctx.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, &Error{Code: NotFound, Method: "GET", URL: r.URL, Status: res.StatusCode}
	}
	return &Response{Body: body, Header: res.Header, URL: res.Request.URL}, nil
}

// Stats returns what was counted so far.
func (c *Client) Stats() Stats { return Stats{} }
