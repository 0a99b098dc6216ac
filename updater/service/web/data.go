package web

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Data is what is known. It is a *store.DB.
type Data interface {
	Lists
	Details
	Ticks
	Dismissals
	Sessions
}

// Lists are what a viewer may see of all repositories.
type Lists interface {
	Repositories(ctx context.Context, v store.Viewer, f store.Filter) (list []store.Repository, total int, err error)
	Totals(ctx context.Context, v store.Viewer) (t store.Totals, states map[store.State]int, err error)
	Days(ctx context.Context, v store.Viewer, id int64, since time.Time) ([]store.Day, error)
	Runs(ctx context.Context, v store.Viewer, id int64, n int) ([]store.Run, error)
	Run(ctx context.Context, v store.Viewer, id int64) (store.Run, error)
	Affected(ctx context.Context, v store.Viewer, id int64) ([]store.Affected, error)
	Alarms(ctx context.Context, v store.Viewer, n int) (list []store.Pin, total int, err error)
	OpenPulls(ctx context.Context, v store.Viewer) ([]store.Pull, error)
	Packages(ctx context.Context, v store.Viewer, text string, n int) ([]store.PackageUse, error)
	Who(ctx context.Context, v store.Viewer, text string, n int) ([]store.Pin, error)
	Checklist(ctx context.Context, v store.Viewer) (store.Checklist, error)
}

// Details are what is known of one repository. Only May asks who wants to
// know, so that everything else comes after it; see site.see.
type Details interface {
	Repository(ctx context.Context, name string) (store.Repository, error)
	May(ctx context.Context, v store.Viewer, id int64) (store.Access, error)
	Pins(ctx context.Context, id int64) ([]store.Pin, error)
	Pulls(ctx context.Context, id int64) ([]store.Pull, error)
	Findings(ctx context.Context, id int64) ([]store.Finding, error)
}

// Ticks are the held pins that somebody wants proposed anyway.
type Ticks interface {
	Ticks(ctx context.Context, id int64) (pins []string, err error)
	Tick(ctx context.Context, id int64, pin, by string) error
	Untick(ctx context.Context, id int64, pins []string) error
}

// Dismissals are the advisories that somebody bears until a day.
type Dismissals interface {
	Dismiss(ctx context.Context, a store.Affected, m store.Dismissal) error
	Undismiss(ctx context.Context, a store.Affected) error
}

// Sessions are who is signed in.
type Sessions interface {
	PutSession(ctx context.Context, s store.Session) error
	Session(ctx context.Context, id string) (store.Session, error)
	EndSession(ctx context.Context, id string) error
}

// Jobs are the queue, as operators see it: a *queue.Queue.
type Jobs interface {
	Counts(ctx context.Context) ([]queue.Count, error)
	Parked(ctx context.Context, n int) ([]queue.Row, error)
	Jobs(ctx context.Context, state string, n int) ([]queue.Row, error)
	Cancel(ctx context.Context, id int64) error
	Retry(ctx context.Context, id int64) error
}

// A Problem is something that is wrong right now.
type Problem struct {
	What  string    // "GitHub", "database", or the name of a host
	Why   string    // one sentence, for operators: it may name what others must not know of
	Since time.Time // zero where it is not known
}

// The problems that everybody who is signed in may know by name.
const (
	ofForge    = "GitHub"
	ofDatabase = "database"
)
