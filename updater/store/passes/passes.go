// Package passes has when passes over repositories are due, which are requested, and
// what a pass finds: Finish hands that to the packages that have its tables, in one
// transaction, so that the pages never show the pins of one pass beside the pull
// requests of another, and an event is stored if and only if its cause is.
package passes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// A Store has the schedules and passes of repositories.
type Store struct{ db *database.DB }

// New returns the schedules and passes in a database.
func New(db *database.DB) Store { return Store{db} }

// SetSchedule stores the schedule that a repository has set, and when it is due next.
func (s Store) SetSchedule(ctx context.Context, id int64, cron, timezone string, next time.Time) error {
	return s.db.Must(ctx, fmt.Sprintf("note the schedule of repository %d", id),
		"UPDATE repositories SET cron = $1, timezone = $2, next = $3 WHERE id = $4", cron, timezone, database.Micros(next), id)
}

// Due returns at most n enrolled repositories that are not removed and whose Next is not after now, oldest first.
func (s Store) Due(ctx context.Context, now time.Time, n int) ([]store.Repository, error) {
	return repositories.Where(ctx, s.db, "ask what is due", `
		r.next <> 0 AND r.next <= $1 AND r.enrolled <> 0 AND NOT r.removed ORDER BY r.next, r.id LIMIT $2`, database.Micros(now), max(0, n))
}

// DoubtAll marks every repository as Unsure, because events may have been lost.
func (s Store) DoubtAll(ctx context.Context) error {
	return s.db.Write(ctx, "doubt what is known of repositories", func(ctx context.Context, c database.Conn) error {
		if err := c.Lock(ctx, repositories.Lock); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "UPDATE repositories SET unsure = TRUE WHERE NOT unsure AND NOT removed")
		return err
	})
}

// Generations number the requested passes over a repository. Wanted is the newest
// requested one, Begun the newest that has begun, and the column finished (used only in
// this package) the newest that has finished.

// wanting requests one more generation, unless one that has not begun is already waiting.
const wanting = `wanted = CASE WHEN wanted > begun THEN wanted ELSE begun + 1 END,
	stirred = CASE WHEN wanted > begun THEN stirred ELSE %s END`

// Claim moves Next from was to next and requests a pass, if Next still equals was. Of
// several processes only one gets ok. It returns the requested generation.
func (s Store) Claim(ctx context.Context, id int64, was, next time.Time) (wanted int64, ok bool, err error) {
	wanted, err = s.want(ctx, fmt.Sprintf("claim repository %d", id), "next = $1, ", "id = $2 AND next = $3",
		database.Micros(next), id, database.Micros(was))
	if errors.Is(err, store.ErrNotFound) {
		return 0, false, nil
	}
	return wanted, err == nil, err
}

// Want requests a pass, unless a requested one has not begun yet. It returns the
// requested generation (Wanted = max(Wanted, Begun+1)), or ErrNotFound.
func (s Store) Want(ctx context.Context, id int64) (wanted int64, err error) {
	return s.want(ctx, fmt.Sprintf("want a pass over repository %d", id), "", "id = $1", id)
}

func (s Store) want(ctx context.Context, what, set, where string, args ...any) (wanted int64, err error) {
	err = s.db.Returning(ctx, what, &wanted, "UPDATE repositories SET "+set+fmt.Sprintf(wanting, s.db.Clock())+
		" WHERE "+where+" RETURNING wanted", args...)
	return wanted, err
}

// Begin records that the pass of a generation begins, which covers all requests up to
// it. A repeated job may begin again until the pass has finished. It returns false if
// the pass of that or a later generation has finished, and ErrNotFound if the repository
// does not exist.
func (s Store) Begin(ctx context.Context, id, generation int64) (begun bool, err error) {
	what := fmt.Sprintf("begin pass %d over repository %d", generation, id)
	err = s.db.Write(ctx, what, func(ctx context.Context, c database.Conn) error {
		// The larger number by CASE, because SQLite calls it MAX and Postgres GREATEST.
		n, err := c.Exec(ctx, `UPDATE repositories SET
			begun = CASE WHEN begun > $1 THEN begun ELSE $1 END,
			wanted = CASE WHEN wanted > $1 THEN wanted ELSE $1 END,
			stirred = `+s.db.Clock()+` WHERE id = $2 AND finished < $1`, generation, id)
		begun = n > 0
		if err != nil || begun {
			return err
		}
		// It has finished, or there is no such repository.
		return c.Row(ctx, "SELECT id FROM repositories WHERE id = $1", id).Scan(new(int64))
	})
	return begun, err
}

// Unfinished returns at most n repositories with a requested and unfinished pass
// without activity (requested, begun, tried) for the time age, oldest first. It is for
// replacing lost jobs.
func (s Store) Unfinished(ctx context.Context, age time.Duration, n int) ([]store.Repository, error) {
	return repositories.Where(ctx, s.db, "ask for lost passes", `
		r.wanted > r.finished AND r.stirred <= `+s.db.Clock()+` - $1 AND NOT r.removed
		ORDER BY r.stirred, r.id LIMIT $2`, age.Microseconds(), max(0, n))
}
