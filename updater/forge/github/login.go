package github

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	api "github.com/google/go-github/v57/github"
)

// A Login describes our login according to GitHub. It contains no secrets.
type Login struct {
	Kind   string        // "GitHub App", "token of a workflow", "classic token", "fine-grained token", "token"; "" for no login
	Name   string        // of the person or App; "" if unknown
	Scopes []string      // of a classic token; nil for others
	Clock  time.Duration // difference of GitHub's clock to this machine's, positive if it is ahead
}

// Login requests data about our login, with one or two requests.
//
// See https://docs.github.com/rest/rate-limit/rate-limit and
// https://docs.github.com/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps
func (f *Forge) Login(ctx context.Context) (Login, error) {
	if f.app != nil {
		return f.appLogin(ctx)
	}
	l := Login{Kind: kindOf(f.token)}
	resp, err := f.header(ctx, "rate_limit", nil)
	if err != nil {
		return l, err
	}
	l.see(resp)
	// A workflow's token belongs to no user, so GitHub refuses it the next request.
	if l.Kind == "" || f.ofWorkflow() {
		return l, nil
	}
	var who api.User
	if err := f.do(withCall(ctx, ""), http.MethodGet, "user", nil, &who); err != nil {
		return l, err
	}
	l.Name = who.GetLogin()
	return l, nil
}

// appLogin requests data about the App.
//
// See https://docs.github.com/rest/apps/apps#get-the-authenticated-app
func (f *Forge) appLogin(ctx context.Context) (Login, error) {
	l := Login{Kind: "GitHub App"}
	req, err := f.app.api.NewRequest(http.MethodGet, "app", nil)
	if err != nil {
		return l, err
	}
	var app api.App
	resp, err := f.app.api.Do(withCall(ctx, ""), req, &app)
	if err != nil {
		return l, explain(ctx, req, err)
	}
	l.see(resp)
	l.Name = app.GetSlug()
	return l, nil
}

// header sends a request and returns the answer with its headers.
func (f *Forge) header(ctx context.Context, path string, out any) (*api.Response, error) {
	req, err := f.api.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := f.api.Do(withCall(ctx, ""), req, out)
	return resp, explain(ctx, req, err)
}

// see sets the fields from the headers.
func (l *Login) see(resp *api.Response) {
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		l.Clock = time.Until(at)
	}
	if scopes, ok := resp.Header["X-Oauth-Scopes"]; ok {
		// Not nil: a classic token may have no scopes.
		l.Scopes = []string{}
		for _, s := range strings.Split(strings.Join(scopes, ","), ",") {
			if s = strings.TrimSpace(s); s != "" {
				l.Scopes = append(l.Scopes, s)
			}
		}
	}
}

const workflowToken = "token of a workflow"

// kindOf returns the kind of a token by its prefix.
//
// See https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats
func kindOf(token string) string {
	for _, k := range []struct{ prefix, kind string }{
		{"ghs_", workflowToken}, {"ghp_", "classic token"}, {"gho_", "classic token"}, {"github_pat_", "fine-grained token"},
	} {
		if strings.HasPrefix(token, k.prefix) {
			return k.kind
		}
	}
	if token == "" {
		return ""
	}
	return "token"
}

// ofWorkflow reports whether the login is the token of a workflow.
func (f *Forge) ofWorkflow() bool { return kindOf(f.token) == workflowToken }

// Rights are the permissions of a login in a repository: "write", "read", "none", or
// "" if only the first write can tell.
type Rights struct {
	Contents, PullRequests, Issues, Workflows string
	Checks                                    string // for checks and commit statuses
}

// Rights returns the permissions of the login in a repository.
//
// See https://docs.github.com/rest/repos/repos#get-a-repository
func (f *Forge) Rights(ctx context.Context, repo string) (Rights, error) {
	bound, err := begin(ctx, repo)
	if err != nil {
		return Rights{}, err
	}
	r, err := f.repository(bound, repo)
	if err != nil {
		return Rights{}, err
	}
	if f.app != nil {
		p := f.app.permissions(bound, r.GetOwner().GetLogin())
		if p == nil {
			return Rights{}, errors.New("GitHub does not say what the App may do")
		}
		// The state of a pull request needs both: checks and commit statuses.
		checks := or(p.GetChecks())
		if p.GetStatuses() == "" {
			checks = "none"
		}
		return Rights{or(p.GetContents()), or(p.GetPullRequests()), or(p.GetIssues()), or(p.GetWorkflows()), checks}, nil
	}
	return f.tokenRights(r), nil
}

func or(right string) string {
	if right == "" {
		return "none"
	}
	return right
}

// tokenRights returns the permissions of a token's owner in the repository. GitHub does
// not report how far a fine-grained or a workflow's token restricts them.
func (f *Forge) tokenRights(r *api.Repository) Rights {
	switch {
	case f.token == "":
		return Rights{Contents: "read", PullRequests: "read", Issues: "read", Workflows: "none"}
	case f.ofWorkflow():
		return Rights{}
	case !r.GetPermissions()["push"]:
		return Rights{Contents: "read", PullRequests: "read", Issues: "read", Workflows: "none"}
	case kindOf(f.token) == "fine-grained token":
		return Rights{}
	}
	return Rights{Contents: "write", PullRequests: "write", Issues: "write"}
}
