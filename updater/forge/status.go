package forge

import (
	"context"
	"time"
)

// A PullRequestStatus is the status of an open pull request. The zero value means
// unknown. Callers must not treat unknown as passed.
type PullRequestStatus struct {
	Head      string    // commit that the status is about; "" if unknown
	Checks    string    // ChecksPassed, ChecksFailed, ChecksRunning, ChecksNone; "" if unknown
	Mergeable string    // MergeYes, MergeConflict, MergeBlocked; "" if unknown
	Opened    time.Time // zero if unknown
	Review    string    // ReviewApproved, ReviewChanges, ReviewRequired; "" if none is needed or it is unknown
}

// Values of PullRequestStatus.Checks.
const (
	ChecksPassed  = "passed"
	ChecksFailed  = "failed"
	ChecksRunning = "running"
	ChecksNone    = "none" // the commit has none, or none yet
)

// Values of PullRequestStatus.Mergeable.
const (
	MergeYes      = "yes"
	MergeConflict = "conflict" // with the base branch
	MergeBlocked  = "blocked"  // by a rule of the repository
)

// Values of PullRequestStatus.Review.
const (
	ReviewApproved = "approved"
	ReviewChanges  = "changes" // requested
	ReviewRequired = "required"
)

// A StatusReader is a forge that returns the status of pull requests.
type StatusReader interface {
	// PullStatuses returns the status of open pull requests of a repository by number.
	// It sends one request for each hundred numbers. The result omits pull requests that
	// are no longer open.
	PullStatuses(ctx context.Context, repo string, numbers []int) (map[int]PullRequestStatus, error)
}
