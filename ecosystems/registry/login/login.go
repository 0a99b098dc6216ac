// Package login logs in to OCI registries: it finds the login for a server, answers its
// challenges, and keeps the tokens of sessions.
package login

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry/answer"
)

// A Server is one registry server. It looks up the login and requests the
// authentication scheme once, before the first request; answers from the cache
// need neither.
type Server struct {
	Base     string // "https://index.docker.io/v2/"
	root     *url.URL
	registry name.Registry
	keychain authn.Keychain
	floor    http.RoundTripper

	found     once[login]
	challenge once[*transport.Challenge]

	mu       sync.Mutex
	sessions map[string]*Session // by path
}

// A login is the keychain's login for a server.
type login struct {
	auth     authn.Authenticator
	identity string // a hash of it; "" if requests are anonymous
	err      error  // set if the keychain failed; requests are then anonymous
}

// New returns the server at the root of an API; client sends its requests.
func New(client *fetch.Client, keychain authn.Keychain, base *url.URL) (*Server, error) {
	reg, err := name.NewRegistry(base.Host)
	if err != nil {
		return nil, err
	}
	at := *base
	at.Host = reg.RegistryStr() // docker.io is index.docker.io
	base = &at
	s := &Server{Base: base.String(), root: base, registry: reg, keychain: keychain, sessions: map[string]*Session{}}
	s.floor = &schemeGuard{Base: base, next: client.Transport()}
	return s, nil
}

// login returns the login, which it looks up once.
func (s *Server) login(ctx context.Context) login {
	l, err := s.found.do(ctx, func() (login, error) { return s.find(ctx), nil })
	if err != nil { // ctx has ended
		return login{auth: authn.Anonymous, err: err}
	}
	return l
}

// find looks up the login. If the keychain fails, for example because a helper is
// not installed, requests are anonymous: most images need no login, and for the
// others the error of the refusal names this failure.
func (s *Server) find(ctx context.Context) login {
	auth, err := authn.Resolve(ctx, s.keychain, s.registry)
	if err != nil {
		return login{auth: authn.Anonymous, err: err}
	}
	config, err := authn.Authorization(ctx, auth)
	if err != nil {
		return login{auth: authn.Anonymous, err: err}
	}
	if *config == (authn.AuthConfig{}) {
		return login{auth: authn.Anonymous}
	}
	// The fields are listed because the JSON form of config omits some.
	data, err := json.Marshal([]string{config.Username, config.Password, config.Auth, config.IdentityToken, config.RegistryToken})
	if err != nil {
		return login{auth: authn.Anonymous, err: err}
	}
	sum := sha256.Sum256(data)
	return login{auth: authn.FromConfig(*config), identity: hex.EncodeToString(sum[:])}
}

// Session returns the session for a repository, by its path on the server.
func (s *Server) Session(path string) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.sessions[path]; ok {
		return found
	}
	found := &Session{server: s, scope: "repository:" + path + ":pull"}
	s.sessions[path] = found
	return found
}

// A Session sends the requests for one repository with the authorization that the server requires.
type Session struct {
	server *Server
	scope  string
	grant  once[string] // the value of Authorization; "" for none

	mu   sync.Mutex
	seen login
}

// Identity identifies the login of the session's requests in the cache; "" for anonymous.
func (s *Session) Identity(ctx context.Context) (string, error) {
	l := s.server.login(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = l
	return l.identity, nil
}

// Anonymous reports whether requests are sent without a login.
func (s *Session) Anonymous() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.identity == ""
}

// Trouble returns the keychain's error as an addition to a hint; "" for none.
func (s *Session) Trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.err == nil {
		return ""
	}
	return fmt.Sprintf("; no login was found: %s", answer.OneLine(s.seen.err.Error()))
}

