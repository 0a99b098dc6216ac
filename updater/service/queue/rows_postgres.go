package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// postgresRows is for processes that share a server; the server's clock decides.
type postgresRows struct{ pool *pgxpool.Pool }

func (p postgresRows) prepare(ctx context.Context) error {
	err := p.exec(ctx, "CREATE TABLE IF NOT EXISTS freshpin_worker (id text PRIMARY KEY, seen timestamptz NOT NULL)")
	if err != nil {
		return err
	}
	return p.exec(ctx, "CREATE TABLE IF NOT EXISTS freshpin_ended (subject text PRIMARY KEY, times bigint NOT NULL, at timestamptz NOT NULL)")
}

func (p postgresRows) beat(ctx context.Context, id string) error {
	return p.exec(ctx, "INSERT INTO freshpin_worker (id, seen) VALUES ($1, clock_timestamp()) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen", id)
}

func (p postgresRows) leave(ctx context.Context, id string) error {
	return p.exec(ctx, "DELETE FROM freshpin_worker WHERE id = $1", id)
}

// takeOver always requires a silence, since with Postgres other processes may be
// running. A process that stopped has finished its jobs or was killed during them.
func (p postgresRows) takeOver(ctx context.Context, silent time.Duration) error {
	if silent == 0 {
		silent = deadAfter
	}
	err := p.exec(ctx, "DELETE FROM freshpin_worker WHERE seen < clock_timestamp() - make_interval(secs => $1)", silent.Seconds())
	if err != nil {
		return err
	}
	err = pgx.BeginFunc(ctx, p.pool, func(tx pgx.Tx) error {
		ids, about, err := orphans(ctx, tx)
		if err != nil || len(ids) == 0 {
			return err
		}
		// A subject that is known was counted by alone before the job began.
		for s := range about {
			_, err := tx.Exec(ctx, `INSERT INTO freshpin_ended (subject, times, at) VALUES ($1, 1, clock_timestamp())
				ON CONFLICT (subject) DO NOTHING`, s)
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, "UPDATE river_job SET state = 'available' WHERE id = ANY($1)", ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("take over jobs: %w", err)
	}
	return nil
}

func (p postgresRows) refetch(ctx context.Context, id string, has []int64) error {
	return p.exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'
		AND attempted_at < clock_timestamp() - make_interval(secs => $1)
		AND attempted_by[array_upper(attempted_by, 1)] = $2 AND id <> ALL($3)`, deadAfter.Seconds(), id, has)
}

// orphans returns the jobs without a living process, and their subjects.
func orphans(ctx context.Context, tx pgx.Tx) (ids []int64, about map[string]bool, err error) {
	// River appends each process that attempts a job, so the last one is current.
	// Several processes may take over at once: SKIP LOCKED gives each job to one of them.
	found, err := tx.Query(ctx, `SELECT id, kind, args FROM river_job
		WHERE state = 'running' AND attempted_at < clock_timestamp() - make_interval(secs => $1)
		AND NOT EXISTS (SELECT 1 FROM freshpin_worker w WHERE w.id = attempted_by[array_upper(attempted_by, 1)])
		FOR UPDATE SKIP LOCKED`, beatEvery.Seconds())
	if err != nil {
		return nil, nil, err
	}
	about = map[string]bool{}
	var id int64
	var kind string
	var args []byte
	_, err = pgx.ForEachRow(found, []any{&id, &kind, &args}, func() error {
		ids, about[subject(kind, args)] = append(ids, id), true
		return nil
	})
	return ids, about, err
}

func (p postgresRows) ended(ctx context.Context, about string) (e end, err error) {
	var ago float64
	err = p.pool.QueryRow(ctx, `SELECT times, EXTRACT(EPOCH FROM clock_timestamp() - at)::float8, `+hitTwice+` FROM freshpin_ended e WHERE subject = $1`, about).Scan(&e.times, &ago, &e.others)
	if errors.Is(err, pgx.ErrNoRows) {
		return end{}, nil
	}
	if err != nil {
		return end{}, fmt.Errorf("read how often a process ended during %s: %w", about, err)
	}
	e.ago = time.Duration(ago * float64(time.Second))
	return e, nil
}

func (p postgresRows) count(ctx context.Context, about string, times int) error {
	return p.exec(ctx, "UPDATE freshpin_ended SET times = times + $2, at = clock_timestamp() WHERE subject = $1", about, times)
}

func (p postgresRows) survived(ctx context.Context, about string) error {
	return p.exec(ctx, "DELETE FROM freshpin_ended WHERE subject = $1", about)
}

func (p postgresRows) forgive(ctx context.Context, id int64, times int) error {
	var kind string
	var args []byte
	err := p.pool.QueryRow(ctx, "SELECT kind, args FROM river_job WHERE id = $1", id).Scan(&kind, &args)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // the retry reports it
	}
	if err != nil {
		return err
	}
	// A day is longer than the waits of alone, so that the retry begins at once.
	return p.exec(ctx, "UPDATE freshpin_ended SET times = LEAST(times, $2), at = clock_timestamp() - make_interval(days => 1) WHERE subject = $1", subject(kind, args), times)
}

func (p postgresRows) sweep(ctx context.Context, age time.Duration) error {
	return p.exec(ctx, "DELETE FROM freshpin_ended WHERE at < clock_timestamp() - make_interval(secs => $1)", age.Seconds())
}

func (p postgresRows) waiting(ctx context.Context, owner string, priority, most int) (n int, err error) {
	err = p.pool.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND priority <= $2
		AND kind = 'repository' AND lower(split_part(args->>'name', '/', 1)) = $3 LIMIT $4) w`, works, priority, owner, most).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the jobs of %s: %w", owner, err)
	}
	return n, nil
}

func (p postgresRows) others(ctx context.Context, owner string) (wait bool, err error) {
	err = p.pool.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND scheduled_at <= clock_timestamp()
		AND kind = 'repository' AND lower(split_part(args->>'name', '/', 1)) <> $2)`, works, owner).Scan(&wait)
	if err != nil {
		return false, fmt.Errorf("check for waiting jobs of other owners than %s: %w", owner, err)
	}
	return wait, nil
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
		return fmt.Errorf("read the running processes: %w", err)
	}
	return nil
}
