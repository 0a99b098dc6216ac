package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/forge"
)

var account = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$`)

// Repositories returns the repositories of an organization or a person; for an App,
// those that it is installed on.
func (f *Forge) Repositories(ctx context.Context, owner string) ([]string, error) {
	if !account.MatchString(owner) {
		return nil, fmt.Errorf("%q is not the name of an organization or a person", owner)
	}
	ctx = withCall(ctx, owner)
	all, err := f.repositories(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("repositories of %s: %w", owner, err)
	}
	var names []string
	for _, r := range all {
		full := r.GetFullName()
		before, _, _ := strings.Cut(full, "/")
		if !r.GetArchived() && !r.GetDisabled() && name.MatchString(full) && strings.EqualFold(before, owner) {
			names = append(names, full)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// repositories requests the list of an organization, otherwise of a person, whose
// private repositories are visible only to their own token.
//
// See https://docs.github.com/rest/repos/repos#list-organization-repositories
func (f *Forge) repositories(ctx context.Context, owner string) ([]*api.Repository, error) {
	if f.app != nil {
		return f.installed(ctx)
	}
	all, err := f.listRepositories(ctx, "orgs/"+owner+"/repos", url.Values{"type": {"all"}})
	if !errors.Is(err, forge.ErrNotFound) {
		return all, err
	}
	if f.token != "" {
		login, err := f.whoami(ctx)
		if err != nil {
			return nil, err
		}
		if strings.EqualFold(login, owner) {
			return f.listRepositories(ctx, "user/repos", url.Values{"affiliation": {"owner"}})
		}
	}
	return f.listRepositories(ctx, "users/"+owner+"/repos", url.Values{"type": {"owner"}})
}

func (f *Forge) listRepositories(ctx context.Context, path string, query url.Values) (all []*api.Repository, err error) {
	_, err = pages(ctx, f, path, query, maxPages, func(r *api.Repository) { all = append(all, r) })
	return all, err
}

// installed requests the repositories of the App's installation, a list with another format.
//
// See https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation
func (f *Forge) installed(ctx context.Context) (all []*api.Repository, err error) {
	_, err = everyPage(maxPages, func(page int) (int, error) {
		var got api.ListRepositories
		err := f.do(ctx, http.MethodGet, fmt.Sprintf("installation/repositories?per_page=%d&page=%d", pageSize, page), nil, &got)
		all = append(all, got.Repositories...)
		return len(got.Repositories), err
	})
	return all, err
}

// Subjects returns the first lines of the newest thirty commits.
//
// See https://docs.github.com/rest/commits/commits#list-commits
func (f *Forge) Subjects(ctx context.Context, repo string) ([]string, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return nil, err
	}
	var got []*api.RepositoryCommit
	if err := f.do(ctx, http.MethodGet, "repos/"+repo+"/commits?per_page=30", nil, &got); err != nil {
		return nil, fmt.Errorf("commits of %s: %w", repo, err)
	}
	var subjects []string
	for _, c := range got {
		subject, _, _ := strings.Cut(c.GetCommit().GetMessage(), "\n")
		subjects = append(subjects, strings.TrimSpace(subject))
	}
	return subjects, nil
}
