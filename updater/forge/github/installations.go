package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
	"github.com/freshpin/freshpin/updater/forge/gittree"
)

var (
	_ forge.Installations     = (*Forge)(nil)
	_ forge.Reopener          = (*Forge)(nil)
	_ forge.PullRequestGetter = (*Forge)(nil)
)

// Installations returns the installations of the App; with a token, one installation
// with ID 0 and the token's owner as the account.
//
// See https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app
func (f *Forge) Installations(ctx context.Context) ([]forge.Installation, error) {
	if f.app == nil {
		login, err := f.whoami(withCall(ctx, "user"))
		if err != nil {
			return nil, err
		}
		return []forge.Installation{{Account: login}}, nil
	}
	var all []forge.Installation
	_, err := everyPage(maxPages, func(page int) (int, error) {
		var got []*api.Installation
		err := ask(withCall(ctx, "app"), f.app.api, http.MethodGet, fmt.Sprintf("app/installations?per_page=%d&page=%d", pageSize, page), nil, &got)
		for _, i := range got {
			all = append(all, forge.Installation{ID: i.GetID(), Account: i.GetAccount().GetLogin(), Suspended: i.SuspendedAt != nil})
		}
		return len(got), err
	})
	if err != nil {
		return nil, fmt.Errorf("installations of the App: %w", err)
	}
	slices.SortFunc(all, func(a, b forge.Installation) int {
		return cmp.Compare(strings.ToLower(a.Account), strings.ToLower(b.Account))
	})
	return all, nil
}

// Granted returns the repositories of an installation.
func (f *Forge) Granted(ctx context.Context, installation int64) ([]forge.Repository, error) {
	list, err := f.granted(ctx, installation)
	if err != nil {
		return nil, fmt.Errorf("repositories of installation %d: %w", installation, err)
	}
	var all []forge.Repository
	for _, r := range list {
		// Names become parts of addresses.
		if name.MatchString(r.GetFullName()) {
			all = append(all, repositoryOf(r))
		}
	}
	slices.SortFunc(all, func(a, b forge.Repository) int { return cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	// A list that changes between two pages may repeat entries.
	return slices.CompactFunc(all, func(a, b forge.Repository) bool { return strings.EqualFold(a.Name, b.Name) }), nil
}

func (f *Forge) granted(ctx context.Context, installation int64) ([]*api.Repository, error) {
	if f.app == nil {
		query := url.Values{"affiliation": {"owner,collaborator,organization_member"}}
		return f.listRepositories(withCall(ctx, "user"), "user/repos", query)
	}
	account, err := f.accountOf(ctx, installation)
	if err != nil {
		return nil, err
	}
	return f.installed(withCall(ctx, account))
}

// accountOf returns the account of an installation.
func (f *Forge) accountOf(ctx context.Context, installation int64) (string, error) {
	all, err := f.Installations(ctx)
	if err != nil {
		return "", err
	}
	for _, i := range all {
		switch {
		case i.ID == installation && i.Suspended:
			return "", &forge.Denied{Repo: i.Account, Code: forge.NoPermission, Reason: fmt.Sprintf("the GitHub App is suspended for %s", i.Account)}
		case i.ID == installation:
			return i.Account, nil
		}
	}
	return "", &forge.Denied{Code: forge.NotFound, Reason: fmt.Sprintf("installation %d of the GitHub App is not there any more", installation)}
}

func repositoryOf(r *api.Repository) forge.Repository {
	return forge.Repository{
		Name: r.GetFullName(), ID: r.GetID(), Branch: r.GetDefaultBranch(), URL: r.GetHTMLURL(), Private: r.GetPrivate(),
		Archived: r.GetArchived(), Disabled: r.GetDisabled(), Fork: r.GetFork(), Topics: r.Topics,
	}
}

// Revisit requests the newest commit of the branch, and nothing else if its tree is
// known. If the repository was renamed or the branch is gone, it behaves like Open.
func (f *Forge) Revisit(ctx context.Context, was forge.Checkout) (*forge.Checkout, error) {
	bound, err := begin(ctx, was.Repo)
	if err != nil {
		return nil, err
	}
	branch, err := f.branch(bound, was.Repo, was.Branch)
	var refused *forge.Denied
	// Open would meet the same rate limit.
	if errors.As(err, &refused) && refused.Code != forge.RateLimited || errors.Is(err, forge.ErrNotFound) {
		return f.Open(ctx, was.Repo)
	}
	if err != nil {
		return nil, err
	}
	c := was
	c.Commit, c.Tree = branch.GetCommit().GetSHA(), branch.GetCommit().GetCommit().GetTree().GetSHA()
	// GitHub redirects the old name of a repository: the answer then has addresses with the new one.
	if !gittree.IsHash(c.Commit) || !gittree.IsHash(c.Tree) || !strings.Contains(strings.ToLower(branch.GetCommit().GetURL()), "/repos/"+strings.ToLower(was.Repo)+"/") {
		return f.Open(ctx, was.Repo)
	}
	items, err := f.list(bound, was.Repo, c.Tree)
	if err != nil {
		return nil, err
	}
	f.fill(ctx, &c, items)
	return &c, nil
}

// PullRequest returns one pull request of any author.
//
// See https://docs.github.com/rest/pulls/pulls#get-a-pull-request
func (f *Forge) PullRequest(ctx context.Context, repo string, number int) (forge.PullRequest, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return forge.PullRequest{}, err
	}
	var pull api.PullRequest
	if err := f.do(ctx, http.MethodGet, fmt.Sprintf("repos/%s/pulls/%d", repo, number), nil, &pull); err != nil {
		return forge.PullRequest{}, fmt.Errorf("%s#%d: %w", repo, number, err)
	}
	return pullRequest(&pull), nil
}
