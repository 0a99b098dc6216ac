package fetch

import (
	"errors"
	"net/http"
)

// most redirects, as net/http has it.
const mostRedirects = 10

// browser follows the redirects of one question. Credentials stay with the
// host that they were given for, and nothing secure leads to something open.
func (c *Client) browser(q query) *http.Client {
	via := q.Via
	if via == nil {
		via = c.wire
	}
	return &http.Client{Transport: via, CheckRedirect: func(req *http.Request, past []*http.Request) error {
		return c.redirected(q, req, past)
	}}
}

func (c *Client) redirected(q query, req *http.Request, past []*http.Request) error {
	last := past[len(past)-1].URL
	switch {
	case len(past) >= mostRedirects:
		return causeError(BadAnswer, req.Method, q.url, errors.New("too many redirects"))
	case last.Scheme == "https" && req.URL.Scheme != "https":
		return causeError(Refused, req.Method, q.url, errors.New("redirected from https to "+req.URL.Scheme))
	}
	req.Header.Del("Referer")
	if req.URL.Host == q.url.Host && req.URL.Scheme == q.url.Scheme {
		return nil
	}
	req.Header.Del("Authorization")
	req.Header.Del("Cookie")
	req.URL.User = nil // not from a stranger
	if q.Via == nil && c.o.Credentials != nil {
		if user, password, ok := c.o.Credentials(req.URL.Host); ok {
			req.SetBasicAuth(user, password)
		}
	}
	return nil
}
