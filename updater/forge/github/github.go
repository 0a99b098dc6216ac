package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
)

// Options configure access to GitHub. The zero value reads public repositories.
type Options struct {
	// HTTP has the rules about hosts and the shared pauses. Log and UserAgent below,
	// and defaults for GitHub, are added to it.
	HTTP      fetch.Options
	APIURL    string                             // "https://github.acme.com/api/v3/"; "" means https://api.github.com/
	Token     string                             // of a person or of a workflow; "" for none
	App       *App                               // a GitHub App, instead of a token
	Cache     string                             // folder for files and trees by git object id; "" for none
	CacheSize int64                              // size limit of the folder in bytes; 0 means 1 GiB
	UserAgent string                             // "" means "freshpin"
	Forks     bool                               // accept forks, which are otherwise refused
	Left      func(account string, requests int) // called with the rest of a rate limit; nil for none
	Log       *slog.Logger                       // nil for none
}

// A Forge implements forge.Forge for GitHub. It is safe for concurrent use.
type Forge struct {
	api     *api.Client
	wire    *transport
	graphql string // its URL
	store   *store
	log     *slog.Logger
	forks   bool
	app     *installations // nil without an App
	token   string         // its kind affects the meaning of answers; "" with an App

	mu      sync.Mutex
	login   string            // our login; "" until it is known
	methods map[string]string // allowed merge method by repository
}

var (
	_ forge.Forge          = (*Forge)(nil)
	_ forge.Memory         = (*Forge)(nil)
	_ forge.Commenter      = (*Forge)(nil)
	_ forge.IssueTracker   = (*Forge)(nil)
	_ forge.Lister         = (*Forge)(nil)
	_ forge.CommitLog      = (*Forge)(nil)
	_ forge.RequestCounter = (*Forge)(nil)
	_ forge.Locker         = (*Forge)(nil)
)

// New returns a Forge with the options.
func New(o Options) (*Forge, error) {
	o = o.filled()
	base, err := baseURL(o.APIURL)
	if err != nil {
		return nil, err
	}
	f := &Forge{log: o.Log, forks: o.Forks, token: o.Token, graphql: graphqlURL(base), methods: map[string]string{}}
	f.store = newStore(o.Cache, o.CacheSize, o.Log)
	f.wire = newTransport(fetch.New(o.HTTP), base, bearer(o.Token))
	f.wire.left = o.Left
	f.wire.counts = &counts{sent: map[string][2]int{}}
	if o.App != nil {
		if o.Token != "" {
			return nil, errors.New("github: a token and an App are given; one of them is enough")
		}
		if f.app, err = newInstallations(o, base, f.wire); err != nil {
			return nil, err
		}
		f.wire.sign = f.app
	}
	f.api = client(f.wire, base, o.UserAgent)
	return f, nil
}

// GitLogin returns the user and password for git access to a repository over HTTP,
// from the token or the App's installation. ok is false if there is no login.
//
// See https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
func (f *Forge) GitLogin(ctx context.Context, repo string) (user, password string, ok bool, err error) {
	authorization, _, err := f.wire.sign.sign(ctx, repo)
	if err != nil {
		return "", "", false, err
	}
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	return "x-access-token", token, ok, nil
}

// filled returns the options with defaults.
func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.CacheSize = cmp.Or(o.CacheSize, 1<<30)
	o.UserAgent = cmp.Or(o.UserAgent, "freshpin")
	o.HTTP.Log, o.HTTP.UserAgent = o.Log, o.UserAgent
	o.HTTP = stack(o.HTTP)
	return o
}

// baseURL parses the address of the API and adds a final slash.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(cmp.Or(text, "https://api.github.com/"))
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("github: the address of the API is not an http(s) address without a login, such as https://api.github.com/")
	}
	u.RawQuery, u.Fragment = "", ""
	// go-github refuses a base address without it.
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	return u, nil
}

// graphqlURL returns the URL of GraphQL: below the root of the API for github.com, and
// /api/graphql for an Enterprise server whose REST API is at /api/v3/.
func graphqlURL(base *url.URL) string {
	u := *base
	u.Path = strings.TrimSuffix(u.Path, "v3/") + "graphql"
	return u.String()
}

// client returns go-github's client. The transport does everything else.
func client(t http.RoundTripper, base *url.URL, agent string) *api.Client {
	c := api.NewClient(&http.Client{Transport: t, CheckRedirect: redirect})
	c.BaseURL, c.UserAgent = base, agent
	return c
}

// redirect follows GitHub's redirects for renamed repositories (301 for reads, 307 for
// writes), but never to another host or with another method. It restores the query if
// the redirect has lost it, because the answer depends on it.
func redirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 5 || req.Method != first.Method || req.URL.Host != first.URL.Host || req.URL.Scheme != first.URL.Scheme {
		return http.ErrUseLastResponse
	}
	if req.URL.RawQuery == "" {
		req.URL.RawQuery = first.URL.RawQuery
	}
	return nil
}

// do sends one request to the REST API. Its error is a *forge.Denied, a *failure (an
// error answer of GitHub), or the reason why there is no answer.
func (f *Forge) do(ctx context.Context, method, path string, in, out any) error {
	return ask(ctx, f.api, method, path, in, out)
}

func ask(ctx context.Context, c *api.Client, method, path string, in, out any) error {
	req, err := c.NewRequest(method, path, in)
	if err != nil {
		return err
	}
	_, err = c.Do(ctx, req, out)
	return explain(ctx, req, err)
}

var name = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}$`)

// begin starts a call for a repository. It returns an error for an invalid name.
func begin(ctx context.Context, repo string) (context.Context, error) {
	_, base, _ := strings.Cut(repo, "/")
	// The name becomes part of addresses, where . and .. lead elsewhere.
	if !name.MatchString(repo) || base == "." || base == ".." {
		return nil, &forge.Denied{Repo: repo, Code: forge.NotFound, Reason: fmt.Sprintf("%q is not the name of a repository, such as acme/shop", repo)}
	}
	return withCall(ctx, repo), nil
}

// owner returns the owner of a repository.
func owner(repo string) string {
	o, _, _ := strings.Cut(repo, "/")
	return o
}

// escape escapes a ref or a path for an address, except for slashes.
func escape(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
