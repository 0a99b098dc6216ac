package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// rows is what is done to River's tables beside River: it rescues the jobs of a
// process that was killed only after the longest time that a job may take.
// Processes tell each other that they live; the jobs that a dead one was
// working on are available again.
type rows interface {
	prepare(ctx context.Context) error
	beat(ctx context.Context, id string) error
	leave(ctx context.Context, id string) error
	// takeOver makes jobs available whose process was not heard for so long.
	takeOver(ctx context.Context, silent time.Duration) error
	counts(ctx context.Context) ([]Count, error)
}

// A Count is how many jobs of a kind are in a state.
type Count struct {
	Kind  string
	State string // available, running, retryable, scheduled, completed, cancelled, discarded
	Jobs  int
}

// countJobs is the same for both databases.
const countJobs = "SELECT kind, CAST(state AS text), COUNT(*) FROM river_job GROUP BY kind, state ORDER BY kind, state"

// counted reads what countJobs found, whichever database answers.
func counted(found interface {
	Next() bool
	Scan(to ...any) error
	Err() error
}) (list []Count, err error) {
	for found.Next() {
		var c Count
		if err := found.Scan(&c.Kind, &c.State, &c.Jobs); err != nil {
			return nil, fmt.Errorf("count jobs: %w", err)
		}
		list = append(list, c)
	}
	return list, found.Err()
}

// postgresRows is for processes that share a server; its clock counts.
type postgresRows struct{ pool *pgxpool.Pool }

func (p postgresRows) prepare(ctx context.Context) error {
	return p.exec(ctx, "CREATE TABLE IF NOT EXISTS freshpin_worker (id text PRIMARY KEY, seen timestamptz NOT NULL)")
}

func (p postgresRows) beat(ctx context.Context, id string) error {
	return p.exec(ctx, "INSERT INTO freshpin_worker (id, seen) VALUES ($1, clock_timestamp()) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", id)
}

func (p postgresRows) leave(ctx context.Context, id string) error {
	return p.exec(ctx, "DELETE FROM freshpin_worker WHERE id = $1", id)
}

// takeOver asks for a silence in any case: with Postgres others may be at work.
// A process that left has come to the end of its jobs, or was cut off in them.
func (p postgresRows) takeOver(ctx context.Context, silent time.Duration) error {
	if silent == 0 {
		silent = deadAfter
	}
	err := p.exec(ctx, "DELETE FROM freshpin_worker WHERE seen < clock_timestamp() - make_interval(secs => $1)", silent.Seconds())
	if err != nil {
		return err
	}
	return p.exec(ctx, `UPDATE river_job SET state = 'available'
		WHERE state = 'running' AND attempted_at < clock_timestamp() - make_interval(secs => $1)
		AND NOT EXISTS (SELECT 1 FROM freshpin_worker w WHERE w.id = attempted_by[array_upper(attempted_by, 1)])`, beatEvery.Seconds())
}

func (p postgresRows) counts(ctx context.Context) ([]Count, error) {
	found, err := p.pool.Query(ctx, countJobs)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer found.Close()
	return counted(found)
}

func (p postgresRows) exec(ctx context.Context, statement string, args ...any) error {
	if _, err := p.pool.Exec(ctx, statement, args...); err != nil {
		return fmt.Errorf("processes at work: %w", err)
	}
	return nil
}

// sqliteRows is for a file, which one process works on: whatever was running
// when it starts belonged to one that is gone.
type sqliteRows struct{ db *sql.DB }

func (sqliteRows) prepare(context.Context) error       { return nil }
func (sqliteRows) beat(context.Context, string) error  { return nil }
func (sqliteRows) leave(context.Context, string) error { return nil }

func (s sqliteRows) takeOver(ctx context.Context, silent time.Duration) error {
	if silent != 0 {
		return nil
	}
	_, err := s.db.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
	if err != nil {
		return fmt.Errorf("take over jobs: %w", err)
	}
	return nil
}

func (s sqliteRows) counts(ctx context.Context) ([]Count, error) {
	found, err := s.db.QueryContext(ctx, countJobs)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer found.Close()
	return counted(found)
}
