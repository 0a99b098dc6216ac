package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	api "github.com/google/go-github/v57/github"

	"github.com/freshpin/freshpin/updater/forge"
)

// labels returns the labels of the pull request after a call of label.
func (p *publisher) labels(pull *api.PullRequest) []string {
	names := pullRequest(pull).Labels
	return append(names, p.missing(pull)...)
}

func (p *publisher) missing(pull *api.PullRequest) []string {
	var missing []string
	for _, want := range p.Labels {
		there := func(l *api.Label) bool { return strings.EqualFold(l.GetName(), want) }
		if !slices.ContainsFunc(pull.Labels, there) && !slices.Contains(missing, want) {
			missing = append(missing, want)
		}
	}
	return missing
}

// label adds missing labels.
//
// See https://docs.github.com/rest/issues/labels#add-labels-to-an-issue
func (p *publisher) label(ctx context.Context, pull *api.PullRequest) error {
	missing := p.missing(pull)
	if len(missing) == 0 {
		return nil
	}
	in := map[string][]string{"labels": missing}
	err := p.do(ctx, http.MethodPost, p.path("issues/%d/labels", pull.GetNumber()), in, nil)
	var refused *forge.Denied
	if errors.As(err, &refused) && refused.Code == forge.NoPermission || status(err) == http.StatusUnprocessableEntity {
		p.log.Warn("the pull request has no labels", "repo", p.repo, "number", pull.GetNumber(), "error", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("label pull request %d of %s: %w", pull.GetNumber(), p.repo, err)
	}
	return nil
}

// request requests reviews, but only once, so that a reviewer who has removed the
// request does not get it again. It ignores reviewers who cannot be requested.
//
// See https://docs.github.com/rest/pulls/review-requests#request-reviewers-for-a-pull-request
func (p *publisher) request(ctx context.Context, pull *api.PullRequest) {
	people, teams := p.reviewers(pull)
	if !p.opened || len(people)+len(teams) == 0 {
		return
	}
	in := api.ReviewersRequest{Reviewers: people, TeamReviewers: teams}
	if err := p.do(ctx, http.MethodPost, p.path("pulls/%d/requested_reviewers", pull.GetNumber()), in, nil); err != nil {
		p.log.Warn("the reviewers could not be asked", "repo", p.repo, "number", pull.GetNumber(), "error", err)
	}
}

// assign adds assignees, but only once, so that a person who has removed the assignment does not get it again.
//
// See https://docs.github.com/rest/issues/assignees#add-assignees-to-an-issue
func (p *publisher) assign(ctx context.Context, pull *api.PullRequest) {
	if !p.opened || len(p.Assignees) == 0 {
		return
	}
	in := map[string][]string{"assignees": p.Assignees}
	if err := p.do(ctx, http.MethodPost, p.path("issues/%d/assignees", pull.GetNumber()), in, nil); err != nil {
		p.log.Warn("the pull request could not be assigned", "repo", p.repo, "number", pull.GetNumber(), "error", err)
	}
}

// reviewers returns the reviewers without a request, except for the author.
func (p *publisher) reviewers(pull *api.PullRequest) (people, teams []string) {
	for _, r := range p.Reviewers {
		if _, team, ok := strings.Cut(r, "/"); ok {
			there := func(t *api.Team) bool { return strings.EqualFold(t.GetSlug(), team) }
			if !slices.ContainsFunc(pull.RequestedTeams, there) {
				teams = append(teams, team)
			}
			continue
		}
		there := func(u *api.User) bool { return strings.EqualFold(u.GetLogin(), r) }
		// GitHub refuses the whole request if it names the author.
		if !slices.ContainsFunc(append([]*api.User{pull.GetUser()}, pull.RequestedReviewers...), there) {
			people = append(people, r)
		}
	}
	return people, teams
}

// autoMerge enables the automatic merge of the pull request. If that is not possible,
// the pull request stays an ordinary one.
//
// See https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge
func (p *publisher) autoMerge(ctx context.Context, pull *api.PullRequest) {
	if !p.Automerge || pull.AutoMerge != nil || pull.GetNodeID() == "" || pull.GetState() != forge.Open {
		return
	}
	input := map[string]string{"pullRequestId": pull.GetNodeID()}
	p.mu.Lock()
	// GitHub's default is a merge commit, which the repository may forbid.
	if method := p.methods[strings.ToLower(p.repo)]; method != "" {
		input["mergeMethod"] = method
	}
	p.mu.Unlock()
	const text = `mutation($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { clientMutationId } }`
	if err := p.ask(ctx, text, map[string]any{"input": input}, nil); err != nil {
		p.log.Warn("the pull request is not merged automatically", "repo", p.repo, "number", pull.GetNumber(), "error", err)
	}
}

// ask sends a GraphQL request. GraphQL returns errors with status 200, possibly
// together with an answer: then out is set and the error is a *graphqlError.
func (f *Forge) ask(ctx context.Context, text string, variables map[string]any, out any) error {
	in := map[string]any{"query": text}
	if variables != nil {
		in["variables"] = variables
	}
	answer := struct {
		Data   any            `json:"data"`
		Errors []graphqlFault `json:"errors"`
	}{Data: out}
	if err := f.do(ctx, http.MethodPost, f.graphql, in, &answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return &graphqlError{answer.Errors}
	}
	return nil
}

// A graphqlError holds the errors in a GraphQL answer.
type graphqlError struct{ faults []graphqlFault }

type graphqlFault struct {
	Message string `json:"message"`
	Path    []any  `json:"path"` // names of fields, and indexes of lists
}

// Error returns the message of the first error.
func (e *graphqlError) Error() string {
	return "GitHub: " + clip(strings.Join(strings.Fields(e.faults[0].Message), " "), 300)
}

// about reports whether the path of an error contains all the words; false for nil.
func (e *graphqlError) about(words ...string) bool {
	return e != nil && slices.ContainsFunc(e.faults, func(f graphqlFault) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(f.Path, any(w)) })
	})
}
