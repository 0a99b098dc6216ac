package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
)

// statusFields are the requested fields of each pull request.
//
// See https://docs.github.com/graphql/reference/objects#pullrequest
const statusFields = `fragment status on PullRequest { number state createdAt headRefOid mergeable mergeStateStatus reviewDecision statusCheckRollup { state } }`

// A pullNode is the GraphQL answer for a pull request.
type pullNode struct {
	Number     int       `json:"number"`
	State      string    `json:"state"`
	Created    time.Time `json:"createdAt"`
	Head       string    `json:"headRefOid"`
	Mergeable  string    `json:"mergeable"`
	MergeState string    `json:"mergeStateStatus"`
	Review     string    `json:"reviewDecision"`
	Rollup     *struct {
		State string `json:"state"`
	} `json:"statusCheckRollup"`
}

// PullStatuses returns the statuses of open pull requests. Fields that this login may
// not read, such as checks without permission, are unknown.
func (f *Forge) PullStatuses(ctx context.Context, repo string, numbers []int) (map[int]forge.PullRequestStatus, error) {
	ctx, err := begin(ctx, repo)
	if err != nil {
		return nil, err
	}
	// GraphQL reads by POST, which would count as a write.
	callOf(ctx).query = true
	all := map[int]forge.PullRequestStatus{}
	for some := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(numbers))), pageSize) {
		got, err := f.pullStatuses(ctx, repo, some)
		if err != nil {
			return nil, fmt.Errorf("how the pull requests of %s stand: %w", repo, err)
		}
		maps.Copy(all, got)
	}
	return all, nil
}

// pullStatuses requests at most a hundred statuses. An error together with an answer
// concerns only a part of it.
func (f *Forge) pullStatuses(ctx context.Context, repo string, numbers []int) (map[int]forge.PullRequestStatus, error) {
	var out struct {
		Repository map[string]*pullNode `json:"repository"`
	}
	owner, name, _ := strings.Cut(repo, "/")
	err := f.ask(ctx, statusQuery(numbers), map[string]any{"owner": owner, "name": name}, &out)
	var partly *graphqlError
	if err != nil && (!errors.As(err, &partly) || out.Repository == nil) {
		return nil, err
	}
	all := map[int]forge.PullRequestStatus{}
	for _, n := range numbers {
		if node := out.Repository[alias(n)]; node != nil && node.Number == n && node.State == "OPEN" {
			all[n] = node.status(!partly.about(alias(n), "statusCheckRollup"))
		}
	}
	return all, nil
}

func alias(number int) string { return fmt.Sprintf("p%d", number) }

func statusQuery(numbers []int) string {
	var q strings.Builder
	q.WriteString("query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {")
	for _, n := range numbers {
		fmt.Fprintf(&q, " %s: pullRequest(number: %d) { ...status }", alias(n), n)
	}
	q.WriteString(" } } " + statusFields)
	return q.String()
}

// status converts an answer. Without a rollup there are no checks, or, if seen is false,
// they are unknown.
func (p *pullNode) status(seen bool) forge.PullRequestStatus {
	s := forge.PullRequestStatus{Head: p.Head, Opened: p.Created, Review: reviewWords[p.Review]}
	switch {
	case p.Rollup != nil:
		s.Checks = checkWords[p.Rollup.State]
	case seen:
		s.Checks = forge.ChecksNone
	}
	switch {
	case p.Mergeable == "CONFLICTING" || p.MergeState == "DIRTY":
		s.Mergeable = forge.MergeConflict
	case p.Mergeable != "MERGEABLE": // GitHub computes it only after the first request
	case slices.Contains([]string{"BLOCKED", "BEHIND", "DRAFT"}, p.MergeState):
		s.Mergeable = forge.MergeBlocked
	default:
		s.Mergeable = forge.MergeYes
	}
	return s
}

// See https://docs.github.com/graphql/reference/enums#statusstate
var checkWords = map[string]string{
	"SUCCESS": forge.ChecksPassed, "FAILURE": forge.ChecksFailed, "ERROR": forge.ChecksFailed,
	"PENDING": forge.ChecksRunning, "EXPECTED": forge.ChecksRunning,
}

// See https://docs.github.com/graphql/reference/enums#pullrequestreviewdecision
var reviewWords = map[string]string{
	"APPROVED": forge.ReviewApproved, "CHANGES_REQUESTED": forge.ReviewChanges, "REVIEW_REQUIRED": forge.ReviewRequired,
}
