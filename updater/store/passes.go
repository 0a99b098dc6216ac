package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Generations number the requested passes over a repository. Wanted is the newest
// requested one, Begun the newest that has begun, and the column finished (used only in
// this file) the newest that has finished.

// wanting requests one more generation, unless one that has not begun is already waiting.
const wanting = `wanted = CASE WHEN wanted > begun THEN wanted ELSE begun + 1 END,
	stirred = CASE WHEN wanted > begun THEN stirred ELSE %s END`

// Claim moves Next from was to next and requests a pass, if Next still equals was. Of
// several processes only one gets ok. It returns the requested generation.
func (d *DB) Claim(ctx context.Context, id int64, was, next time.Time) (wanted int64, ok bool, err error) {
	wanted, err = d.want(ctx, fmt.Sprintf("claim repository %d", id), "next = $1, ", "id = $2 AND next = $3",
		micros(next), id, micros(was))
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	return wanted, err == nil, err
}

// Want requests a pass, unless a requested one has not begun yet. It returns the
// requested generation (Wanted = max(Wanted, Begun+1)), or ErrNotFound.
func (d *DB) Want(ctx context.Context, id int64) (wanted int64, err error) {
	return d.want(ctx, fmt.Sprintf("want a pass over repository %d", id), "", "id = $1", id)
}

func (d *DB) want(ctx context.Context, what, set, where string, args ...any) (wanted int64, err error) {
	ctx, cancel := d.bounded(ctx)
	defer cancel()
	err = conn{d.writer, d.dialect}.row(ctx, "UPDATE repositories SET "+set+fmt.Sprintf(wanting, d.clock())+
		" WHERE "+where+" RETURNING wanted", args...).Scan(&wanted)
	return wanted, d.explain(ctx, what, err)
}

// Begin records that the pass of a generation begins, which covers all requests up to
// it. A repeated job may begin again until the pass has finished. It returns false if
// the pass of that or a later generation has finished, and ErrNotFound if the repository
// does not exist.
func (d *DB) Begin(ctx context.Context, id, generation int64) (begun bool, err error) {
	what := fmt.Sprintf("begin pass %d over repository %d", generation, id)
	err = d.write(ctx, what, func(ctx context.Context, c conn) error {
		n, err := c.exec(ctx, `UPDATE repositories SET
			begun = CASE WHEN begun > $1 THEN begun ELSE $1 END,
			wanted = CASE WHEN wanted > $1 THEN wanted ELSE $1 END,
			stirred = `+d.clock()+` WHERE id = $2 AND finished < $1`, generation, id)
		begun = n > 0
		if err != nil || begun {
			return err
		}
		return c.row(ctx, "SELECT id FROM repositories WHERE id = $1", id).Scan(new(int64))
	})
	return begun, err
}

// Unfinished returns at most n repositories with a requested and unfinished pass
// without activity (requested, begun, tried) for the time age, oldest first. It is for
// replacing lost jobs.
func (d *DB) Unfinished(ctx context.Context, age time.Duration, n int) ([]Repository, error) {
	return d.repositories(ctx, "ask for lost passes", `
		WHERE r.wanted > r.finished AND r.stirred <= `+d.clock()+` - $1 AND NOT r.removed
		ORDER BY r.stirred, r.id LIMIT $2`, age.Microseconds(), max(0, n))
}

// A Finished is the result of a pass.
type Finished struct {
	Repository Repository
	Generation int64
	Pins       []Pin     // nil: unchanged
	Pulls      []Pull    // nil: unchanged
	Findings   []Finding // of the checklist; nil: unchanged
	Run        Run
	// Tell returns the events for newly affected packages, which are stored in the same
	// transaction. nil for no events.
	Tell func(fresh []Affected) []Event
	// PullStatuses are the statuses of the open pull requests; nil for unknown.
	// TellPull returns the events for one, which are stored in the same transaction;
	// nil for no events.
	PullStatuses []PullStatus
	TellPull     func(Pull, PullStatus) []Event
	Whole        bool // false for a failed attempt that will be repeated: only State, Why and the run are stored
}

// Finish stores the result of a pass in one transaction: the repository (Branch, URL,
// State, Why, Commit, Settled, Known, Asked, Looked, Totals, Unsure=false), its pins
// and open pull requests (nil leaves them unchanged; a formerly open one that is not
// among them becomes closed), their statuses, the affected packages, the findings, the
// run, and the day's totals. It marks the generation
// as finished. If a later generation has finished, it stores only the run. It is
// idempotent.
func (d *DB) Finish(ctx context.Context, f Finished) error {
	what := fmt.Sprintf("keep what a pass over repository %d found", f.Repository.ID)
	return d.write(ctx, what, func(ctx context.Context, c conn) error {
		if err := d.putRun(ctx, c, f); err != nil {
			return err
		}
		if !f.Whole {
			return d.keepTry(ctx, c, f)
		}
		hash, err := d.keepRepository(ctx, c, f)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // a later generation has finished
		}
		if err != nil {
			return err
		}
		if err := d.putPins(ctx, c, f, hash); err != nil {
			return err
		}
		if err := d.putPulls(ctx, c, f); err != nil {
			return err
		}
		if err := d.putPullStatuses(ctx, c, f.Repository.ID, f.PullStatuses, f.TellPull); err != nil {
			return err
		}
		if err := d.putFindings(ctx, c, f); err != nil {
			return err
		}
		return d.putDay(ctx, c, f)
	})
}

// keepTry stores the state of a repository after a failed attempt.
func (d *DB) keepTry(ctx context.Context, c conn, f Finished) error {
	_, err := c.exec(ctx, `UPDATE repositories SET stirred = `+d.clock()+`,
		state = CASE WHEN $1 = '' THEN state ELSE $1 END, reason = $2 WHERE id = $3 AND finished <= $4`,
		string(f.Repository.State), f.Repository.Why, f.Repository.ID, generation(f))
	return err
}

// generation returns the generation of a pass; one without a number counts as the newest.
func generation(f Finished) int64 {
	if f.Generation == 0 {
		return 1 << 62
	}
	return f.Generation
}

// keepRepository updates the row of a repository, and returns the hash of its old pins;
// sql.ErrNoRows if a later generation has finished.
func (d *DB) keepRepository(ctx context.Context, c conn, f Finished) (hash string, err error) {
	r := f.Repository
	err = c.row(ctx, `UPDATE repositories SET branch = $1, url = $2, state = $3, reason = $4, head = $5, settled = $6,
		known = $7, asked = $8, looked = $9, unsure = FALSE,
		n_pins = $10, n_current = $11, n_updates = $12, n_held = $13, n_skipped = $14, n_failed = $15, n_security = $16, libyears = $17,
		finished = CASE WHEN finished > $18 THEN finished ELSE $18 END,
		begun = CASE WHEN begun > $18 THEN begun ELSE $18 END,
		wanted = CASE WHEN wanted > $18 THEN wanted ELSE $18 END,
		stirred = CASE WHEN wanted > $18 THEN stirred ELSE 0 END
		WHERE id = $19 AND finished <= $20 RETURNING pins_hash`, append(append([]any{
		r.Branch, r.URL, string(r.State), r.Why, r.Commit, r.Settled, r.Known, micros(r.Asked), micros(r.Looked),
	}, totalArgs(r.Totals)...), f.Generation, r.ID, generation(f))...).Scan(&hash)
	return hash, err
}
