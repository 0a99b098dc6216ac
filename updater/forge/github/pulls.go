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

	"github.com/freshpin/freshpin/updater/forge"
)

const (
	pageSize = 100 // GitHub's maximum
	maxPages = 100 // pages of any list
	oldPulls = 10  // pages of closed pull requests that are read without a memory
)

// PullRequests returns the pull requests on our branches, and the open ones of other
// bots. It excludes pull requests from forks, whose branches anyone can name. For closed
// ones, Head is the last commit of the branch, even if the branch is deleted.
func (f *Forge) PullRequests(ctx context.Context, repo string, known []int) ([]forge.PullRequest, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return nil, err
	}
	var all []forge.PullRequest
	if known == nil {
		all, err = f.everyPull(ctx, repo)
	} else {
		all, err = f.knownPulls(ctx, repo, known)
	}
	if err != nil {
		return nil, fmt.Errorf("pull requests of %s: %w", repo, err)
	}
	slices.SortFunc(all, func(a, b forge.PullRequest) int { return a.Number - b.Number })
	return slices.CompactFunc(all, func(a, b forge.PullRequest) bool { return a.Number == b.Number }), nil
}

// everyPull returns the newest pull requests in any state, and all open ones.
func (f *Forge) everyPull(ctx context.Context, repo string) ([]forge.PullRequest, error) {
	all, more, err := f.listPulls(ctx, repo, "all", oldPulls)
	if err != nil || !more {
		return all, err
	}
	open, _, err := f.listPulls(ctx, repo, "open", maxPages)
	return append(open, all...), err
}

