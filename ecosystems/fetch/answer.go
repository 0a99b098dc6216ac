package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// answer returns the answer to a query, from the cache or from the server.
func (c *Client) answer(ctx context.Context, q query) (*Response, error) {
	// An answer in the cache may be from before a rule forbade its host.
	if err := c.wire.check(q.Method, q.url); err != nil {
		return nil, err
	}
	old := c.store.load(ctx, q)
	if old != nil && (c.o.Offline || c.good(ctx, old, q)) {
		return c.known(ctx, q, old)
	}
	if c.o.Offline {
		return nil, q.fail(Offline, errors.New("not in the cache, and offline"))
	}
	// The lease ends after the answer is in the cache, where the next process finds it.
	release, waited := c.alone(ctx, q)
	defer release()
	if waited { // another process may have sent the request meanwhile
		if old = c.store.load(ctx, q); old != nil && c.good(ctx, old, q) {
			return c.known(ctx, q, old)
		}
	}
	e, err := uncut(ctx, c, func() (*entry, error) { return c.once(ctx, q, old) })
	if err != nil {
		return nil, err
	}
	return e.response(q)
}

// known returns the answer of a cache entry.
func (c *Client) known(ctx context.Context, q query, e *entry) (*Response, error) {
	res, err := e.response(q)
	if err == nil { // the host that a redirect led to may be forbidden by now
		err = c.wire.check(q.Method, res.URL)
	}
	c.counts.count(ctx, q.url.Host, Stats{Cached: 1})
	*q.how = "cached"
	if err != nil {
		return nil, err
	}
	return res, nil
}

// good reports whether a cached answer is fresh: it never changes; or it is not older than
// the bound of ctx, and was received within the lifetime or, unless the client is Lasting,
// by this client. Only answers with status 200 never change.
func (c *Client) good(ctx context.Context, e *entry, q query) bool {
	if q.Forever && e.Status == http.StatusOK {
		c.store.used(q, e)
		return true
	}
	if e.heard.Before(freshnessBound(ctx, q)) {
		return false
	}
	lifetime := max(c.o.Lifetime, q.Lifetime)
	if e.Status != http.StatusOK {
		lifetime = max(lifetime, q.Absent)
	}
	// An entry from the future was written before the clock was set back: its age is unknown.
	age := time.Since(e.heard)
	return age >= 0 && age < lifetime || !c.o.Lasting && c.store.heard(q)
}

// uncut repeats try while the answer is cut off.
func uncut[T any](ctx context.Context, c *Client, try func() (T, error)) (T, error) {
	for attempt := 0; ; attempt++ {
		v, err := try()
		// Each attempt transfers the whole answer again, so there are fewer than for other
		// failures.
		if !errors.Is(err, errCut) || attempt >= min(c.o.Retries, 2) {
			return v, err
		}
		if late := c.Wait(ctx, attempt); late != nil {
			return v, late
		}
	}
}

// once sends the request, reads the complete answer and caches it.
func (c *Client) once(ctx context.Context, q query, old *entry) (*entry, error) {
	req, err := q.request(ctx, old)
	if err != nil {
		return nil, err
	}
	res, err := c.browser(q).Do(req)
	if err != nil {
		return nil, asError(ctx, q.Method, q.url, err)
	}
	defer res.Body.Close()
	switch {
	case res.StatusCode == http.StatusNotModified && old != nil:
		c.counts.count(ctx, q.url.Host, Stats{Revalidated: 1})
		*q.how = "revalidated"
		c.store.confirm(ctx, q, old)
		return old, nil
	case res.StatusCode == http.StatusNotFound || res.StatusCode == http.StatusGone:
		drain(res.Body)
		return c.keep(ctx, q, newEntry(res, nil)), nil
	case res.StatusCode != http.StatusOK:
		drain(res.Body)
		return nil, StatusError(q.Method, q.url, res.StatusCode)
	}
	body, release, err := c.read(ctx, q, res)
	defer release()
	if err != nil {
		return nil, err
	}
	if q.Check != nil {
		if err := q.Check(body, res.Header); err != nil {
			return nil, q.refused(err)
		}
	}
	return c.keep(ctx, q, newEntry(res, body)), nil
}

func (c *Client) keep(ctx context.Context, q query, e *entry) *entry {
	c.store.save(ctx, q, e)
	return e
}

// errCut means that the end of an answer did not arrive.
var errCut = errors.New("the answer was cut off")

// refused returns the error for an answer that Check refuses.
func (q query) refused(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return q.fail(e.Code, e.Err)
	}
	return q.fail(BadAnswer, err)
}

// Limits on large answers in memory.
const (
	largeFrom = 1 << 20 // size in bytes from which on an answer is large
	mostLarge = 4       // large answers that are read and checked concurrently
)

// read reads a body up to the limit. It refuses a body whose declared length is larger
// without reading it. A large body waits for a slot, which the caller frees with
// release after it has processed the answer.
func (c *Client) read(ctx context.Context, q query, res *http.Response) (data []byte, release func(), err error) {
	release = func() {}
	if q.Method == http.MethodHead {
		return nil, release, nil
	}
	if res.ContentLength > q.Limit {
		return nil, release, q.tooLarge()
	}
	// One byte more than the limit tells an answer that is too large from one that fits
	// exactly.
	data, err = io.ReadAll(io.LimitReader(res.Body, min(largeFrom, q.Limit+1)))
	if err == nil && len(data) == largeFrom {
		data, release, err = c.readLarge(ctx, q, res, data)
	}
	var e *Error
	switch {
	case err == nil && int64(len(data)) > q.Limit:
		return nil, release, q.tooLarge()
	case err == nil:
		return data, release, nil
	case ctx.Err() != nil:
		return nil, release, ctx.Err()
	case errors.As(err, &e):
		return nil, release, e
	}
	return nil, release, q.fail(BadAnswer, fmt.Errorf("%w: %v", errCut, bare(err)))
}

// readLarge waits for a slot and reads the rest of a large answer.
func (c *Client) readLarge(ctx context.Context, q query, res *http.Response, start []byte) (data []byte, release func(), err error) {
	var resume func()
	// The wait for a slot is not the server's fault, so the watch must not count it.
	if b, ok := res.Body.(*body); ok {
		resume = b.watch.pause()
	}
	release, err = c.wire.large.acquire(ctx, nil, taker{pass: shareOf(ctx)})
	if resume != nil {
		resume()
	}
	if err != nil {
		return nil, func() {}, err
	}
	// ReadFrom copies everything to a larger buffer unless MinRead bytes are free at the end.
	all := bytes.NewBuffer(make([]byte, 0, max(2*largeFrom, res.ContentLength+bytes.MinRead)))
	all.Write(start)
	_, err = all.ReadFrom(io.LimitReader(res.Body, q.Limit+1-int64(len(start))))
	return all.Bytes(), release, err
}

// drain reads a little of an unused body, so that the connection can be reused.
func drain(r io.Reader) {
	_, _ = io.CopyN(io.Discard, r, 16<<10) // an error costs only the connection
}
