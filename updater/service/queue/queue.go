// Package queue is the durable queue of the service: River on SQLite or Postgres. It
// has one kind of job each for a whole installation, a repository, a pull request
// and a webhook.
//
// The caller provides what the jobs do; the queue decides when and how often they
// run, and handles failures.
package queue

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/updater/forge/event"
)

// An Installation job lists the repositories of an installation. There may be
// several; one that was requested before another began has nothing left to do.
type Installation struct {
	ID     int64     `json:"id"`
	Wanted time.Time `json:"wanted,omitzero"`
}

// A Repository job makes the pass over a repository that passes.Store numbered
// Generation, so that a pass requested twice runs once.
type Repository struct {
	ID         int64  `json:"id" river:"unique"` // the store's ID
	Generation int64  `json:"generation" river:"unique"`
	Name       string `json:"name"`    // for the page of the queue
	Trigger    string `json:"trigger"` // why: one of the constants of package service
	Urgent     bool   `json:"urgent,omitempty"`
}

// A Pull job handles an event of one pull request.
type Pull struct {
	Repository int64  `json:"repository"` // the store's ID
	Number     int    `json:"number"`
	Trigger    string `json:"trigger"`
}

// A Hook job handles a webhook.
type Hook struct {
	Delivery string      `json:"delivery" river:"unique"`
	Event    event.Event `json:"event"`
}

// Kind implements river.JobArgs.
func (Installation) Kind() string { return "installation" }

// Kind implements river.JobArgs.
func (Repository) Kind() string { return "repository" }

// Kind implements river.JobArgs.
func (Pull) Kind() string { return "pull" }

// Kind implements river.JobArgs.
func (Hook) Kind() string { return "webhook" }

// Kinds returns the kinds of job by priority.
func Kinds() []string {
	return []string{Hook{}.Kind(), Pull{}.Kind(), Installation{}.Kind(), Repository{}.Kind()}
}

// A Work runs the jobs. Each method may be called twice for the same job, so its
// effects must be repeatable. The context ends when the process stops or the job has
// taken too long.
type Work interface {
	Installation(ctx context.Context, id int64, job Installation) error
	Repository(ctx context.Context, id int64, job Repository) error
	Pull(ctx context.Context, id int64, job Pull) error
	Hook(ctx context.Context, id int64, job Hook) error
	// Parked reports that passes over a repository are discarded, and why, in one sentence.
	Parked(ctx context.Context, id int64, job Repository, why string) error
}

// A Later is an error of a Work that asks for a retry after a while without counting
// as a failure.
type Later struct {
	After time.Duration
	Why   string
}

// Error returns the reason.
func (l *Later) Error() string { return l.Why }

// A Permanent is an error of a Work that no retry can fix: the job is discarded.
type Permanent struct{ Err error }

// Error returns the wrapped error's text.
func (p *Permanent) Error() string { return p.Err.Error() }

// Unwrap returns the wrapped error.
func (p *Permanent) Unwrap() error { return p.Err }
