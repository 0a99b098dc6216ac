package login

import (
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/freshpin/freshpin/ecosystems/registry/answer"
)

// answer returns the authorization for a challenge. Without a login it is anonymous.
func (s *Session) answer(ctx context.Context, asked *transport.Challenge) (grant string, err error) {
	sv, login := s.server, s.server.login(ctx)
	config, err := authn.Authorization(ctx, login.auth)
	if err != nil {
		return "", err
	}
	switch {
	case config.RegistryToken != "":
		return "Bearer " + config.RegistryToken, nil
	case !strings.EqualFold(asked.Scheme, "bearer"):
		return basic(config), nil
	}
	scopes := []string{s.scope}
	if scope := asked.Parameters["scope"]; scope != "" && scope != s.scope {
		scopes = []string{scope, s.scope} // some issuers use only the first scope
	}
	token, err := transport.Exchange(ctx, sv.registry, login.auth, sv.floor, scopes, asked)
	if err != nil {
		return "", err
	}
	return "Bearer " + cmp.Or(token.Token, token.AccessToken), nil // issuers set one or the other
}

// elsewhere answers the challenge of another server, to which the registry
// redirected. It requests an anonymous token, because the registry's login must
// not go there. If it gets none, the server's refusal is the result.
func (s *Session) elsewhere(req *http.Request, res *http.Response, asked *transport.Challenge) (*http.Response, error) {
	reg, err := name.NewRegistry(req.URL.Host)
	if err != nil || !strings.EqualFold(asked.Scheme, "bearer") {
		return res, nil
	}
	token, err := transport.Exchange(req.Context(), reg, authn.Anonymous, s.server.floor, []string{asked.Parameters["scope"]}, asked)
	if err != nil {
		return res, nil
	}
	discard(res)
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+cmp.Or(token.Token, token.AccessToken))
	if res, err = s.server.floor.RoundTrip(req); err != nil {
		return nil, explain(req, err)
	}
	return res, nil
}

// basic returns the header for a login with name and password, "" for none.
func basic(c *authn.AuthConfig) string {
	switch {
	case c.Username != "" && c.Password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))
	case c.Auth != "":
		return "Basic " + c.Auth
	}
	return ""
}

// owns reports whether an address is on the server itself, so that its login may be sent there.
func (s *Server) owns(u *url.URL) bool {
	return u.Scheme == s.root.Scheme && hostPort(u) == hostPort(s.root)
}

// hostPort returns host and port of an address, with the default port of the scheme.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// challengeOf returns the challenge of a refusal; nil if there is none that
// Freshpin can answer. It prefers bearer tokens if a server offers both.
func challengeOf(res *http.Response) *transport.Challenge {
	if res.StatusCode != http.StatusUnauthorized {
		return nil
	}
	var found *transport.Challenge
	for _, value := range res.Header.Values("WWW-Authenticate") {
		for value != "" {
			var c *transport.Challenge
			if c, value = cutChallenge(value); c == nil {
				break
			}
			c.Insecure = res.Request != nil && res.Request.URL.Scheme == "http"
			bearer := strings.EqualFold(c.Scheme, "bearer") && c.Parameters["realm"] != ""
			if bearer || found == nil && strings.EqualFold(c.Scheme, "basic") {
				found = c
			}
			if bearer {
				return found
			}
		}
	}
	return found
}

// cutChallenge returns the first challenge of a header (RFC 9110, section 11.6.1),
// which may have several, and the rest of the header.
func cutChallenge(value string) (*transport.Challenge, string) {
	scheme, rest, _ := strings.Cut(strings.TrimLeft(value, " \t,"), " ")
	scheme = strings.TrimRight(scheme, ",")
	if scheme == "" {
		return nil, ""
	}
	c := &transport.Challenge{Scheme: scheme, Parameters: map[string]string{}}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		end := answer.OutsideQuotes(rest, ',')
		name, text, found := strings.Cut(rest[:end], "=")
		name = strings.TrimSpace(name)
		if !found || strings.ContainsAny(name, " \t\"") { // the scheme of the next one
			return c, rest
		}
		c.Parameters[strings.ToLower(name)] = unquote(strings.TrimSpace(text))
		if rest = rest[min(end+1, len(rest)):]; rest == "" {
			return c, ""
		}
	}
}

// unquote returns the value of a quoted string, or a token unchanged.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text[1 : len(text)-1])
}

// discard reads and closes an unused answer, so that its connection can be reused.
func discard(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10)
	res.Body.Close()
}
