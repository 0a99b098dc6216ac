package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
)

// issuePages is the number of pages that are searched for our issue.
const issuePages = 3

// Issue returns an issue. One that is found by its mark must be ours, because anyone
// can write a mark.
func (f *Forge) Issue(ctx context.Context, repo string, number int, mark string) (forge.Issue, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return forge.Issue{}, err
	}
	i, err := f.issue(ctx, repo, number, mark)
	if err != nil {
		return forge.Issue{}, fmt.Errorf("issue of %s: %w", repo, err)
	}
	return issue(i), nil
}

// issue requests an issue. It returns "not found" for an issue that was deleted (410)
// or converted to a discussion, and for a pull request.
//
// See https://docs.github.com/rest/issues/issues#get-an-issue
func (f *Forge) issue(ctx context.Context, repo string, number int, mark string) (*api.Issue, error) {
	if number == 0 {
		return f.findIssue(ctx, repo, mark)
	}
	var i api.Issue
	err := f.do(ctx, http.MethodGet, fmt.Sprintf("repos/%s/issues/%d", repo, number), nil, &i)
	if status(err) == http.StatusGone || err == nil && (i.IsPullRequest() || i.GetNumber() != number) {
		return nil, forge.ErrNotFound
	}
	return &i, err
}

// findIssue searches our issues for the mark.
//
// See https://docs.github.com/rest/issues/issues#list-repository-issues
func (f *Forge) findIssue(ctx context.Context, repo, mark string) (*api.Issue, error) {
	if mark == "" {
		return nil, forge.ErrNotFound
	}
	login, err := f.whoami(ctx)
	if err != nil {
		return nil, err
	}
	query := url.Values{"state": {"all"}, "creator": {login}, "sort": {"created"}, "direction": {"desc"}}
	var found *api.Issue
	_, err = pages(ctx, f, "repos/"+repo+"/issues", query, issuePages, func(i *api.Issue) {
		mine := strings.EqualFold(i.GetUser().GetLogin(), login)
		better := found == nil || found.GetState() != "open" && i.GetState() == "open"
		// GitHub lists pull requests among the issues.
		if mine && better && !i.IsPullRequest() && hasMark(i.GetBody(), mark) {
			found = i
		}
	})
	if status(err) == http.StatusGone { // issues are disabled
		return nil, forge.ErrNotFound
	}
	if err == nil && found == nil {
		err = forge.ErrNotFound
	}
	return found, err
}

func issue(i *api.Issue) forge.Issue {
	return forge.Issue{Number: i.GetNumber(), Open: i.GetState() == "open", Title: i.GetTitle(), Body: i.GetBody(), URL: i.GetHTMLURL()}
}

// Put opens or changes the issue.
func (f *Forge) Put(ctx context.Context, repo string, want forge.Issue, mark string) (forge.Issue, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return forge.Issue{}, err
	}
	want.Body = withMark(want.Body, mark)
	i, err := f.put(ctx, repo, want, mark)
	if err != nil {
		return forge.Issue{}, fmt.Errorf("issue of %s: %w", repo, err)
	}
	return issue(i), nil
}

func (f *Forge) put(ctx context.Context, repo string, want forge.Issue, mark string) (*api.Issue, error) {
	if want.Number != 0 {
		return f.changeIssue(ctx, repo, want.Number, want)
	}
	found, err := f.findIssue(ctx, repo, mark)
	if errors.Is(err, forge.ErrNotFound) {
		return f.openIssue(ctx, repo, want, mark)
	}
	if err != nil {
		return nil, err
	}
	if same(found, want) {
		return found, nil
	}
	return f.changeIssue(ctx, repo, found.GetNumber(), want)
}

func same(i *api.Issue, want forge.Issue) bool {
	return (i.GetState() == "open") == want.Open && i.GetTitle() == want.Title && sameText(i.GetBody(), want.Body)
}

// openIssue opens an issue, unless it already exists or the wanted state is closed.
//
// See https://docs.github.com/rest/issues/issues#create-an-issue
func (f *Forge) openIssue(ctx context.Context, repo string, want forge.Issue, mark string) (*api.Issue, error) {
	if !want.Open {
		return nil, forge.ErrNotFound
	}
	send := func() (*api.Issue, error) {
		var i api.Issue
		err := f.do(ctx, http.MethodPost, "repos/"+repo+"/issues", map[string]string{"title": want.Title, "body": want.Body}, &i)
		return &i, err
	}
	look := func() (*api.Issue, bool, error) {
		i, err := f.findIssue(ctx, repo, mark)
		if errors.Is(err, forge.ErrNotFound) {
			return nil, false, nil
		}
		return i, err == nil, err
	}
	// No answer contains NUL: GitHub accepts the same issue twice.
	return once(ctx, f, "\x00", send, look)
}

// changeIssue changes an issue.
//
// See https://docs.github.com/rest/issues/issues#update-an-issue
func (f *Forge) changeIssue(ctx context.Context, repo string, number int, want forge.Issue) (*api.Issue, error) {
	state := "closed"
	if want.Open {
		state = "open"
	}
	var i api.Issue
	in := map[string]string{"title": want.Title, "body": want.Body, "state": state}
	err := f.do(ctx, http.MethodPatch, fmt.Sprintf("repos/%s/issues/%d", repo, number), in, &i)
	if status(err) == http.StatusGone {
		err = forge.ErrNotFound
	}
	return &i, err
}

// whoami returns our login and caches it: that of the App, of the token's owner, or,
// for a workflow's token, the viewer in GraphQL.
func (f *Forge) whoami(ctx context.Context) (string, error) {
	f.mu.Lock()
	login := f.login
	f.mu.Unlock()
	if login != "" {
		return login, nil
	}
	// The request is made without the lock, which every Open needs too (see keepMethod).
	login, err := f.askLogin(ctx)
	if err == nil && login == "" {
		err = errors.New("GitHub does not say whose token this is")
	}
	if err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.login = login
	return login, nil
}

// askLogin requests our login. The request does not count for any repository.
//
// See https://docs.github.com/rest/users/users#get-the-authenticated-user
func (f *Forge) askLogin(ctx context.Context) (string, error) {
	repo := callOf(ctx).repo
	ctx = withCall(ctx, "")
	if f.app != nil {
		var app api.App
		err := ask(ctx, f.app.api, http.MethodGet, "app", nil, &app)
		// The login of an App has this suffix, which its slug lacks.
		return app.GetSlug() + "[bot]", err
	}
	if !f.ofWorkflow() {
		var u api.User
		err := f.do(ctx, http.MethodGet, "user", nil, &u)
		var refused *forge.Denied
		if !errors.As(err, &refused) || refused.Code != forge.NoPermission {
			return u.GetLogin(), err
		}
	}
	var who struct {
		Viewer struct {
			Login string `json:"login"`
		} `json:"viewer"`
	}
	if err := f.ask(ctx, `query { viewer { login } }`, nil, &who); err != nil {
		return "", fmt.Errorf("%s: whose token is this: %w", repo, err)
	}
	return who.Viewer.Login, nil
}
