package store

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Options bound a database. The zero value serves.
type Options struct {
	Log   *slog.Logger     // nil for silence
	Now   func() time.Time // nil means time.Now
	Cache int64            // bytes of lookups that are kept; 0 means 1 GiB
	Keep  time.Duration    // how long runs, closed pull requests, deliveries and removed repositories are kept; 0 means 90 days
	Conns int              // connections to Postgres; 0 means 10
}

// A DB is the database. It may be used by many goroutines, and on Postgres by many processes, at once.
type DB struct{}

// Open opens a database, and makes or migrates its tables: dsn is the path of a
// SQLite file, or begins with postgres://.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) { panic("stub") }

// Close gives everything back.
func (d *DB) Close() error { panic("stub") }

// Ping asks whether the database answers.
func (d *DB) Ping(ctx context.Context) error { panic("stub") }

// Pool is the pool of connections to Postgres, for the queue; nil on SQLite.
func (d *DB) Pool() *pgxpool.Pool { panic("stub") }

// File is the file of SQLite; "" on Postgres.
func (d *DB) File() string { panic("stub") }

// Sweep removes what is older than it is to be kept, and what is too much. Any process may call it at any time.
func (d *DB) Sweep(ctx context.Context) error { panic("stub") }

// --- installations and repositories

// PutInstallation adds or changes an installation.
func (d *DB) PutInstallation(ctx context.Context, i Installation) error { panic("stub") }

// Installations returns those that are not removed, in order of their accounts.
func (d *DB) Installations(ctx context.Context) ([]Installation, error) { panic("stub") }

// Installation returns one, also a removed one; ErrNotFound.
func (d *DB) Installation(ctx context.Context, id int64) (Installation, error) { panic("stub") }

// PutRepositories adds repositories that are not known (State Waiting) and
// changes what the forge tells of those that are: name (found by ForgeID first,
// so that a renamed one keeps its history), ForgeID, Installation, Branch, URL,
// Private, Topics, Removed=false. What a pass found stays as it is.
func (d *DB) PutRepositories(ctx context.Context, list []Repository) error { panic("stub") }

// KeepOnly marks as removed what an installation had and is not among the names. It returns how many.
func (d *DB) KeepOnly(ctx context.Context, installation int64, names []string) (int, error) {
	panic("stub")
}

// RemoveRepositories marks repositories as removed: their pins, pulls and totals are in no answer any more.
func (d *DB) RemoveRepositories(ctx context.Context, names []string) error { panic("stub") }

// Repository returns one by its name, also a removed one; ErrNotFound.
func (d *DB) Repository(ctx context.Context, name string) (Repository, error) { panic("stub") }

// RepositoryByID returns one by our own number.
func (d *DB) RepositoryByID(ctx context.Context, id int64) (Repository, error) { panic("stub") }

// Enrol gives their turn to repositories that wait for it, oldest first, but no
// more than perDay since midnight UTC over all processes (0 means no limit),
// sets Next to due, and returns them.
func (d *DB) Enrol(ctx context.Context, perDay int, due time.Time) ([]Repository, error) {
	panic("stub")
}

// SetSchedule notes what a repository chose, and when it is due next.
func (d *DB) SetSchedule(ctx context.Context, id int64, cron, timezone string, next time.Time) error {
	panic("stub")
}

// Due returns at most n repositories whose Next is not after now, oldest first: enrolled, not removed.
func (d *DB) Due(ctx context.Context, now time.Time, n int) ([]Repository, error) { panic("stub") }

// Claim moves Next from was to next and wants a pass, if Next still is was: of
// many processes one gets ok, and the generation that is wanted now.
func (d *DB) Claim(ctx context.Context, id int64, was, next time.Time) (wanted int64, ok bool, err error) {
	panic("stub")
}

// Want asks for a pass: one that has not begun yet stands for this one too. It
// returns the generation that is wanted now (Wanted = max(Wanted, Begun+1)).
func (d *DB) Want(ctx context.Context, id int64) (wanted int64, err error) { panic("stub") }

// Begin notes that the pass of a generation begins: everything that was wanted
// up to it is being done. It reports false where that generation began before
// and its pass was finished (a repeated job).
func (d *DB) Begin(ctx context.Context, id, generation int64) (bool, error) { panic("stub") }

// Unfinished returns repositories whose pass was wanted, at least age ago, and never finished, for the sweeper that makes up for lost jobs.
func (d *DB) Unfinished(ctx context.Context, age time.Duration, n int) ([]Repository, error) {
	panic("stub")
}

// Finish keeps what a pass found, in one transaction: the repository (Branch,
// URL, State, Why, Commit, Settled, Known, Asked, Looked, Totals, Unsure=false), its pins and
// open pull requests (nil leaves them as they are), the run, and the day's
// totals; and marks the generation as finished.
func (d *DB) Finish(ctx context.Context, f Finished) error { panic("stub") }

// A Finished is what a pass found.
type Finished struct {
	Repository Repository
	Generation int64
	Pins       []Pin  // nil: unchanged
	Pulls      []Pull // nil: unchanged
	Run        Run
	Whole      bool // false for a try that failed and will be repeated: only State, Why and the run are kept
}

// DoubtAll marks every repository as Unsure: events may have been lost.
func (d *DB) DoubtAll(ctx context.Context) error { panic("stub") }

// PutPull adds or changes one pull request (by repository and number).
func (d *DB) PutPull(ctx context.Context, p Pull) error { panic("stub") }

// --- what pages and commands ask

// Repositories lists what a viewer may see, and how many there are in all.
func (d *DB) Repositories(ctx context.Context, v Viewer, f Filter) (list []Repository, total int, err error) {
	panic("stub")
}

