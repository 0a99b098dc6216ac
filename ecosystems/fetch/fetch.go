// Package fetch is the one HTTP client of the product: cache, retries, limits
// for each host, limits of size, and the rules about which hosts may be asked.
//
// It knows nothing of what it brings: no registry, no index, no format. Those
// who parse an answer live in the packages that ask for it.
package fetch

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// A Request asks for one document.
type Request struct {
	URL      string
	Method   string            // GET or HEAD; "" means GET, or POST where there is a Body
	Body     []byte            // JSON that is posted, for a question that does not fit into an address: asking twice does no more than asking once
	Accept   string            // the Accept header; "" for none
	Header   map[string]string // further headers, such as the Content-Type of a Body that is not JSON; no credentials. nil for none
	Limit    int64             // larger bodies are an error, in bytes; 0 means the client's limit
	Forever  bool              // the answer never changes: content named by its hash, a released version
	Lifetime time.Duration     // within which it is not asked again, where that is longer than the client's
	Absent   time.Duration     // the same, for the answer that there is no such thing
	Via      http.RoundTripper // authenticates and sends what the cache does not have; nil means the client itself

	// Identity names those in whose name Via asks, such as a hash of their
	// credentials: one identity never sees the cached answers of another.
	Identity string
	// Check looks at a new answer before anybody gets it or it is remembered.
	// Its error becomes a BadAnswer. nil accepts everything.
	Check func(body []byte, h http.Header) error
}

// A Response is a successful answer, read to its end.
type Response struct {
	Body   []byte // shared by all who asked: not to be changed
	Header http.Header
	URL    *url.URL // after redirects
}

// A Client sends requests. It is safe for concurrent use, and made for one run:
// what it has learnt, answers and failed hosts, it keeps until it is dropped;
// with Options.Lasting, until that is too old.
type Client struct {
	o     Options
	log   logger
	wire  *wire
	store cache

	mu      sync.Mutex
	flights map[string]*flight // by key: under way or remembered
	memory  memory             // which of them are remembered

	counts *counts
}

// New returns a client.
func New(o Options) *Client {
	o = o.withDefaults()
	c := &Client{o: o, log: logger{o.Log}, counts: newCounts(), flights: map[string]*flight{}}
	c.memory.limit = o.Memory
	c.wire = newWire(o, c.log, c.counts)
	switch {
	case o.Shared != nil:
		c.store = &shared{Shared: o.Shared, log: c.log}
	case o.CacheDir != "":
		c.store = disk{newStore(o.CacheDir, o.CacheSize, c.log)}
	default:
		c.store = disk{} // keeps nothing
	}
	return c
}

// Get sends r and returns the answer, from the cache where that is still good.
// Every error is an *Error, or that of ctx.
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
		if f.abandoned { // the one who asked gave up; that is no answer for the others
			continue
		}
		if f.err == nil || Code(f.err) == NotFound {
			c.counts.answered(ctx, q.url.Host)
		}
		return f.res, f.err
	}
}

// Transport returns what sends requests under the rules of this client (hosts,
// limits, retries, counting) but without its cache: for what authenticates. Of
// the answers that it returns as errors each is an *Error.
func (c *Client) Transport() http.RoundTripper { return c.wire }

// Stats returns what was counted so far.
func (c *Client) Stats() Stats { return c.counts.total() }

// HostStats returns the same for each host (with its port, where one is written).
func (c *Client) HostStats() map[string]Stats { return c.counts.byHost() }

// FailedHosts returns the hosts that were unreachable or refused further
// requests, sorted by name.
func (c *Client) FailedHosts() []HostFailure { return c.counts.failures() }

// Waiting returns the host that most of the requests under way are sent to; "" where none is.
func (c *Client) Waiting() string { return c.counts.busiest() }

// Close gives idle connections back.
func (c *Client) Close() { c.wire.transport.CloseIdleConnections() }
