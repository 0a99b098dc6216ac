// Package fetch is the HTTP client of the program: cache, retries, limits for each host,
// size limits, and the rules about allowed hosts.
//
// It does not know registries, indexes or formats. The packages that send requests parse
// the answers.
package fetch

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A Request is a request for one document.
type Request struct {
	URL      string
	Method   string            // GET or HEAD; "" means GET, or POST if there is a Body
	Body     []byte            // JSON to post, for a query that does not fit into an address; the request must be idempotent
	Accept   string            // the Accept header; "" for none
	Header   map[string]string // further headers, such as the Content-Type of a Body that is not JSON; no credentials. nil for none
	Limit    int64             // size limit of the body in bytes; 0 means the client's limit
	Forever  bool              // the answer never changes: content with a hash as its name, a released version
	Lifetime time.Duration     // of the cached answer, if it is longer than the client's
	Absent   time.Duration     // of the cached answer "not found"
	Via      http.RoundTripper // authenticates and sends requests; nil means the client itself

	// Identity identifies the login that Via uses, such as a hash of the credentials.
	// One identity never gets the cached answers of another.
	Identity string
	// Check validates a new answer before it is returned or cached. Its error becomes a
	// BadAnswer. nil accepts everything.
	Check func(body []byte, h http.Header) error
}

// A Response is a complete successful answer.
type Response struct {
	Body   []byte // shared by all callers, which must not change it
	Header http.Header
	URL    *url.URL // after redirects
}

// A Client sends requests. It is safe for concurrent use. Make one for each run: it
// remembers answers and failed hosts for its whole life, or, with Options.Lasting, until
// they are too old.
type Client struct {
	o     Options
	wire  *wire
	store cache

	mu      sync.Mutex
	flights map[string]*flight // by key: in progress or remembered
	memory  memory             // decides which are remembered

	counts *counts
}

// New returns a client.
func New(o Options) *Client {
	o = o.withDefaults()
	c := &Client{o: o, counts: newCounts(), flights: map[string]*flight{}, store: newDisk(o)}
	c.memory.limit = o.Memory
	c.wire = newWire(o, c.counts)
	if o.Shared != nil {
		c.store = &shared{Shared: o.Shared, log: o.Log}
	}
	return c
}

// Get returns the answer to r, from the cache if that is fresh. Every error is an
// *Error, or that of ctx.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	q, err := c.query(r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	for {
		f, leads := c.begin(ctx, q)
		if leads {
			return c.run(ctx, q, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, asError(ctx, q.Method, q.url, ctx.Err())
		}
		if f.abandoned { // the first caller gave up, so the others have to send the request
			continue
		}
		if f.err == nil || Code(f.err) == NotFound {
			c.counts.count(ctx, q.url.Host, Stats{Cached: 1})
		}
		return f.res, f.err
	}
}

// Transport returns a transport with the rules of this client (hosts, limits, retries,
// counting) but without its cache. It is for transports that authenticate. It returns
// error answers as *Error.
func (c *Client) Transport() http.RoundTripper { return c.wire }

// Stats returns the counts so far.
func (c *Client) Stats() Stats { return c.counts.total() }

// FailedHosts returns the hosts that were unreachable or refused further
// requests, sorted by name.
func (c *Client) FailedHosts() []HostFailure { return c.counts.failures() }

// Waiting returns the host with the most requests in progress; "" if there are none.
func (c *Client) Waiting() string { return c.counts.busiest() }

// Close closes idle connections.
func (c *Client) Close() { c.wire.transport.CloseIdleConnections() }
