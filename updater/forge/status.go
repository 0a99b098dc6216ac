package forge

import (
	"context"
	"time"
)

// A PullRequestStatus says how an open pull request stands. The zero PullRequestStatus is that
// nothing is known of it, which is never good news.
type PullRequestStatus struct {
	Head      string    // the commit that this is about; "" where it is not known
	Checks    string    // ChecksPassed, ChecksFailed, ChecksRunning, ChecksNone; "" where it is not known
	Mergeable string    // MergeYes, MergeConflict, MergeBlocked; "" where it is not known
	Opened    time.Time // when it was opened; zero where it is not known
	Review    string    // ReviewApproved, ReviewChanges, ReviewRequired; "" where none is needed, or it is not known
}

// What a PullRequestStatus says of checks.
const (
	ChecksPassed  = "passed"
	ChecksFailed  = "failed"
	ChecksRunning = "running"
	ChecksNone    = "none" // the commit has none, or none yet
)

// What a PullRequestStatus says of merging.
const (
	MergeYes      = "yes"
	MergeConflict = "conflict" // with the base branch
	MergeBlocked  = "blocked"  // by a rule of the repository
)

// What a PullRequestStatus says of reviews.
const (
	ReviewApproved = "approved"
	ReviewChanges  = "changes" // are asked for
	ReviewRequired = "required"
)

// A StatusReader is a forge that tells how pull requests stand.
type StatusReader interface {
	// PullStatuses returns how open pull requests of a repository stand, by number:
	// one request for a hundred of them, none for none. Those that are not open
	// any more are not among them.
	PullStatuses(ctx context.Context, repo string, numbers []int) (map[int]PullRequestStatus, error)
}
