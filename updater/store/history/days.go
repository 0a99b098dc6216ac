package history

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/repositories"
)

// A row of the trend applies from its day until the next row of its repository.
// Unchanged totals make no new row.

// forever is the end of the current row.
const forever = 1_000_000_000

// dayOf numbers the days since 1970, in UTC.
func dayOf(t time.Time) int64 {
	const day = 24 * 60 * 60
	n := t.Unix() / day
	if t.Unix()%day < 0 { // Go divides towards zero
		n--
	}
	return n
}

// PutDay stores the totals of a repository for the day on which a pass looked.
func PutDay(ctx context.Context, c database.Conn, id int64, looked time.Time, totals store.Totals) error {
	day := dayOf(looked)
	var was store.Totals
	var since int64
	err := c.Row(ctx, "SELECT day, "+strings.Join(repositories.TotalColumns[:], ", ")+" FROM days WHERE repository = $1 AND day <= $2 ORDER BY day DESC LIMIT 1",
		id, day).Scan(append([]any{&since}, repositories.ScanTotals(&was)...)...)
	switch {
	case err == nil && was == totals:
		return nil
	// The first day of a repository has no row before it.
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	}
	return writeDay(ctx, c, id, day, totals)
}

func writeDay(ctx context.Context, c database.Conn, id, day int64, t store.Totals) error {
	if _, err := c.Exec(ctx, "UPDATE days SET until = $1 WHERE repository = $2 AND day < $1 AND until > $1", day, id); err != nil {
		return err
	}
	// A second pass on the same day replaces the totals of the first.
	var set []string
	for _, column := range repositories.TotalColumns {
		set = append(set, column+" = excluded."+column)
	}
	_, err := c.Exec(ctx, "INSERT INTO days (repository, day, until, "+strings.Join(repositories.TotalColumns[:], ", ")+
		") VALUES ($1, $2, COALESCE((SELECT MIN(day) FROM days WHERE repository = $1 AND day > $2), $3), "+database.Places(4, len(repositories.TotalColumns))+
		") ON CONFLICT (repository, day) DO UPDATE SET "+strings.Join(set, ", "), append([]any{id, day, forever}, repositories.TotalArgs(t)...)...)
	return err
}

// maxDays is the length limit of a trend.
const maxDays = 366

// Days returns the trend since a time (at most 366 days), oldest first: one row for
// every day from the first known one to today, for one repository, or, if id is 0, for
// all that a viewer may see. A day without a pass repeats the day before.
func (s Store) Days(ctx context.Context, v store.Viewer, id int64, since time.Time) (list []store.Day, err error) {
	today := dayOf(s.db.Now())
	first := max(dayOf(since), today-maxDays+1)
	err = s.db.Read(ctx, "read the trend", func(ctx context.Context, c database.Conn) error {
		// A row that began before the first day counts from then on.
		begun, err := s.steps(ctx, c, v, id, "CASE WHEN y.day < ? THEN ? ELSE y.day END", []any{first, first}, "y.until > ? AND y.day <= ?", first, today)
		if err != nil {
			return err
		}
		// Rows that end today or before; the current ones end at forever.
		ended, err := s.steps(ctx, c, v, id, "y.until", nil, "y.until > ? AND y.until <= ?", first, today)
		list = addUp(begun, ended, today)
		return err
	})
	return list, err
}

// steps sums the rows of the trend by their first or last day.
func (s Store) steps(ctx context.Context, c database.Conn, v store.Viewer, id int64, day string, args []any, where string, bounds ...any) ([]store.Day, error) {
	q := new(database.Query).Add("SELECT "+day+", COUNT(*), "+repositories.Sums("y.")+" FROM days y JOIN repositories r ON r.id = y.repository WHERE ", args...)
	s.db.Visible(q, v)
	if id != 0 {
		q.Add(" AND y.repository = ?", id)
	}
	q.Add(" AND "+where+" GROUP BY 1 ORDER BY 1", bounds...)
	return database.All(ctx, c, scanDay, q.String(), q.Args...)
}

func scanDay(row database.Scan) (y store.Day, err error) {
	var day int64
	err = row(append([]any{&day, &y.Repositories}, repositories.ScanTotals(&y.Totals)...)...)
	y.Day = time.Unix(day*24*60*60, 0).UTC()
	return y, err
}

// addUp computes the totals at the end of every day up to today from the rows that began and ended on each day.
func addUp(begun, ended []store.Day, today int64) []store.Day {
	var list []store.Day
	if len(begun) == 0 {
		return nil
	}
	now := store.Day{Day: begun[0].Day}
	for ; dayOf(now.Day) <= today; now.Day = now.Day.AddDate(0, 0, 1) {
		if len(begun) > 0 && begun[0].Day.Equal(now.Day) {
			now.Totals, now.Repositories = now.Plus(begun[0].Totals), now.Repositories+begun[0].Repositories
			begun = begun[1:]
		}
		if len(ended) > 0 && ended[0].Day.Equal(now.Day) {
			now.Totals, now.Repositories = now.Minus(ended[0].Totals), now.Repositories-ended[0].Repositories
			ended = ended[1:]
		}
		list = append(list, now)
	}
	return list
}
