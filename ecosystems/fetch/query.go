package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A query is a prepared request: its URL without credentials, its identity, and the key
// of its answer.
type query struct {
	Request
	url   *url.URL
	login *url.Userinfo // nil for none
	how   *string       // set to the source of the answer
	key   string        // of method, URL, headers, identity and body, in hexadecimal
}

func (c *Client) query(r Request) (query, error) {
	switch {
	case r.Body != nil:
		r.Method = http.MethodPost
	case r.Method == "":
		r.Method = http.MethodGet
	}
	if r.Limit == 0 {
		r.Limit = c.o.Limit
	}
	q := query{Request: r}
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return q, &Error{Code: BadAnswer, Method: r.Method, URL: shown(u), Err: errors.New("not an http or https address")}
	}
	// Servers never get it, so it must not distinguish answers.
	u.Fragment, u.RawFragment = "", ""
	q.url, q.login, u.User = u, u.User, nil
	// Via has a login of its own, which must not be replaced by that of a .netrc.
	if q.login == nil && c.o.Credentials != nil && r.Via == nil {
		if user, password, ok := c.o.Credentials(u.Host); ok {
			q.login = url.UserPassword(user, password)
		}
	}
	q.key = q.hash()
	return q, nil
}

// hash returns the key of the answer. It includes credentials only as a hash, so that
// file names reveal nothing about them.
func (q query) hash() string {
	identity := q.Identity
	if q.login != nil {
		password, _ := q.login.Password()
		sum := sha256.Sum256([]byte(q.login.Username() + "\x00" + password))
		identity += " " + hex.EncodeToString(sum[:])
	}
	words := []string{q.Method, q.url.String(), q.Accept, identity}
	for _, name := range slices.Sorted(maps.Keys(q.Header)) {
		words = append(words, name+": "+q.Header[name])
	}
	if q.Body != nil {
		words = append(words, string(q.Body))
	}
	sum := sha256.Sum256([]byte(strings.Join(words, "\n")))
	return hex.EncodeToString(sum[:])
}

// request returns the HTTP request; old is the cached answer or nil.
func (q query) request(ctx context.Context, old *entry) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, q.Method, q.url.String(), bytes.NewReader(q.Body))
	if err != nil {
		return nil, causeError(BadAnswer, q.Method, q.url, err)
	}
	if q.Body != nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header["Idempotency-Key"] = nil // convention of net/http: marks the request as idempotent, without sending the header
	}
	if q.Accept != "" {
		req.Header.Set("Accept", q.Accept)
	}
	for name, value := range q.Header {
		req.Header.Set(name, value)
	}
	if q.login != nil {
		password, _ := q.login.Password()
		req.SetBasicAuth(q.login.Username(), password)
	}
	old.conditions(req.Header)
	return req, nil
}

func (q query) fail(code string, cause error) *Error {
	return causeError(code, q.Method, q.url, cause)
}
