package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Stream sends r and returns the body of the answer as a stream, for answers that are too
// large for memory and cache. It does not use the cache and does not call r.Check;
// everything else is as in Get: hosts, slots, retries until the answer begins,
// redirects, r.Limit. Every error, including those of reading, is an *Error, or that of
// ctx. The caller must close the body.
func (c *Client) Stream(ctx context.Context, r Request) (io.ReadCloser, error) {
	q, err := c.query(r)
	if err != nil {
		return nil, err
	}
	if c.o.Offline {
		return nil, q.fail(Offline, errors.New("not kept in the cache, and offline"))
	}
	ctx, cancel := bounded(ctx)
	body, err := c.open(ctx, q)
	if err != nil {
		cancel()
		c.counts.fail(err, q.url.Host)
		return nil, err
	}
	return &stream{ReadCloser: body, q: q, left: q.Limit, cancel: cancel}, nil
}

func (c *Client) open(ctx context.Context, q query) (io.ReadCloser, error) {
	req, err := q.request(ctx, nil)
	if err != nil {
		return nil, err
	}
	res, err := c.browser(q).Do(req)
	switch {
	case err != nil:
		return nil, asError(ctx, q.Method, q.url, err)
	case res.StatusCode != http.StatusOK:
		discard(res)
		return nil, StatusError(q.Method, q.url, res.StatusCode)
	case res.ContentLength > q.Limit:
		_ = res.Body.Close() // not needed
		return nil, q.tooLarge()
	}
	return res.Body, nil
}

func (q query) tooLarge() *Error {
	return q.fail(TooLarge, fmt.Errorf("the answer is larger than %d bytes", q.Limit))
}

// A stream is a body that returns an error beyond its size limit, and whose end is the end
// of its context.
type stream struct {
	io.ReadCloser
	q      query
	left   int64
	cancel context.CancelFunc
}

// Close closes the body and ends the context.
func (s *stream) Close() error {
	defer s.cancel()
	return s.ReadCloser.Close()
}

// Read implements io.Reader.
func (s *stream) Read(p []byte) (int, error) {
	// One byte more than the limit tells an answer that is too large from one that fits
	// exactly.
	if int64(len(p)) > s.left+1 {
		p = p[:s.left+1]
	}
	n, err := s.ReadCloser.Read(p)
	var e *Error
	switch s.left -= int64(n); {
	case s.left < 0:
		return 0, s.q.tooLarge()
	case err == nil, err == io.EOF:
		return n, err
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return n, err
	case errors.As(err, &e):
		return n, e
	}
	return n, s.q.fail(BadAnswer, fmt.Errorf("%w: %v", errCut, bare(err)))
}
