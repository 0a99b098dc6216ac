package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// sqliteRows is for a file, which one process uses: every job that is running at its
// start belonged to a process that is gone.
type sqliteRows struct{ db *sql.DB }

func (s sqliteRows) prepare(ctx context.Context) error {
	return s.exec(ctx, "CREATE TABLE IF NOT EXISTS freshpin_ended (subject TEXT PRIMARY KEY, times INTEGER NOT NULL, at INTEGER NOT NULL)")
}

func (sqliteRows) beat(context.Context, string) error  { return nil }
func (sqliteRows) leave(context.Context, string) error { return nil }

// refetch does nothing: no connection stands between the process and a file, so no answer is lost.
func (sqliteRows) refetch(context.Context, string, []int64) error { return nil }

func (s sqliteRows) takeOver(ctx context.Context, silent time.Duration) error {
	// While this process runs, no other one has jobs that could be taken over.
	if silent != 0 {
		return nil
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("take over jobs: %w", err)
	}
	err = s.orphan(ctx, tx)
	if err == nil {
		err = tx.Commit()
	} else {
		_ = tx.Rollback() // otherwise the transaction ends with the connection
	}
	if err != nil {
		return fmt.Errorf("take over jobs: %w", err)
	}
	return nil
}

// plainArgs is the SQL for a job's arguments as text, in whichever JSON form River stores them.
const plainArgs = "CASE WHEN typeof(args) = 'text' THEN args ELSE json(args) END"

func (s sqliteRows) orphan(ctx context.Context, tx *sql.Tx) error {
	about, err := running(ctx, tx)
	if err != nil {
		return err
	}
	// A subject that is known was counted by alone before the job began.
	for name := range about {
		_, err := tx.ExecContext(ctx, `INSERT INTO freshpin_ended (subject, times, at) VALUES ($1, 1, $2)
			ON CONFLICT (subject) DO NOTHING`, name, time.Now().UnixMicro())
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "UPDATE river_job SET state = 'available' WHERE state = 'running'")
	return err
}

// running returns the subjects of the jobs marked as running.
func running(ctx context.Context, tx *sql.Tx) (map[string]bool, error) {
	found, err := tx.QueryContext(ctx, "SELECT kind, "+plainArgs+" FROM river_job WHERE state = 'running'")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	about := map[string]bool{}
	for found.Next() {
		var kind string
		var args []byte
		if err := found.Scan(&kind, &args); err != nil {
			return nil, err
		}
		about[subject(kind, args)] = true
	}
	return about, found.Err()
}

func (s sqliteRows) ended(ctx context.Context, about string) (e end, err error) {
	var at int64
	err = s.db.QueryRowContext(ctx, "SELECT times, at, "+hitTwice+" FROM freshpin_ended e WHERE subject = $1", about).Scan(&e.times, &at, &e.others)
	if errors.Is(err, sql.ErrNoRows) {
		return end{}, nil
	}
	if err != nil {
		return end{}, fmt.Errorf("read how often a process ended during %s: %w", about, err)
	}
	e.ago = time.Since(time.UnixMicro(at))
	return e, nil
}

func (s sqliteRows) count(ctx context.Context, about string, times int) error {
	return s.exec(ctx, "UPDATE freshpin_ended SET times = times + $2, at = $3 WHERE subject = $1", about, times, time.Now().UnixMicro())
}

func (s sqliteRows) survived(ctx context.Context, about string) error {
	return s.exec(ctx, "DELETE FROM freshpin_ended WHERE subject = $1", about)
}

func (s sqliteRows) forgive(ctx context.Context, id int64, times int) error {
	var kind string
	var args []byte
	err := s.db.QueryRowContext(ctx, "SELECT kind, "+plainArgs+" FROM river_job WHERE id = $1", id).Scan(&kind, &args)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the retry reports it
	}
	if err != nil {
		return err
	}
	// A day is longer than the waits of alone, so that the retry begins at once.
	return s.exec(ctx, "UPDATE freshpin_ended SET times = MIN(times, $2), at = $3 WHERE subject = $1",
		subject(kind, args), times, time.Now().Add(-24*time.Hour).UnixMicro())
}

func (s sqliteRows) sweep(ctx context.Context, age time.Duration) error {
	return s.exec(ctx, "DELETE FROM freshpin_ended WHERE at < $1", time.Now().Add(-age).UnixMicro())
}

// owner is the SQL for the owner of a job's repository.
const owner = "lower(substr(json_extract(args, '$.name'), 1, instr(json_extract(args, '$.name'), '/') - 1))"

func (s sqliteRows) waiting(ctx context.Context, whose string, priority, most int) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1 AND priority <= $2
		AND kind = 'repository' AND `+owner+` = $3 LIMIT $4)`, works, priority, whose, most).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the jobs of %s: %w", whose, err)
	}
	return n, nil
}

func (s sqliteRows) others(ctx context.Context, whose string) (wait bool, err error) {
	// River stores times as the text of datetime('now', 'subsec').
	err = s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM river_job WHERE state = 'available' AND queue = $1
		AND scheduled_at <= datetime('now', 'subsec') AND kind = 'repository' AND `+owner+` <> $2)`, works, whose).Scan(&wait)
	if err != nil {
		return false, fmt.Errorf("check for waiting jobs of other owners than %s: %w", whose, err)
	}
	return wait, nil
}

func (s sqliteRows) counts(ctx context.Context) ([]Count, error) {
	found, err := s.db.QueryContext(ctx, countJobs)
	if err != nil {
		return nil, fmt.Errorf("count jobs: %w", err)
	}
	defer found.Close()
	return counted(found)
}

func (s sqliteRows) exec(ctx context.Context, statement string, args ...any) error {
	if _, err := s.db.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("read the jobs during which a process ended: %w", err)
	}
	return nil
}
