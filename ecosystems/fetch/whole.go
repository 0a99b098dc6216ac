package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Whole returns a transport like Transport that reads each answer completely, up to
// Options.Limit bytes, before it returns it. If an answer is cut off, it repeats an
// idempotent request. Requests with the header Idempotency-Key, which may be nil as in
// net/http, count as idempotent.
func (c *Client) Whole() http.RoundTripper { return whole{c} }

type whole struct{ c *Client }

// RoundTrip sends a request and reads the complete answer.
func (w whole) RoundTrip(req *http.Request) (*http.Response, error) {
	if !repeatable(req) {
		return w.once(req)
	}
	return uncut(req.Context(), w.c, func() (*http.Response, error) { return w.once(req) })
}

func (w whole) once(req *http.Request) (*http.Response, error) {
	res, err := w.c.wire.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	q := query{Request: Request{Method: req.Method, Limit: w.c.o.Limit}, url: req.URL}
	data, release, err := w.c.read(req.Context(), q, res)
	defer release()
	if err != nil {
		return nil, err
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return res, nil
}

// Wait waits as before a retry, longer for each attempt; the first one is 0. It is for
// callers that check before they repeat a request that is not idempotent.
func (c *Client) Wait(ctx context.Context, attempt int) error {
	return c.o.Sleep(ctx, c.wire.backoff(attempt))
}
