package web

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/updater/service/queue"
	"github.com/freshpin/freshpin/updater/store"
)

// Data is what the pages read in the database, and the little that they change there.
type Data struct {
	Repositories Repositories
	Pins         Pins
	Pulls        Pulls
	Advisories   Advisories
	History      History
	Findings     Findings
	Sessions     Sessions
}

// Methods without a Viewer do not check permissions: call Repositories.May before
// them, see server.see.

// Repositories is the part of repositories.Store that the pages need.
type Repositories interface {
	ByName(ctx context.Context, name string) (store.Repository, error)
	May(ctx context.Context, v store.Viewer, id int64) (store.Access, error)
	List(ctx context.Context, v store.Viewer, f store.Filter) (list []store.Repository, total int, err error)
	Totals(ctx context.Context, v store.Viewer) (t store.Totals, states map[store.State]int, err error)
}

// Pins is the part of pins.Store that the pages need.
type Pins interface {
	Of(ctx context.Context, id int64) ([]store.Pin, error)
	Search(ctx context.Context, v store.Viewer, text string, n int) ([]store.Pin, error)
	Alarms(ctx context.Context, v store.Viewer, n int) (list []store.Pin, total int, err error)
	Packages(ctx context.Context, v store.Viewer, text string, n int) ([]store.PackageUse, error)
	Ticks(ctx context.Context, id int64) ([]string, error)
	Tick(ctx context.Context, id int64, pin, by string) error
	Untick(ctx context.Context, id int64, pins []string) error
}

// Pulls is the part of pulls.Store that the pages need.
type Pulls interface {
	Of(ctx context.Context, id int64) ([]store.Pull, error)
	Open(ctx context.Context, v store.Viewer) ([]store.Pull, error)
}

// Advisories is what pages need of advisories.Store.
type Advisories interface {
	List(ctx context.Context, v store.Viewer, id int64) ([]store.Affected, error)
	Dismiss(ctx context.Context, a store.Affected, m store.Dismissal) error
	Undismiss(ctx context.Context, a store.Affected) error
}

// History is the part of history.Store that the pages need.
type History interface {
	Days(ctx context.Context, v store.Viewer, id int64, since time.Time) ([]store.Day, error)
	Runs(ctx context.Context, v store.Viewer, id int64, n int) ([]store.Run, error)
	Run(ctx context.Context, v store.Viewer, id int64) (store.Run, error)
}

// Findings is the part of findings.Store that the pages need.
type Findings interface {
	Of(ctx context.Context, id int64) ([]store.Finding, error)
	Counts(ctx context.Context, v store.Viewer) (store.Checklist, error)
}

// Sessions is what pages need of sessions.Store.
type Sessions interface {
	Put(ctx context.Context, s store.Session) error
	ByID(ctx context.Context, id string) (store.Session, error)
	End(ctx context.Context, id string) error
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

// ofDatabase is the name of a problem that all signed-in users may see.
const ofDatabase = "database"
