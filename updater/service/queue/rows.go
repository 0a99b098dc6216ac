package queue

import (
	"context"
	"fmt"
	"time"
)

// rows accesses River's tables directly, because River itself rescues the jobs of a
// killed process only after the longest time that a job may take. Processes send
// heartbeats; jobs of a dead process become available again.
type rows interface {
	prepare(ctx context.Context) error
	beat(ctx context.Context, id string) error
	leave(ctx context.Context, id string) error
	// takeOver makes the jobs of processes available that have been silent for a time,
	// and records for each subject that a process ended during it, all in one
	// transaction before any job starts again.
	takeOver(ctx context.Context, silent time.Duration) error
	// refetch makes the jobs available that are marked as running in a process and that
	// the process does not have: the answer with them was lost.
	refetch(ctx context.Context, id string, has []int64) error
	counts(ctx context.Context) ([]Count, error)

	ended(ctx context.Context, about string) (end, error)
	// count adds to a subject's counter.
	count(ctx context.Context, about string, times int) error
	// survived deletes a subject's counter, because a job about it finished.
	survived(ctx context.Context, about string) error
	// forgive reduces the counter of a job's subject to times, dated a day ago.
	forgive(ctx context.Context, id int64, times int) error
	// sweep deletes counters that are older.
	sweep(ctx context.Context, age time.Duration) error

	// waiting counts, up to most, the waiting passes over an owner's repositories with
	// at least that priority.
	waiting(ctx context.Context, owner string, priority, most int) (int, error)
	others(ctx context.Context, owner string) (bool, error)
}

// A Count is the number of jobs of a kind in a state.
type Count struct {
	Kind  string
	State string // available, running, retryable, scheduled, completed, cancelled, discarded
	Jobs  int
}

// hitTwice counts the other subjects that were hit more than once, for both databases.
const hitTwice = "(SELECT COUNT(*) FROM freshpin_ended o WHERE o.times > 1 AND o.subject <> e.subject)"

// countJobs works on both databases.
const countJobs = "SELECT kind, CAST(state AS text), COUNT(*) FROM river_job GROUP BY kind, state ORDER BY kind, state"

// counted reads the result of countJobs.
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
