// Package history has the runs over repositories, and the totals of their days.
package history

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the runs and the trend of all repositories.
type Store struct{ db *database.DB }

// New returns the runs and the trend in a database.
func New(db *database.DB) Store { return Store{db} }

const runColumns = `u.id, u.repository, r.name, u.job, u.trigger_by, u.head, u.began, u.took, u.outcome, u.error,
	u.reads, u.writes, u.lookups, u.cached, u.totals`

// Runs returns the newest runs of a repository, or, if id is 0, of all that a viewer may see.
func (s Store) Runs(ctx context.Context, v store.Viewer, id int64, n int) ([]store.Run, error) {
	q := new(database.Query).Add("SELECT " + runColumns + " FROM runs u JOIN repositories r ON r.id = u.repository WHERE ")
	s.db.Visible(q, v)
	if id != 0 {
		q.Add(" AND u.repository = ?", id)
	}
	q.Add(" ORDER BY u.began DESC, u.id DESC LIMIT ?", database.Few(n))
	return database.List(ctx, s.db, "read runs", scanRun, q.String(), q.Args...)
}

func scanRun(row database.Scan) (r store.Run, err error) {
	var took int64
	err = row(&r.ID, &r.Repository, &r.Repo, &r.Job, &r.Trigger, &r.Commit, database.Moment(&r.Began), &took, &r.Outcome, &r.Error,
		&r.Reads, &r.Writes, &r.Lookups, &r.Cached, database.JSON(&r.Totals))
	r.Took = time.Duration(took) * time.Microsecond
	return r, err
}

// Run returns one run with its log. It returns ErrNotFound also if the viewer may not see its repository.
func (s Store) Run(ctx context.Context, v store.Viewer, id int64) (store.Run, error) {
	q := new(database.Query).Add("SELECT " + runColumns + ", u.log FROM runs u JOIN repositories r ON r.id = u.repository WHERE ")
	s.db.Visible(q, v).Add(" AND u.id = ?", id)
	return database.One(ctx, s.db, fmt.Sprintf("read run %d", id), func(row database.Scan) (store.Run, error) {
		var text string
		r, err := scanRun(func(into ...any) error { return row(append(into, &text)...) })
		r.Log = text
		return r, err
	}, q.String(), q.Args...)
}

// PutRun stores a run of a repository.
func PutRun(ctx context.Context, c database.Conn, repository int64, r store.Run) error {
	totals, err := json.Marshal(r.Totals)
	if err != nil {
		return err
	}
	_, err = c.Exec(ctx, `INSERT INTO runs (repository, job, trigger_by, head, began, took, outcome, error, reads, writes, lookups, cached, totals, log)
		VALUES (`+database.Places(1, 14)+`) ON CONFLICT (repository, began, job) DO UPDATE SET trigger_by = excluded.trigger_by,
		head = excluded.head, took = excluded.took, outcome = excluded.outcome, error = excluded.error, reads = excluded.reads,
		writes = excluded.writes, lookups = excluded.lookups, cached = excluded.cached, totals = excluded.totals, log = excluded.log`,
		repository, r.Job, r.Trigger, r.Commit, database.Micros(r.Began), r.Took.Microseconds(), r.Outcome, r.Error,
		r.Reads, r.Writes, r.Lookups, r.Cached, string(totals), r.Log)
	return err
}
