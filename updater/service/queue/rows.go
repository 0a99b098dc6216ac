package queue

import (
	"context"
	"fmt"
	"time"
)

// rows is what is done to River's tables beside River: it rescues the jobs of a
// process that was killed only after the longest time that a job may take.
// Processes tell each other that they live; the jobs that a dead one was
// working on are available again.
type rows interface {
	prepare(ctx context.Context) error
	beat(ctx context.Context, id string) error
	leave(ctx context.Context, id string) error
	// takeOver makes jobs available whose process was not heard for so long, and
	// notes for each subject that a process ended during it, unless that is known
	// of it: before anything is worked on again, in the same transaction.
	takeOver(ctx context.Context, silent time.Duration) error
	counts(ctx context.Context) ([]Count, error)

	ended(ctx context.Context, about string) (end, error)
	// count adds to what is known of a subject.
	count(ctx context.Context, about string, times int) error
	// survived forgets a subject, since a job came to its end.
	survived(ctx context.Context, about string) error
	// forgive leaves a job's subject with so many ends, a day ago, if it has more.
	forgive(ctx context.Context, id int64, times int) error
	// sweep forgets ends that are older.
	sweep(ctx context.Context, age time.Duration) error

	// waiting counts, up to most, the passes that wait over repositories of an
	// owner and whose priority is that or a higher one.
	waiting(ctx context.Context, owner string, priority, most int) (int, error)
	others(ctx context.Context, owner string) (bool, error)
}

// A Count is how many jobs of a kind are in a state.
type Count struct {
	Kind  string
	State string // available, running, retryable, scheduled, completed, cancelled, discarded
	Jobs  int
}

// hitTwice counts, for both databases, the other subjects that were hit more than once.
const hitTwice = "(SELECT COUNT(*) FROM freshpin_ended o WHERE o.times > 1 AND o.subject <> e.subject)"

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
