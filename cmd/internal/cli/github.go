package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/plan"
)

// scheme is the prefix of a repository name that is not a folder.
const scheme = "github:"

// github returns GitHub with the operator's login: the GitHub App if one is set,
// otherwise GITHUB_TOKEN, otherwise anonymous.
func (s *settings) github() (*github.Forge, error) {
	return s.githubWith(func(*github.Options) {})
}

// githubWith is github with changed options.
func (s *settings) githubWith(change func(*github.Options)) (*github.Forge, error) {
	o := github.Options{
		APIURL:    s.env.Getenv("GITHUB_API_URL"),
		Token:     cmp.Or(s.env.Getenv("GITHUB_TOKEN"), s.env.Getenv("GH_TOKEN")),
		UserAgent: "freshpin/" + console.Version,
		Cache:     s.folder("git"),
		CacheSize: int64(s.operator.Cache.Size),
		Log:       s.log,
		HTTP:      s.githubTransport(),
	}
	if s.operator.GitHubAppID != 0 {
		if s.operator.GitHubAppKey == "" {
			return nil, &console.UsageError{Err: fmt.Errorf("the GitHub App %d has no private key", s.operator.GitHubAppID), Hint: "--github-app-key FILE, or FRESHPIN_GITHUB_APP_KEY"}
		}
		key, err := os.ReadFile(s.operator.GitHubAppKey)
		if err != nil {
			return nil, console.Usagef("read the private key of the GitHub App: %w", err)
		}
		o.App, o.Token = &github.App{ID: s.operator.GitHubAppID, Key: key}, ""
	}
	change(&o)
	hub, err := github.New(o)
	if err != nil {
		return nil, &console.UsageError{Err: err}
	}
	return hub, nil
}

// githubTransport reaches only the GitHub that the operator named, which may have a private address.
func (s *settings) githubTransport() http.RoundTripper {
	named := []string{hostOf(s.env.Getenv("GITHUB_API_URL")), hostOf(s.env.Getenv("GITHUB_SERVER_URL"))}
	return fetch.Guarded(func(host string) bool { return slices.Contains(named, host) })
}

// isRemote reports whether a path names a repository on GitHub.
func isRemote(path string) bool { return strings.HasPrefix(path, scheme) }

// remote opens a repository on GitHub for reading.
func (s *settings) remote(ctx context.Context, word string) (plan.Tree, error) {
	repo, err := repository(word)
	if err != nil {
		return plan.Tree{}, err
	}
	if s.offline {
		return plan.Tree{}, console.Usagef("%s cannot be read offline", word)
	}
	hub, err := s.github()
	if err != nil {
		return plan.Tree{}, err
	}
	checkout, err := hub.Open(ctx, repo)
	if err != nil {
		return plan.Tree{}, err
	}
	return lifecycle.Tree(ctx, checkout, s.rules(checkout.FS, checkout.Branch, true), s.ecosystems())
}
