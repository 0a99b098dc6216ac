package cli

import (
	"cmp"
	"context"
	"net/url"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/ecosystems"
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

// gitLogin returns the logins for git repositories that their server does not
// show to everyone: on the operator's GitHub, and nowhere else, those of its API.
func (s *settings) gitLogin() func(context.Context, *url.URL) (string, string, bool, error) {
	hub := sync.OnceValues(func() (*github.Forge, error) { return s.github() })
	return func(ctx context.Context, repository *url.URL) (user, password string, ok bool, err error) {
		server, err := url.Parse(gitServer(s.env.getenv))
		if err != nil || repository.Scheme != server.Scheme || !strings.EqualFold(repository.Host, server.Host) {
			return "", "", false, nil
		}
		name := strings.TrimSuffix(strings.Trim(repository.Path, "/"), ".git")
		owner, _, _ := strings.Cut(name, "/")
		asker, _, _ := strings.Cut(ecosystems.BehalfOf(ctx), "/")
		if asker != "" && !strings.EqualFold(asker, owner) { // what others keep private is not for this repository to know
			return "", "", false, nil
		}
		if cmp.Or(s.env.getenv("GITHUB_TOKEN"), s.env.getenv("GH_TOKEN")) == "" && s.operator.GitHubAppID == 0 {
			return "", "", false, nil
		}
		f, err := hub()
		if err != nil {
			return "", "", false, err
		}
		return f.GitLogin(ctx, name)
	}
}
