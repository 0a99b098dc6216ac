package wiring

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/freshpin/freshpin/cmd/internal/console"
	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/updater/config"
	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/event"
	"github.com/freshpin/freshpin/updater/forge/github"
	"github.com/freshpin/freshpin/updater/lifecycle"
	"github.com/freshpin/freshpin/updater/plan"
)

// forges lists the kinds of forge. The last one is the default.
func forges() []kindOfForge {
	return []kindOfForge{{github.Info(), (*Settings).gitHub}}
}

type kindOfForge struct {
	forge.Info
	of func(*Settings) Provider
}

// A Provider is a forge as the operator has set it up: all that commands have to know
// about it.
type Provider struct {
	forge.Info
	Site     string   // address of its pages
	SiteName string   // the variable that sets Site
	Hosts    []string // hosts that the operator named for it; they may have private addresses
	Here     string   // repository that a workflow runs in; "" for none

	LoggedIn  bool
	Login     string   // what logs in: "GITHUB_TOKEN"
	LoginHint string   // how to log in
	Anonymous string   // what works without a login
	Visible   string   // which repositories a login sees
	Secrets   []string // must not be logged

	// Open returns the forge. pauses are shared with other processes, left is called
	// with the rest of a rate limit; both may be nil.
	Open func(pauses fetch.Pauses, left func(account string, requests int)) (Hub, error)
	// GitLogin returns the login for git over HTTP, false if there is none.
	GitLogin func(ctx context.Context, repo string) (user, password string, ok bool, err error)
	// Examine checks login and permissions; path is an argument of the command line.
	Examine func(ctx context.Context, path string, found *Findings)

	Webhooks func(secrets []string) event.Source
	SignIn   func() (forge.SignIn, error) // nil if it is not set up
}

// A Hub is a forge that run and serve can work on.
type Hub interface {
	forge.Forge
	forge.Lister
	forge.Installations
}

// provider returns the first forge with a login, else the default.
func (s *Settings) provider() (p Provider) {
	for _, k := range forges() {
		p = k.of(s)
		if p.Info = k.Info; p.LoggedIn {
			return p
		}
	}
	return p
}

// RegisterLogin adds the flags that log in to a forge.
func (l *Flags) RegisterLogin(f *pflag.FlagSet) {
	f.Int64Var(&l.login.GitHubAppID, "github-app-id", 0, "log in as this GitHub App")
	f.StringVar(&l.login.GitHubAppKey, "github-app-key", "", "the `FILE` with its private key")
}

// logIn applies the flags of RegisterLogin.
func (l *Flags) logIn(o *config.Operator) {
	o.GitHubAppID = cmp.Or(l.login.GitHubAppID, o.GitHubAppID)
	o.GitHubAppKey = cmp.Or(l.login.GitHubAppKey, o.GitHubAppKey)
}

// httpOptions reach no private address but those of the forge that the operator named.
func httpOptions(named []string) fetch.Options {
	return fetch.Options{NoPrivate: true, Own: func(host string) bool { return slices.Contains(named, host) }}
}

// IsRemote reports whether a path names a repository on a forge.
func IsRemote(path string) bool {
	return slices.ContainsFunc(forges(), func(k kindOfForge) bool { return strings.HasPrefix(path, k.Name+":") })
}

// remote opens a repository on the forge for reading.
func (s *Settings) remote(ctx context.Context, word string) (plan.Tree, error) {
	repo, err := s.Repository(word)
	if err != nil {
		return plan.Tree{}, err
	}
	if s.Offline {
		return plan.Tree{}, console.Usagef("%s cannot be read offline", word)
	}
	hub, err := s.Forge.Open(nil, nil)
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
func (s *Settings) Repository(word string) (string, error) {
	example := s.Forge.Name + ":OWNER/REPO"
	name := strings.TrimPrefix(word, s.Forge.Name+":")
	owner, repo, ok := strings.Cut(name, "/")
	valid := func(s string) bool {
		return s != "" && s != "." && s != ".." && strings.Trim(strings.ToLower(s), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
	}
	switch {
	case word == "":
		return "", &console.UsageError{Err: errors.New("no repository was named"), Hint: "freshpin run " + example}
	case !ok || !valid(owner) || !valid(repo):
		return "", &console.UsageError{Err: fmt.Errorf("%q is not a repository", word), Hint: example}
	}
	return name, nil
}

// gitLogin returns the login for private git repositories: that of the forge, and only
// there.
func (s *Settings) gitLogin(ctx context.Context, repository *url.URL) (user, password string, ok bool, err error) {
	server, err := url.Parse(s.Forge.Site)
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
	if !s.Forge.LoggedIn {
		return "", "", false, nil
	}
	return s.Forge.GitLogin(ctx, name)
}

// A Finding is the result of one check of the doctor.
type Finding struct {
	State string // "ok"; "note" for what may be intended; "bad" for what is needed and missing
	What  string // "login"
	Said  string
	Hint  string // how to fix it; "" for none
}

// Findings are what the doctor found.
type Findings []Finding

// OK adds what works.
func (f *Findings) OK(what, format string, args ...any) {
	*f = append(*f, Finding{"ok", what, fmt.Sprintf(format, args...), ""})
}

// Note adds what may be intended.
func (f *Findings) Note(what, hint, format string, args ...any) {
	*f = append(*f, Finding{"note", what, fmt.Sprintf(format, args...), hint})
}

// Bad adds what is needed and missing.
func (f *Findings) Bad(what, hint, format string, args ...any) {
	*f = append(*f, Finding{"bad", what, fmt.Sprintf(format, args...), hint})
}
