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

// followed decides about one redirect, for all of our clients.
func followed(req *http.Request, past []*http.Request) error {
	first, last := past[0], past[len(past)-1].URL
	switch {
	case len(past) >= mostRedirects:
		return causeError(BadAnswer, req.Method, first.URL, errors.New("too many redirects"))
	case last.Scheme == "https" && req.URL.Scheme != "https":
		return causeError(Refused, req.Method, first.URL, errors.New("redirected from https to "+req.URL.Scheme))
	}
	req.Header.Del("Referer")
	req.URL.User = nil // a login in it is a stranger's
	if !same(req, first) {
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
	}
	return nil
}

// same reports whether two requests go to one server.
func same(a, b *http.Request) bool { return a.URL.Host == b.URL.Host && a.URL.Scheme == b.URL.Scheme }

// Follow returns a client that follows redirects as Get does: no login goes to
// another host than the one it was given for, that of a stranger's redirect
// goes nowhere, and nothing secure leads to something open.
func Follow(via http.RoundTripper) *http.Client {
	return &http.Client{Transport: via, CheckRedirect: func(req *http.Request, past []*http.Request) error {
		return followed(req, past)
	}}
}

// WithoutLogin returns a request without what net/http has made of the login in
// the address of a redirect, which is a stranger's.
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
