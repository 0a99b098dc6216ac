package registry

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
)

// A grant is what opens a repository.
type grant struct {
	header string // of Authorization; "" for none
}

// answer does what a challenge asks for, as far as there is a login.
func (s *session) answer(ctx context.Context, asked *transport.Challenge) (*grant, error) {
	sv, login := s.server, s.server.login(ctx)
	config, err := authn.Authorization(ctx, login.auth)
	if err != nil {
		return nil, err
	}
	switch {
	case config.RegistryToken != "":
		return &grant{"Bearer " + config.RegistryToken}, nil
	case !strings.EqualFold(asked.Scheme, "bearer"):
		return &grant{basic(config)}, nil
	}
	scopes := []string{s.scope}
	if scope := asked.Parameters["scope"]; scope != "" && scope != s.scope {
		scopes = []string{scope, s.scope} // some issuers look at the first one only
	}
	token, err := transport.Exchange(ctx, sv.registry, login.auth, sv.floor, scopes, asked)
	if err != nil {
		return nil, err
	}
	return &grant{"Bearer " + cmp.Or(token.Token, token.AccessToken)}, nil // some issuers know one name, some the other
}

// elsewhere answers the challenge of another server, to which the registry
// redirected: it gives tokens to everybody, or the refusal stands.
func (s *session) elsewhere(req *http.Request, res *http.Response, asked *transport.Challenge) (*http.Response, error) {
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

// basic returns the header of a login by name and password, "" for none.
func basic(c *authn.AuthConfig) string {
	switch {
	case c.Username != "" && c.Password != "":
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Password))
	case c.Auth != "":
		return "Basic " + c.Auth
	}
	return ""
}

// owns reports whether an address lies on the server itself, so that its login may go there.
func (s *server) owns(u *url.URL) bool {
	return u.Scheme == s.root.Scheme && hostPort(u) == hostPort(s.root)
}

// hostPort returns host and port of an address, also where the port is that of the scheme.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return strings.ToLower(net.JoinHostPort(u.Hostname(), port))
}

// challengeOf returns the challenge of a refusal that can be answered; nil for
// none. A token is preferred where a server offers both.
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

// cutChallenge takes the first challenge off a header (RFC 9110, section
// 11.6.1), which may hold several, and returns it with those behind it.
func cutChallenge(value string) (*transport.Challenge, string) {
	scheme, rest, _ := strings.Cut(strings.TrimLeft(value, " \t,"), " ")
	scheme = strings.TrimRight(scheme, ",")
	if scheme == "" {
		return nil, ""
	}
	c := &transport.Challenge{Scheme: scheme, Parameters: map[string]string{}}
	for {
		rest = strings.TrimLeft(rest, " \t,")
		end := outsideQuotes(rest, ',')
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

// unquote returns the value of a quoted string, or the token that stands without quotes.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(text[1 : len(text)-1])
}

// discard lets the connection of an answer that is not wanted be used again.
func discard(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, 64<<10)
	res.Body.Close()
}