// RoundTrip logs in if necessary and sends the request. It answers one challenge:
// tokens expire, and a server may require another authorization for this
// repository.
func (s *Session) RoundTrip(req *http.Request) (*http.Response, error) {
	first, err := s.grant.do(req.Context(), func() (string, error) { return s.open(req.Context()) })
	if err != nil {
		return nil, explain(req, err)
	}
	res, err := s.send(req, first)
	if err != nil {
		return nil, explain(req, err)
	}
	asked := challengeOf(res)
	switch {
	case asked == nil:
		return res, nil
	case !s.server.owns(req.URL):
		return s.elsewhere(req, res, asked)
	}
	again, err := s.grant.renew(req.Context(), first, func() (string, error) { return s.answer(req.Context(), asked) })
	switch {
	case err != nil:
		discard(res)
		return nil, explain(req, err)
	case again == first:
		return res, nil // the same authorization would be refused again
	}
	discard(res)
	if res, err = s.send(req, again); err != nil {
		return nil, explain(req, err)
	}
	return res, nil
}

// send sends a request. Only requests to the server itself carry the grant.
func (s *Session) send(req *http.Request, grant string) (*http.Response, error) {
	if grant != "" && s.server.owns(req.URL) {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", grant)
	}
	return s.server.floor.RoundTrip(req)
}

// open requests the authentication scheme (the ping, once for the server) and,
// if required, a token for this repository.
func (s *Session) open(ctx context.Context) (grant string, err error) {
	asked, err := s.server.challenge.do(ctx, func() (*transport.Challenge, error) { return s.server.ping(ctx) })
	if err != nil {
		return "", err
	}
	return s.answer(ctx, asked)
}

// ping requests the authentication scheme of the server. If the server has no
// challenge, the result has an empty scheme, and a login is sent as Basic.
func (s *Server) ping(ctx context.Context) (*transport.Challenge, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Base, nil)
	if err != nil {
		return nil, err
	}
	res, err := fetch.Follow(s.floor).Do(req)
	if err != nil {
		return nil, err
	}
	defer discard(res)
	if asked := challengeOf(res); asked != nil {
		return asked, checkRealm(asked)
	}
	if c, _ := cutChallenge(res.Header.Get("WWW-Authenticate")); c != nil && res.StatusCode == http.StatusUnauthorized && strings.EqualFold(c.Scheme, "bearer") {
		return c, nil // the missing realm becomes an error when it is answered
	}
	if res.StatusCode >= http.StatusInternalServerError {
		return nil, fetch.StatusError(req.Method, req.URL, res.StatusCode)
	}
	return &transport.Challenge{Insecure: res.Request.URL.Scheme == "http"}, nil
}

// checkRealm returns an error if the address of the token issuer contains a
// login, because it would replace the operator's.
func checkRealm(c *transport.Challenge) error {
	if u, err := url.Parse(c.Parameters["realm"]); err == nil && u.User != nil {
		return errors.New("the realm has a login in it")
	}
	return nil
}

// explain converts the errors of logging in to a *fetch.Error.
func explain(req *http.Request, err error) error {
	var fe *fetch.Error
	var te *transport.Error
	var ue *url.Error
	switch {
	case errors.As(err, &fe):
		return fe
	case req.Context().Err() != nil:
		return req.Context().Err()
	case errors.As(err, &te):
		e := fetch.StatusError(req.Method, req.URL, te.StatusCode)
		e.Err = fmt.Errorf("log in: %d %s", te.StatusCode, http.StatusText(te.StatusCode))
		return e
	case errors.As(err, &ue):
		err = ue.Err
	}
	return &fetch.Error{Code: fetch.BadAnswer, Method: req.Method, URL: fetch.Plain(req.URL), Err: fmt.Errorf("log in: %s", answer.Short(err.Error()))}
}

// A schemeGuard is the transport for go-containerregistry. It forbids http if the
// server is configured with https, because that library tries both.
type schemeGuard struct {
	Base *url.URL
	next http.RoundTripper
}

var errPlain = errors.New("plain http is not tried here")

// RoundTrip implements http.RoundTripper.
func (f *schemeGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.Base.Scheme == "https" && req.URL.Scheme != "https" {
		return nil, &fetch.Error{Code: fetch.Refused, Method: req.Method, URL: fetch.Plain(req.URL), Err: errPlain}
	}
	return f.next.RoundTrip(fetch.WithoutLogin(req))
}
