// Package queue is the durable queue of the service: River on SQLite or
// Postgres. It has one kind of job for a whole installation, one repository,
// one pull request and one webhook.
//
// What the jobs do is given to it; it knows when, how often, and what becomes
// of those that fail.
package queue

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/updater/service/hook"
)

// An Installation job lists the repositories of an installation. Several may be
// there; one that was wanted before another one began has nothing left to do.
type Installation struct {
	ID     int64     `json:"id"`
	Wanted time.Time `json:"wanted,omitzero"`
}

// A Repository job makes one pass over a repository: the one that store.DB
// numbered Generation, so that a pass that was wanted twice is made once.
type Repository struct {
	ID         int64  `json:"id" river:"unique"` // store's
	Generation int64  `json:"generation" river:"unique"`
	Name       string `json:"name"`    // for people who look at the queue
	Trigger    string `json:"trigger"` // schedule, push, command, registry, person, installation, retry
	Urgent     bool   `json:"urgent,omitempty"`
}

// A Pull job looks at one pull request after something happened to it.
type Pull struct {
	Repository int64  `json:"repository"` // store's
	Number     int    `json:"number"`
	Trigger    string `json:"trigger"`
}

// A Hook job does what a webhook asks for.
type Hook struct {
	Delivery string     `json:"delivery" river:"unique"`
	Event    hook.Event `json:"event"`
}

// Kind implements river.JobArgs.
func (Installation) Kind() string { return "installation" }

// Kind implements river.JobArgs.
func (Repository) Kind() string { return "repository" }

// Kind implements river.JobArgs.
func (Pull) Kind() string { return "pull" }

// Kind implements river.JobArgs.
func (Hook) Kind() string { return "webhook" }

// Kinds are the names of the kinds of job, in the order in which they come first.
func Kinds() []string {
	return []string{Hook{}.Kind(), Pull{}.Kind(), Installation{}.Kind(), Repository{}.Kind()}
}

// A Work does the jobs. Each may be called twice for the same job: every effect
// is one that may be repeated. The context ends when the process is to stop or
// the job has taken too long.
type Work interface {
	Installation(ctx context.Context, id int64, job Installation) error
	Repository(ctx context.Context, id int64, job Repository) error
	Pull(ctx context.Context, id int64, job Pull) error
	Hook(ctx context.Context, id int64, job Hook) error
	// Parked is told of a pass that is not made any more, and why, in one sentence.
	Parked(ctx context.Context, id int64, job Repository, why string) error
}

// A Later is an error of a Work that asks to be called again after a while
// without counting as a failure.
type Later struct {
	After time.Duration
	Why   string
}

// Error says why.
func (l *Later) Error() string { return l.Why }

// A Permanent is an error of a Work that no repetition cures: the job is parked.
type Permanent struct{ Err error }

// Error is the error's.
func (p *Permanent) Error() string { return p.Err.Error() }

// Unwrap returns the error.
func (p *Permanent) Unwrap() error { return p.Err }
