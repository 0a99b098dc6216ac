package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Whole returns what Transport does, but each answer is read to its end, of at
// most Options.Limit bytes, before it is returned: one that is cut off is asked
// for again, where sending the request twice does no more than sending it once.
// Requests with the header Idempotency-Key, which may be nil as net/http has it,
// are of that kind.
func (c *Client) Whole() http.RoundTripper { return whole{c} }

type whole struct{ c *Client }

// RoundTrip sends a request and reads the answer.
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

// Wait waits as before another attempt, the first of which is 0, longer each
// time: for those who look before they repeat what must not be done twice.
func (c *Client) Wait(ctx context.Context, attempt int) error {
	return c.wire.pause(ctx, c.wire.backoff(attempt))
}