// knownPulls returns the open pull requests and the known ones.
func (f *Forge) knownPulls(ctx context.Context, repo string, known []int) ([]forge.PullRequest, error) {
	all, _, err := f.listPulls(ctx, repo, "open", maxPages)
	if err != nil {
		return nil, err
	}
	for _, n := range known {
		if slices.ContainsFunc(all, func(p forge.PullRequest) bool { return p.Number == n }) {
			continue
		}
		var pull api.PullRequest
		err := f.do(ctx, http.MethodGet, fmt.Sprintf("repos/%s/pulls/%d", repo, n), nil, &pull)
		if errors.Is(err, forge.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ours(&pull) {
			all = append(all, pullRequest(&pull))
		}
	}
	return all, nil
}

// listPulls returns our pull requests in a list, newest first, and whether there are more pages.
//
// See https://docs.github.com/rest/pulls/pulls#list-pull-requests
func (f *Forge) listPulls(ctx context.Context, repo, state string, limit int) (all []forge.PullRequest, more bool, err error) {
	query := url.Values{"state": {state}, "sort": {"created"}, "direction": {"desc"}}
	more, err = pages(ctx, f, "repos/"+repo+"/pulls", query, limit, func(p *api.PullRequest) {
		if ours(p) || others(p) {
			all = append(all, pullRequest(p))
		}
	})
	return all, more, err
}

// pages reads a list page by page, and reports whether there are pages beyond the limit.
//
// See https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
func pages[T any](ctx context.Context, f *Forge, path string, query url.Values, limit int, each func(*T)) (more bool, err error) {
	query.Set("per_page", fmt.Sprint(pageSize))
	return everyPage(limit, func(page int) (int, error) {
		if page > 1 {
			query.Set("page", fmt.Sprint(page))
		}
		var got []*T
		err := f.do(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &got)
		for _, v := range got {
			if v != nil {
				each(v)
			}
		}
		return len(got), err
	})
}

// everyPage reads pages until one has less than pageSize entries, and reports whether
// there are pages beyond the limit.
func everyPage(limit int, read func(page int) (entries int, err error)) (more bool, err error) {
	for page := 1; page <= limit; page++ {
		if n, err := read(page); err != nil || n < pageSize {
			return false, err
		}
	}
	return true, nil
}

// ours reports whether the pull request is on one of our branches, in the repository itself.
func ours(p *api.PullRequest) bool {
	return strings.HasPrefix(p.GetHead().GetRef(), forge.Prefix) && inside(p)
}

// others reports whether the pull request is open and from another bot.
func others(p *api.PullRequest) bool {
	return p.GetState() == forge.Open && forge.OtherBot(p.GetHead().GetRef()) != "" && inside(p)
}

// inside reports whether the branch is in the repository itself and not in a fork.
func inside(p *api.PullRequest) bool {
	// The repository of the head is null if the fork was deleted.
	head, base := p.GetHead().GetRepo().GetFullName(), p.GetBase().GetRepo().GetFullName()
	return head != "" && strings.EqualFold(head, base)
}

// pullRequest converts a pull request.
func pullRequest(p *api.PullRequest) forge.PullRequest {
	out := forge.PullRequest{
		Number: p.GetNumber(), URL: p.GetHTMLURL(), Branch: p.GetHead().GetRef(), Head: p.GetHead().GetSHA(),
		Base: p.GetBase().GetRef(), State: p.GetState(), Title: p.GetTitle(), Body: p.GetBody(),
		Unchecked: p.GetUser().GetLogin() == workflowLogin, Closed: p.GetClosedAt().Time,
	}
	// GitHub's state of a merged one is closed.
	if p.MergedAt != nil {
		out.State = forge.Merged
	}
	for _, l := range p.Labels {
		out.Labels = append(out.Labels, l.GetName())
	}
	return out
}

// pull opens the pull request or updates the open one. Unless the branch is fresh, it
// first looks for an open one that is not in the memory.
func (p *publisher) pull(ctx context.Context, head string, fresh bool) (*api.PullRequest, error) {
	body := p.Body(head)
	if p.Number != 0 {
		return p.change(ctx, p.Number, body)
	}
	if !fresh {
		if found, ok, err := p.look(ctx); err != nil || ok {
			return p.adopt(ctx, found, body, err)
		}
	}
	found, err := p.open(ctx, body, p.Draft)
	if p.Draft && says(err, http.StatusUnprocessableEntity, "draft") {
		p.log.Warn("the repository has no drafts; the pull request is opened as a plain one", "repo", p.repo)
		found, err = p.open(ctx, body, false)
	}
	return p.adopt(ctx, found, body, err)
}

// open opens the pull request, or returns one that is already open.
//
// See https://docs.github.com/rest/pulls/pulls#create-a-pull-request
func (p *publisher) open(ctx context.Context, body string, draft bool) (*api.PullRequest, error) {
	in := &api.NewPullRequest{Title: &p.Title, Head: &p.Branch, Base: &p.Base, Body: &body}
	if draft {
		in.Draft = &draft
	}
	send := func() (*api.PullRequest, error) {
		var out api.PullRequest
		err := p.do(ctx, http.MethodPost, p.path("pulls"), in, &out)
		return &out, err
	}
	return once(ctx, p.Forge, "already exists", send, func() (*api.PullRequest, bool, error) { return p.look(ctx) })
}

// look looks for an open pull request on the branch.
func (p *publisher) look(ctx context.Context) (*api.PullRequest, bool, error) {
	query := url.Values{"state": {"open"}, "head": {owner(p.repo) + ":" + p.Branch}}
	var got []*api.PullRequest
	if err := p.do(ctx, http.MethodGet, p.path("pulls?%s", query.Encode()), nil, &got); err != nil {
		return nil, false, err
	}
	for _, found := range got {
		if ours(found) && found.GetHead().GetRef() == p.Branch && found.GetBase().GetRef() == p.Base {
			p.found = true
			return found, true, nil
		}
	}
	return nil, false, nil
}

// adopt returns a pull request that was just opened, or one that was found, whose text
// it updates if it differs.
func (p *publisher) adopt(ctx context.Context, found *api.PullRequest, body string, err error) (*api.PullRequest, error) {
	if err != nil {
		return nil, err
	}
	p.opened = true
	if !p.found || found.GetTitle() == p.Title && sameText(found.GetBody(), body) {
		return found, nil
	}
	return p.change(ctx, found.GetNumber(), body)
}

// sameText compares bodies. It ignores line ends and surrounding space, which GitHub may change.
func sameText(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// change sets the title and body of an open pull request.
//
// See https://docs.github.com/rest/pulls/pulls#update-a-pull-request
func (p *publisher) change(ctx context.Context, number int, body string) (*api.PullRequest, error) {
	in := map[string]string{"title": p.Title, "body": body}
	var out api.PullRequest
	err := p.do(ctx, http.MethodPatch, p.path("pulls/%d", number), in, &out)
	return &out, err
}

// Close closes the pull request, comments with the reason, and deletes the branch if it
// has not moved. The request that closes it also adds ClosedMark to the body, so that a
// crash afterwards is not mistaken for a person's refusal.
func (f *Forge) Close(ctx context.Context, repo string, pr forge.PullRequest, why string) error {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return err
	}
	said := true // unless it is certain that there is no comment yet, look for it
	if pr.State == forge.Open || !hasMark(pr.Body, forge.ClosedMark) {
		var out api.PullRequest
		in := map[string]string{"state": "closed", "body": withMark(pr.Body, forge.ClosedMark)}
		if err := f.do(ctx, http.MethodPatch, fmt.Sprintf("repos/%s/pulls/%d", repo, pr.Number), in, &out); err != nil {
			return fmt.Errorf("close pull request %d of %s: %w", pr.Number, repo, err)
		}
		said = out.Comments == nil || out.GetComments() > 0
	}
	if why != "" {
		if err := f.say(ctx, repo, pr.Number, forge.ClosedMark, why, said); err != nil {
			return fmt.Errorf("close pull request %d of %s: %w", pr.Number, repo, err)
		}
	}
	if err := f.drop(ctx, repo, pr); err != nil {
		return fmt.Errorf("delete branch %s of %s: %w", pr.Branch, repo, err)
	}
	return nil
}

// drop deletes the branch of a pull request, if it has not moved.
//
// See https://docs.github.com/rest/git/refs#delete-a-reference
func (f *Forge) drop(ctx context.Context, repo string, pr forge.PullRequest) error {
	if pr.Head == "" || !strings.HasPrefix(pr.Branch, forge.Prefix) {
		return nil
	}
	at, err := f.ref(ctx, repo, "heads/"+pr.Branch)
	// A later commit is another author's work, which deleting the branch would lose.
	if err != nil || at != pr.Head {
		return err
	}
	err = f.do(ctx, http.MethodDelete, "repos/"+repo+"/git/refs/heads/"+escape(pr.Branch), nil, nil)
	// The branch may have been deleted since it was read.
	if errors.Is(err, forge.ErrNotFound) || says(err, http.StatusUnprocessableEntity, "does not exist") {
		return nil
	}
	return err
}
