package fetch

import (
	"errors"
	"net/http"
)

// mostRedirects is the limit on redirects, as in net/http.
const mostRedirects = 10

// browser returns a client that follows the redirects of one query. It sends credentials
// only to their host, and does not follow redirects from https to http.
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
	if err := followed(req, past); err != nil || same(req, past[0]) {
		return err
	}
	if q.Via == nil && c.o.Credentials != nil {
		if user, password, ok := c.o.Credentials(req.URL.Host); ok {
			req.SetBasicAuth(user, password)
		}
	}
	return nil
}

// followed checks one redirect, for all our clients.
func followed(req *http.Request, past []*http.Request) error {
	first, last := past[0], past[len(past)-1].URL
	switch {
	case len(past) >= mostRedirects:
		return causeError(BadAnswer, req.Method, first.URL, errors.New("too many redirects"))
	case last.Scheme == "https" && req.URL.Scheme != "https":
		return causeError(Refused, req.Method, first.URL, errors.New("redirected from https to "+req.URL.Scheme))
	}
	req.Header.Del("Referer")
	req.URL.User = nil // a login in a redirect is untrusted
	if !same(req, first) {
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
	}
	return nil
}

// same reports whether two requests go to the same server.
func same(a, b *http.Request) bool { return a.URL.Host == b.URL.Host && a.URL.Scheme == b.URL.Scheme }

// Follow returns a client that follows redirects like Get: it sends a login only to its
// host, ignores logins in redirects, and does not follow redirects from https to http.
func Follow(via http.RoundTripper) *http.Client {
	return &http.Client{Transport: via, CheckRedirect: func(req *http.Request, past []*http.Request) error {
		return followed(req, past)
	}}
}

// WithoutLogin returns a request without the Authorization that net/http has added from
// an untrusted login in the address of a redirect.
func WithoutLogin(req *http.Request) *http.Request {
	login := req.URL.User
	if login == nil {
		return req
	}
	req = req.Clone(req.Context())
	req.URL.User = nil
	password, _ := login.Password()
	if user, pass, ok := req.BasicAuth(); ok && user == login.Username() && pass == password {
		req.Header.Del("Authorization")
	}
	return req
}
