package wiring

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/updater/forge/github"
)

// gitServer returns the GitHub whose repositories are meant where no server is
// named: that of the environment.
func gitServer(getenv func(string) string) string {
	if server := getenv("GITHUB_SERVER_URL"); server != "" {
		return server
	}
	api, err := url.Parse(getenv("GITHUB_API_URL"))
	if err != nil || !strings.HasSuffix(strings.TrimRight(api.Path, "/"), "/api/v3") { // that of GitHub Enterprise Server
		return "https://github.com"
	}
	return api.Scheme + "://" + api.Host
}

// gitLogin returns the login for private git repositories: the GitHub token or App,
// only on the operator's own GitHub.
func (s *Settings) gitLogin() func(context.Context, *url.URL) (string, string, bool, error) {
	return func(ctx context.Context, repository *url.URL) (user, password string, ok bool, err error) {
		server, err := url.Parse(gitServer(s.env.Getenv))
		// The scheme too: a token for https must not leave over http.
		if err != nil || repository.Scheme != server.Scheme || !strings.EqualFold(repository.Host, server.Host) {
			return "", "", false, nil
		}
		name := strings.TrimSuffix(strings.Trim(repository.Path, "/"), ".git")
		owner, _, _ := strings.Cut(name, "/")
		asker, _, _ := strings.Cut(ecosystems.BehalfOf(ctx), "/")
		if asker != "" && !strings.EqualFold(asker, owner) { // a repository must not read the private repositories of other owners
			return "", "", false, nil
		}
		if !s.LoggedIn() {
			return "", "", false, nil
		}
		f, err := s.askers.get(s.GitHub)
		if err != nil {
			return "", "", false, err
		}
		return f.GitLogin(ctx, name)
	}
}

// Token returns the GitHub token of the environment, "" for none.
func (s *Settings) Token() string {
	return cmp.Or(s.env.Getenv("GITHUB_TOKEN"), s.env.Getenv("GH_TOKEN"))
}

// LoggedIn reports whether there is a login for GitHub: an App or a token.
func (s *Settings) LoggedIn() bool { return s.Operator.GitHubAppID != 0 || s.Token() != "" }

// apiLogin returns what authenticates questions about releases to the public
// GitHub, and in whose name it asks: the token of the environment, or that of the
// App where the repository is installed for which it is asked. There is none where
// the operator's GitHub is another one.
func (s *Settings) apiLogin() func(context.Context) (all.APILogin, error) {
	if api := s.env.Getenv("GITHUB_API_URL"); api != "" && strings.TrimRight(api, "/") != publicAPI {
		return nil
	}
	if token := s.Token(); token != "" {
		sum := sha256.Sum256([]byte(token))
		return func(context.Context) (all.APILogin, error) {
			return all.APILogin{Token: token, Identity: hex.EncodeToString(sum[:]), Account: "github/"}, nil
		}
	}
	if s.Operator.GitHubAppID == 0 {
		return nil
	}
	return func(ctx context.Context) (all.APILogin, error) {
		asker := ecosystems.BehalfOf(ctx)
		owner, _, _ := strings.Cut(asker, "/")
		if asker == "" {
			return all.APILogin{}, nil
		}
		f, err := s.askers.get(s.GitHub)
		if err != nil {
			return all.APILogin{}, err
		}
		_, token, ok, err := f.GitLogin(ctx, asker)
		if err != nil || !ok {
			return all.APILogin{}, err
		}
		owner = strings.ToLower(owner)
		return all.APILogin{Token: token, Identity: "app " + owner, Account: "github/" + owner}, nil
	}
}

const publicAPI = "https://api.github.com"

// An askers makes the client that logs lookups in, once: it keeps the tokens of
// installations, which last an hour.
type askers struct {
	once sync.Once
	hub  *github.Forge
	err  error
}

func (a *askers) get(open func() (*github.Forge, error)) (*github.Forge, error) {
	a.once.Do(func() { a.hub, a.err = open() })
	return a.hub, a.err
}