// Totals adds up what a viewer may see.
func (d *DB) Totals(ctx context.Context, v Viewer) (Totals, map[State]int, error) { panic("stub") }

// Days returns the trend since then, oldest first; of one repository, or with id 0 of all that a viewer may see.
func (d *DB) Days(ctx context.Context, v Viewer, id int64, since time.Time) ([]Day, error) {
	panic("stub")
}

// May reports what a viewer may do in a repository; 0 for nothing.
func (d *DB) May(ctx context.Context, v Viewer, id int64) (Access, error) { panic("stub") }

// Pins returns the pins of a repository by file and line.
func (d *DB) Pins(ctx context.Context, id int64) ([]Pin, error) { panic("stub") }

// Pulls returns the pull requests of a repository, the open ones first, then the newest.
func (d *DB) Pulls(ctx context.Context, id int64) ([]Pull, error) { panic("stub") }

// Runs returns the newest runs of a repository, or with id 0 of all that a viewer may see.
func (d *DB) Runs(ctx context.Context, v Viewer, id int64, n int) ([]Run, error) { panic("stub") }

// Who finds pins by what somebody writes: python:3.6, python, a digest, a
// package with ==version or @version, an advisory (GHSA-…, CVE-…, PYSEC-…, GO-…).
func (d *DB) Who(ctx context.Context, v Viewer, query string, n int) ([]Pin, error) { panic("stub") }

// Packages lists packages by how many pins use them, with their names matching text.
func (d *DB) Packages(ctx context.Context, v Viewer, text string, n int) ([]PackageUse, error) {
	panic("stub")
}

// A PackageUse says how much a package is used.
type PackageUse struct {
	Ecosystem, Package string
	Pins, Repositories int
	Versions           int // different ones in use
	Updates, Held      int
}

// Pinning returns the repositories with a pin of that package (canonical), and
// of that tag where one is given: for notifications of registries.
func (d *DB) Pinning(ctx context.Context, pkg, tag string) ([]Repository, error) { panic("stub") }

// --- memories, ticks

// Recall returns what the life cycle remembers of a repository, and a version of it; nil and "" if there is nothing.
func (d *DB) Recall(ctx context.Context, id int64) (data []byte, version string, err error) {
	panic("stub")
}

// Remember replaces it; ErrTaken where version is not the newest.
func (d *DB) Remember(ctx context.Context, id int64, data []byte, version string) error {
	panic("stub")
}

// Tick asks that a held pin be proposed anyway, in somebody's name. Untick takes it back.
func (d *DB) Tick(ctx context.Context, id int64, pin, by string) error { panic("stub") }

// Untick forgets ticks, once they are carried out or taken back.
func (d *DB) Untick(ctx context.Context, id int64, pins []string) error { panic("stub") }

// Ticks returns the pins (Pin.ID) that are ticked.
func (d *DB) Ticks(ctx context.Context, id int64) ([]string, error) { panic("stub") }

// --- webhooks, sessions

// Deliver notes that a delivery came. It returns the one that came before under
// the same ID, Done or not, and false for a new one.
func (d *DB) Deliver(ctx context.Context, x Delivery) (before Delivery, known bool, err error) {
	panic("stub")
}

// Delivered notes that the job of a delivery is done.
func (d *DB) Delivered(ctx context.Context, id string) error { panic("stub") }

// PutSession keeps a session. May is written as a whole.
func (d *DB) PutSession(ctx context.Context, s Session) error { panic("stub") }

// Session returns one that has not expired, without May; ErrNotFound.
func (d *DB) Session(ctx context.Context, id string) (Session, error) { panic("stub") }

// EndSession signs somebody out.
func (d *DB) EndSession(ctx context.Context, id string) error { panic("stub") }

// --- what processes share

// Lease takes a name for a while, if nobody else holds it: ErrTaken. The holder
// is this DB; a lease that it holds is renewed. A process that is killed loses
// its leases when they run out.
func (d *DB) Lease(ctx context.Context, name string, d2 time.Duration) error { panic("stub") }

// Release gives a lease back.
func (d *DB) Release(ctx context.Context, name string) error { panic("stub") }

// Pause notes that nobody is to ask until then: a host, an installation. A later time wins.
func (d *DB) Pause(ctx context.Context, name string, until time.Time) error { panic("stub") }

// Pauses returns what is paused now.
func (d *DB) Pauses(ctx context.Context) (map[string]time.Time, error) { panic("stub") }

// Spend takes one out of a budget of so many in a window (an hour, a day), over
// all processes; false where nothing is left, and when something will be.
func (d *DB) Spend(ctx context.Context, budget string, many int, window time.Duration) (ok bool, again time.Time, err error) {
	panic("stub")
}

// Beat notes that this process lives, and returns how many do, and when the
// newest beat of any process was before the first one of this.
func (d *DB) Beat(ctx context.Context) (processes int, before time.Time, err error) { panic("stub") }

// Setting returns a small value that all processes share; "" where there is none.
func (d *DB) Setting(ctx context.Context, key string) (string, error) { panic("stub") }

// Set changes it.
func (d *DB) Set(ctx context.Context, key, value string) error { panic("stub") }

// Load returns a cached answer; ErrNotFound.
func (d *DB) Load(ctx context.Context, key string) (Entry, error) { panic("stub") }

// Save keeps an answer.
func (d *DB) Save(ctx context.Context, e Entry) error { panic("stub") }

// Confirm notes that an answer was heard to be true still.
func (d *DB) Confirm(ctx context.Context, key string) error { panic("stub") }
