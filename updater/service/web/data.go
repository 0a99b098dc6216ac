package web

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Data is the part of *store.DB that the pages need.
type Data interface {
	Lists
	Details
	Ticks
	Dismissals
	Sessions
}

// Lists returns what a viewer may see of all repositories.
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

// Details returns the data of one repository. Only May checks the viewer's
// permission, so call it before the others; see server.see.
type Details interface {
	Repository(ctx context.Context, name string) (store.Repository, error)
	May(ctx context.Context, v store.Viewer, id int64) (store.Access, error)
	Pins(ctx context.Context, id int64) ([]store.Pin, error)
	Pulls(ctx context.Context, id int64) ([]store.Pull, error)
	Findings(ctx context.Context, id int64) ([]store.Finding, error)
}

// Ticks stores the held pins that users want proposed anyway.
type Ticks interface {
	Ticks(ctx context.Context, id int64) (pins []string, err error)
	Tick(ctx context.Context, id int64, pin, by string) error
	Untick(ctx context.Context, id int64, pins []string) error
}

// Dismissals stores the advisories that users have dismissed until a day.
type Dismissals interface {
	Dismiss(ctx context.Context, a store.Affected, m store.Dismissal) error
	Undismiss(ctx context.Context, a store.Affected) error
}

// Sessions stores the sessions of signed-in users.
type Sessions interface {
	PutSession(ctx context.Context, s store.Session) error
	Session(ctx context.Context, id string) (store.Session, error)
	EndSession(ctx context.Context, id string) error
}

// Jobs is the part of *queue.Queue that operators see.
type Jobs interface {
	Counts(ctx context.Context) ([]queue.Count, error)
	Parked(ctx context.Context, n int) ([]queue.Row, error)
	Jobs(ctx context.Context, state string, n int) ([]queue.Row, error)
	Cancel(ctx context.Context, id int64) error
	Retry(ctx context.Context, id int64) error
}

// A Problem is a current problem of the service.
type Problem struct {
	What  string    // "GitHub", "database", or the name of a host
	Why   string    // one sentence, for operators only, since it may contain confidential names
	Since time.Time // zero if unknown
}

// Names of problems that all signed-in users may see.
const (
	ofForge    = "GitHub"
	ofDatabase = "database"
)
