package wiring

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/plan"
)

// Scheme is the prefix of a repository name that is not a folder.
const Scheme = "github:"

// GitHub returns GitHub with the operator's login: the GitHub App if one is set,
// otherwise GITHUB_TOKEN, otherwise anonymous.
func (s *Settings) GitHub() (*github.Forge, error) {
	return s.GitHubWith(func(*github.Options) {})
}

// GitHubWith is GitHub with changed options.
func (s *Settings) GitHubWith(change func(*github.Options)) (*github.Forge, error) {
	o := github.Options{
		APIURL:    s.env.Getenv("GITHUB_API_URL"),
		Token:     s.Token(),
		UserAgent: "freshpin/" + console.Version,
		Cache:     s.folder("git"),
		CacheSize: int64(s.Operator.Cache.Size),
		Log:       s.Log,
		HTTP:      s.GitHubHTTP(),
	}
	if s.Operator.GitHubAppID != 0 {
		if s.Operator.GitHubAppKey == "" {
			return nil, &console.UsageError{Err: fmt.Errorf("the GitHub App %d has no private key", s.Operator.GitHubAppID), Hint: "--github-app-key FILE, or FRESHPIN_GITHUB_APP_KEY"}
		}
		key, err := os.ReadFile(s.Operator.GitHubAppKey)
		if err != nil {
			return nil, console.Usagef("read the private key of the GitHub App: %w", err)
		}
		o.App, o.Token = &github.App{ID: s.Operator.GitHubAppID, Key: key}, ""
	}
	change(&o)
	hub, err := github.New(o)
	if err != nil {
		return nil, &console.UsageError{Err: err}
	}
	return hub, nil
}

// GitHubHTTP reaches no private address but that of the GitHub that the operator named.
func (s *Settings) GitHubHTTP() fetch.Options {
	named := []string{HostOf(s.env.Getenv("GITHUB_API_URL")), HostOf(s.env.Getenv("GITHUB_SERVER_URL"))}
	return fetch.Options{NoPrivate: true, Own: func(host string) bool { return slices.Contains(named, host) }}
}

// IsRemote reports whether a path names a repository on GitHub.
func IsRemote(path string) bool { return strings.HasPrefix(path, Scheme) }

// remote opens a repository on GitHub for reading.
func (s *Settings) remote(ctx context.Context, word string) (plan.Tree, error) {
	repo, err := Repository(word)
	if err != nil {
		return plan.Tree{}, err
	}
	if s.Offline {
		return plan.Tree{}, console.Usagef("%s cannot be read offline", word)
	}
	hub, err := s.GitHub()
	if err != nil {
		return plan.Tree{}, err
	}
	checkout, err := hub.Open(ctx, repo)
	if err != nil {
		return plan.Tree{}, err
	}
	return lifecycle.Tree(ctx, checkout, s.Rules(checkout.FS, checkout.Branch, true), s.Ecosystems())
}

// Repository parses github:OWNER/REPO; the scheme is optional where only repositories are allowed.
func Repository(word string) (string, error) {
	name := strings.TrimPrefix(word, "github:")
	owner, repo, ok := strings.Cut(name, "/")
	valid := func(s string) bool {
		return s != "" && s != "." && s != ".." && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
	}
	switch {
	case word == "":
		return "", &console.UsageError{Err: errors.New("no repository was named"), Hint: "freshpin run github:OWNER/REPO"}
	case !ok || !valid(owner) || !valid(repo):
		return "", &console.UsageError{Err: fmt.Errorf("%q is not a repository", word), Hint: "github:OWNER/REPO"}
	}
	return name, nil
}
