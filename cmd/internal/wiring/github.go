package wiring

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/all"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/forge/github/webhook"
	"github.com/freshpin/freshpin/updater/notes"
)

// gitHub is GitHub with the operator's login: the GitHub App if one is set, otherwise
// GITHUB_TOKEN, otherwise anonymous.
func (s *Settings) gitHub() Provider {
	o := s.Operator
	p := Provider{
		Site: gitHubSite(s.env.Getenv), SiteName: "GITHUB_SERVER_URL", Here: s.env.Getenv("GITHUB_REPOSITORY"),
		Hosts:    s.gitHubHosts(),
		LoggedIn: s.token() != "" || o.GitHubAppID != 0, Login: "GITHUB_TOKEN",
		LoginHint: "set GITHUB_TOKEN, or --github-app-id and --github-app-key",
		Anonymous: "only public repositories can be read, with at most 60 requests an hour",
		Visible:   "a GitHub App sees the repositories it is installed on, a token those it was granted",
		Secrets:   []string{o.GitHubClientSecret, s.env.Getenv("GITHUB_TOKEN"), s.env.Getenv("GH_TOKEN")},
		Open: func(pauses fetch.Pauses, left func(string, int)) (Hub, error) {
			return s.openGitHub(pauses, left)
		},
		GitLogin: func(ctx context.Context, repo string) (user, password string, ok bool, err error) {
			f, err := s.asker()
			if err != nil {
				return "", "", false, err
			}
			return f.GitLogin(ctx, repo)
		},
		Examine:  s.examineGitHub,
		Webhooks: func(secrets []string) event.Source { return webhook.New(secrets) },
	}
	if o.GitHubAppID != 0 {
		p.Login = fmt.Sprintf("GitHub App %d, key %s", o.GitHubAppID, o.GitHubAppKey)
	}
	if o.GitHubClientID != "" {
		p.SignIn = s.gitHubSignIn
	}
	return p
}

func (s *Settings) openGitHub(pauses fetch.Pauses, left func(string, int)) (*github.Forge, error) {
	o := github.Options{
		APIURL:    s.env.Getenv("GITHUB_API_URL"),
		Token:     s.token(),
		UserAgent: "freshpin/" + console.Version,
		Cache:     s.folder("git"),
		CacheSize: int64(s.Operator.Cache.Size),
		Left:      left,
		Log:       s.Log,
		HTTP:      httpOptions(s.gitHubHosts()),
	}
	o.HTTP.Pauses = pauses
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
	hub, err := github.New(o)
	if err != nil {
		return nil, &console.UsageError{Err: err}
	}
	return hub, nil
}

func (s *Settings) gitHubSignIn() (forge.SignIn, error) {
	door, err := github.NewSignIn(github.SignInOptions{
		ClientID: s.Operator.GitHubClientID, ClientSecret: s.Operator.GitHubClientSecret, APIURL: s.env.Getenv("GITHUB_API_URL"),
		SiteURL: s.env.Getenv("GITHUB_SERVER_URL"), UserAgent: "freshpin/" + console.Version,
		HTTP: httpOptions(s.gitHubHosts()),
	})
	if err != nil {
		return nil, &console.UsageError{Err: err}
	}
	return door, nil
}

func (s *Settings) gitHubHosts() []string {
	return []string{HostOf(s.env.Getenv("GITHUB_API_URL")), HostOf(s.env.Getenv("GITHUB_SERVER_URL"))}
}

// gitHubSite returns the address of the GitHub that the environment names.
func gitHubSite(getenv func(string) string) string {
	if server := getenv("GITHUB_SERVER_URL"); server != "" {
		return server
	}
	api, err := url.Parse(getenv("GITHUB_API_URL"))
	if err != nil || !strings.HasSuffix(strings.TrimRight(api.Path, "/"), "/api/v3") { // that of GitHub Enterprise Server
		return "https://github.com"
	}
	return api.Scheme + "://" + api.Host
}

// token returns the token of the environment, "" for none.
func (s *Settings) token() string {
	return cmp.Or(s.env.Getenv("GITHUB_TOKEN"), s.env.Getenv("GH_TOKEN"))
}

// releases reads release notes from GitHub.
func (s *Settings) releases() *notes.Source {
	token := s.token()
	return notes.New(notes.Options{
		HTTP: s.Client, API: s.env.Getenv("GITHUB_API_URL"), Host: HostOf(s.env.Getenv("GITHUB_SERVER_URL")),
		Token: func(context.Context) (string, error) { return token, nil },
	})
}

// apiLogin returns what authenticates questions about releases to the public
// GitHub, and in whose name it asks: the token of the environment, or that of the
// App where the repository is installed for which it is asked. There is none where
// the operator's GitHub is another one.
func (s *Settings) apiLogin() func(context.Context) (all.APILogin, error) {
	if api := s.env.Getenv("GITHUB_API_URL"); api != "" && strings.TrimRight(api, "/") != publicAPI {
		return nil
	}
	if token := s.token(); token != "" {
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
		f, err := s.asker()
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
