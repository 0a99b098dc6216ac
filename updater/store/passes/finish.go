package passes

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/advisories"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/events"
	"github.com/freshpin/freshpin/updater/store/findings"
	"github.com/freshpin/freshpin/updater/store/history"
	"github.com/freshpin/freshpin/updater/store/pins"
	"github.com/freshpin/freshpin/updater/store/pulls"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// Finish stores the result of a pass in one transaction: the repository (Branch, URL,
// State, Why, Commit, Settled, Known, Asked, Looked, Totals, Unsure=false), its pins
// and open pull requests (nil leaves them unchanged; a formerly open one that is not
// among them becomes closed), their statuses, the affected packages, the findings, the
// run, and the day's totals. It marks the generation as finished. If a later generation
// has finished, it stores only the run. It is idempotent.
func (s Store) Finish(ctx context.Context, f store.Finished) error {
	what := fmt.Sprintf("keep what a pass over repository %d found", f.Repository.ID)
	return s.db.Write(ctx, what, func(ctx context.Context, c database.Conn) error {
		if err := history.PutRun(ctx, c, f.Repository.ID, f.Run); err != nil {
			return err
		}
		if !f.Whole {
			return s.keepTry(ctx, c, f)
		}
		hash, err := s.keepRepository(ctx, c, f)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // a later generation has finished, and what it found is newer
		}
		if err != nil {
			return err
		}
		return s.keepFound(ctx, c, f, hash)
	})
}

// keepFound stores what a complete pass has found. hash is that of the pins of the pass before.
func (s Store) keepFound(ctx context.Context, c database.Conn, f store.Finished, hash string) error {
	id, looked := f.Repository.ID, f.Repository.Looked
	if looked.IsZero() {
		looked = s.db.Now()
	}
	if changed, err := pins.Replace(ctx, c, id, f.Pins, hash); err != nil {
		return err
	} else if changed {
		fresh, err := advisories.Replace(ctx, c, id, f.Pins, looked)
		if err != nil {
			return err
		}
		if f.Tell != nil {
			if err := events.Add(ctx, c, f.Tell(fresh)); err != nil {
				return err
			}
		}
	}
	// Before the statuses, which are ignored for pull requests that are not there yet.
	if err := pulls.Replace(ctx, c, id, f.Pulls, f.Repository.Looked); err != nil {
		return err
	}
	if err := pulls.PutStatuses(ctx, c, id, f.PullStatuses, f.TellPull); err != nil {
		return err
	}
	if err := findings.Replace(ctx, c, id, f.Findings); err != nil {
		return err
	}
	return history.PutDay(ctx, c, id, looked, f.Repository.Totals)
}

// keepTry stores the state of a repository after a failed attempt.
func (s Store) keepTry(ctx context.Context, c database.Conn, f store.Finished) error {
	_, err := c.Exec(ctx, `UPDATE repositories SET stirred = `+s.db.Clock()+`,
		state = CASE WHEN $1 = '' THEN state ELSE $1 END, reason = $2 WHERE id = $3 AND finished <= $4`,
		string(f.Repository.State), f.Repository.Why, f.Repository.ID, generation(f))
	return err
}

// generation returns the generation of a pass; one without a number counts as the newest.
func generation(f store.Finished) int64 {
	if f.Generation == 0 {
		return 1 << 62
	}
	return f.Generation
}

// keepRepository updates the row of a repository, and returns the hash of its old pins;
// sql.ErrNoRows if a later generation has finished.
func (s Store) keepRepository(ctx context.Context, c database.Conn, f store.Finished) (hash string, err error) {
	r := f.Repository
	err = c.Row(ctx, `UPDATE repositories SET branch = $1, url = $2, state = $3, reason = $4, head = $5, settled = $6,
		known = $7, asked = $8, looked = $9, unsure = FALSE,
		n_pins = $10, n_current = $11, n_updates = $12, n_held = $13, n_skipped = $14, n_failed = $15, n_security = $16, libyears = $17,
		finished = CASE WHEN finished > $18 THEN finished ELSE $18 END,
		begun = CASE WHEN begun > $18 THEN begun ELSE $18 END,
		wanted = CASE WHEN wanted > $18 THEN wanted ELSE $18 END,
		stirred = CASE WHEN wanted > $18 THEN stirred ELSE 0 END
		WHERE id = $19 AND finished <= $20 RETURNING pins_hash`, append(append([]any{
		r.Branch, r.URL, string(r.State), r.Why, r.Commit, r.Settled, r.Known, database.Micros(r.Asked), database.Micros(r.Looked),
	}, repositories.TotalArgs(r.Totals)...), f.Generation, r.ID, generation(f))...).Scan(&hash)
	return hash, err
}
