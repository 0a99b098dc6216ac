package registry

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
)

// A server is one registry server: its login is found once, and it is asked
// once how it wants to see it. Both happen when the first request goes out;
// what the cache answers needs neither.
type server struct {
	base     string // "https://index.docker.io/v2/"
	root     *url.URL
	registry name.Registry
	keychain authn.Keychain
	floor    http.RoundTripper

	login     func(ctx context.Context) login
	challenge once[*transport.Challenge]

	mu       sync.Mutex
	sessions map[string]*session // by path
}

// A login is what the keychain has for a server.
type login struct {
	auth     authn.Authenticator
	identity string // a hash of it; "" for nobody
	err      error  // the keychain failed, and nobody it is
}

func newServer(o Options, base *url.URL) (*server, error) {
	reg, err := name.NewRegistry(base.Host)
	if err != nil {
		return nil, err
	}
	at := *base
	at.Host = reg.RegistryStr() // docker.io is index.docker.io
	base = &at
	s := &server{base: base.String(), root: base, registry: reg, keychain: o.Keychain, sessions: map[string]*session{}}
	s.floor = &schemeGuard{base: base, next: o.HTTP.Transport()}
	var found once[login]
	s.login = func(ctx context.Context) login {
		l, err := found.do(ctx, func() (login, error) { return s.find(ctx), nil })
		if err != nil {
			return login{auth: authn.Anonymous, err: err}
		}
		return l
	}
	return s, nil
}

// find looks the login up. A keychain that fails, such as one whose helper is
// not installed here, has none: most images need none, and where one does, the
// refusal names the trouble.
func (s *server) find(ctx context.Context) login {
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
	// Not config itself: its JSON forms hide fields, and a helper may be asked anew each time.
	data, err := json.Marshal([]string{config.Username, config.Password, config.Auth, config.IdentityToken, config.RegistryToken})
	if err != nil {
		return login{auth: authn.Anonymous, err: err}
	}
	sum := sha256.Sum256(data)
	return login{auth: authn.FromConfig(*config), identity: hex.EncodeToString(sum[:])}
}

func (s *server) session(path string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found, ok := s.sessions[path]; ok {
		return found
	}
	found := &session{server: s, scope: "repository:" + path + ":pull"}
	s.sessions[path] = found
	return found
}

// A session sends the requests for one repository, logged in as the server wants it.
type session struct {
	server *server
	scope  string
	grant  once[*grant]

	mu   sync.Mutex
	seen login
}

// identity names those in whose name the session asks.
func (s *session) identity(ctx context.Context) (string, error) {
	l := s.server.login(ctx)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = l
	return l.identity, nil
}

func (s *session) anonymous() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.identity == ""
}

// trouble is what the keychain said, to be added to a hint.
func (s *session) trouble() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen.err == nil {
		return ""
	}
	return fmt.Sprintf("; no login was found: %s", oneLine(s.seen.err))
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// RoundTrip logs in where that has not happened, and sends the request. A
// refusal that comes with a challenge is answered once: tokens expire, and a
// server may want a login for this repository alone.
func (s *session) RoundTrip(req *http.Request) (*http.Response, error) {
	first, err := s.grant.do(req.Context(), func() (*grant, error) { return s.open(req.Context()) })
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
	again, err := s.grant.renew(req.Context(), first, func() (*grant, error) { return s.answer(req.Context(), asked) })
	switch {
	case err != nil:
		discard(res)
		return nil, explain(req, err)
	case again.header == first.header:
		return res, nil // there is nothing better to send
	}
	discard(res)
	if res, err = s.send(req, again); err != nil {
		return nil, explain(req, err)
	}
	return res, nil
}

// send sends a request with a grant, which goes to the server alone.
func (s *session) send(req *http.Request, g *grant) (*http.Response, error) {
	if g.header != "" && s.server.owns(req.URL) {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", g.header)
	}
	return s.server.floor.RoundTrip(req)
}

// open finds out how the server wants to see a login (the ping, once for the
// server), and gets a token for this repository where it wants one.
func (s *session) open(ctx context.Context) (*grant, error) {
	asked, err := s.server.challenge.do(ctx, func() (*transport.Challenge, error) { return s.server.ping(ctx) })
	if err != nil {
		return nil, err
	}
	return s.answer(ctx, asked)
}

// ping asks the server how it wants to see a login. One that does not know the
// question is asked as if it wanted none, with the login if there is one.
func (s *server) ping(ctx context.Context) (*transport.Challenge, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base, nil)
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
		return c, nil // without a realm, which the answer to it tells
	}
	if res.StatusCode >= http.StatusInternalServerError {
		return nil, fetch.StatusError(req.Method, req.URL, res.StatusCode)
	}
	return &transport.Challenge{Insecure: res.Request.URL.Scheme == "http"}, nil
}

// checkRealm refuses the address of an issuer of tokens that has a login in it:
// that of a stranger must not stand in for ours.
func checkRealm(c *transport.Challenge) error {
	if u, err := url.Parse(c.Parameters["realm"]); err == nil && u.User != nil {
		return errors.New("the realm has a login in it")
	}
	return nil
}

// explain brings the errors of logging in into the form that package fetch has for all.
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
	return &fetch.Error{Code: fetch.BadAnswer, Method: req.Method, URL: fetch.Plain(req.URL), Err: fmt.Errorf("log in: %s", cut(oneLine(err)))}
}

// cut keeps what a server wrote from filling the screen.
func cut(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// A schemeGuard is what go-containerregistry sends through. It decides between http
// and https, where that library would try both.
type schemeGuard struct {
	base *url.URL
	next http.RoundTripper
}

var errPlain = errors.New("plain http is not tried here")

// RoundTrip sends a request of the login, or one that has been logged in.
func (f *schemeGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.base.Scheme == "https" && req.URL.Scheme != "https" {
		return nil, &fetch.Error{Code: fetch.Refused, Method: req.Method, URL: fetch.Plain(req.URL), Err: errPlain}
	}
	return f.next.RoundTrip(fetch.WithoutLogin(req))
}
