package fetch

import (
	"context"
	"errors"
	"time"
)

// A flight is a request in progress or its answer. Callers with the same request share
// it.
type flight struct {
	done      chan struct{} // closed when res and err are set
	res       *Response
	err       error
	abandoned bool // ended by the context of the first caller
	began     time.Time
}

// begin returns the flight for a query; leads is true for the caller that has to run it.
func (c *Client) begin(ctx context.Context, q query) (f *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[q.key]; ok && !c.past(f, q) && !f.began.Before(freshnessBound(ctx, q)) {
		return f, false
	}
	f = &flight{done: make(chan struct{}), began: time.Now()}
	c.flights[q.key] = f
	return f, true
}

// past reports whether a remembered answer is too old for a lasting client.
func (c *Client) past(f *flight, q query) bool {
	select {
	case <-f.done:
	default:
		return false // in progress
	}
	switch {
	case !c.o.Lasting:
		return false
	case f.err != nil:
		return time.Since(f.began) > c.o.Rest
	}
	return !q.Forever && time.Since(f.began) > max(c.o.Lifetime, q.Lifetime, 0)
}

// run gets the answer and ends the flight, even after a panic.
func (c *Client) run(ctx context.Context, q query, f *flight) (*Response, error) {
	// It stays true after a panic: then the callers that wait send the request themselves.
	f.abandoned = true
	defer c.finish(q.key, f)
	began, how := time.Now(), "sent"
	q.how = &how
	f.res, f.err = c.answer(ctx, q)
	if f.err != nil {
		f.err = asError(ctx, q.Method, q.url, f.err)
	}
	defer func() { c.seen(q.url.Host, how, f.err, time.Since(began)) }()
	c.counts.fail(f.err, q.url.Host)
	var e *Error
	f.abandoned = f.err != nil && (!errors.As(f.err, &e) || e.Code == Limit) // the limit of one pass does not apply to another
	return f.res, f.err
}

// seen reports a lookup to Options.Seen.
func (c *Client) seen(host, how string, err error, took time.Duration) {
	if c.o.Seen == nil {
		return
	}
	if err != nil {
		how = Code(err)
	}
	c.o.Seen(host, how, took)
}

// finish ends a flight. Its answer is remembered as long as there is space.
func (c *Client) finish(key string, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.flights[key] != f: // a later flight has replaced it
	case f.abandoned:
		delete(c.flights, key)
	default:
		for _, old := range c.memory.add(key, f.res) {
			delete(c.flights, old)
		}
	}
	close(f.done)
}

// memory decides which answers are remembered: the newest, up to a size limit.
type memory struct {
	limit, used int64
	answers     []remembered // the oldest first
}

type remembered struct {
	key  string
	size int64
}

// perAnswer is the approximate size of an answer without its body.
const perAnswer = 1 << 10

// add makes room for an answer and returns the keys of answers to forget.
func (m *memory) add(key string, res *Response) (gone []string) {
	size := int64(perAnswer)
	if res != nil {
		size += int64(len(res.Body))
	}
	m.answers, m.used = append(m.answers, remembered{key, size}), m.used+size
	for m.used > m.limit {
		oldest := m.answers[0]
		m.answers, m.used, gone = m.answers[1:], m.used-oldest.size, append(gone, oldest.key)
	}
	return gone
}
