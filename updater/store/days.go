package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"
)

// A row of the trend applies from its day until the next row of its repository.
// Unchanged totals make no new row.

// forever is the end of the current row.
const forever = 1_000_000_000

// dayOf numbers the days since 1970, in UTC.
func dayOf(t time.Time) int64 {
	const day = 24 * 60 * 60
	n := t.Unix() / day
	if t.Unix()%day < 0 {
		n--
	}
	return n
}

// putDay stores the totals for the day of the pass.
func (d *DB) putDay(ctx context.Context, c conn, f Finished) error {
	looked := f.Repository.Looked
	if looked.IsZero() {
		looked = d.now()
	}
	id, day := f.Repository.ID, dayOf(looked)
	var was Totals
	var since int64
	err := c.row(ctx, "SELECT day, "+strings.Join(totalColumns[:], ", ")+" FROM days WHERE repository = $1 AND day <= $2 ORDER BY day DESC LIMIT 1",
		id, day).Scan(append([]any{&since}, scanTotals(&was)...)...)
	switch {
	case err == nil && was == f.Repository.Totals:
		return nil
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return err
	}
	return writeDay(ctx, c, id, day, f.Repository.Totals)
}

func writeDay(ctx context.Context, c conn, id, day int64, t Totals) error {
	if _, err := c.exec(ctx, "UPDATE days SET until = $1 WHERE repository = $2 AND day < $1 AND until > $1", day, id); err != nil {
		return err
	}
	var set []string
	for _, column := range totalColumns {
		set = append(set, column+" = excluded."+column)
	}
	_, err := c.exec(ctx, "INSERT INTO days (repository, day, until, "+strings.Join(totalColumns[:], ", ")+
		") VALUES ($1, $2, COALESCE((SELECT MIN(day) FROM days WHERE repository = $1 AND day > $2), $3), "+places(4, len(totalColumns))+
		") ON CONFLICT (repository, day) DO UPDATE SET "+strings.Join(set, ", "), append([]any{id, day, forever}, totalArgs(t)...)...)
	return err
}

// maxDays is the length limit of a trend.
const maxDays = 366

// Days returns the trend since a time (at most 366 days), oldest first: one row for
// every day from the first known one to today, for one repository, or, if id is 0, for
// all that a viewer may see. A day without a pass repeats the day before.
func (d *DB) Days(ctx context.Context, v Viewer, id int64, since time.Time) (list []Day, err error) {
	today := dayOf(d.now())
	first := max(dayOf(since), today-maxDays+1)
	err = d.read(ctx, "read the trend", func(ctx context.Context, c conn) error {
		begun, err := d.steps(ctx, c, v, id, "CASE WHEN y.day < ? THEN ? ELSE y.day END", []any{first, first}, "y.until > ? AND y.day <= ?", first, today)
		if err != nil {
			return err
		}
		ended, err := d.steps(ctx, c, v, id, "y.until", nil, "y.until > ? AND y.until <= ?", first, today)
		list = addUp(begun, ended, today)
		return err
	})
	return list, err
}

// steps sums the rows of the trend by their first or last day.
func (d *DB) steps(ctx context.Context, c conn, v Viewer, id int64, day string, args []any, where string, bounds ...any) ([]Day, error) {
	q := new(query).add("SELECT "+day+", COUNT(*), "+sums("y.")+" FROM days y JOIN repositories r ON r.id = y.repository WHERE ", args...)
	d.visible(q, v)
	if id != 0 {
		q.add(" AND y.repository = ?", id)
	}
	q.add(" AND "+where+" GROUP BY 1 ORDER BY 1", bounds...)
	return all(ctx, c, scanDay, q.String(), q.args...)
}

func scanDay(row func(...any) error) (y Day, err error) {
	var day int64
	err = row(append([]any{&day, &y.Repositories}, scanTotals(&y.Totals)...)...)
	y.Day = time.Unix(day*24*60*60, 0).UTC()
	return y, err
}

// addUp computes the totals at the end of every day up to today from the rows that began and ended on each day.
func addUp(begun, ended []Day, today int64) []Day {
	var list []Day
	if len(begun) == 0 {
		return nil
	}
	now := Day{Day: begun[0].Day}
	for ; dayOf(now.Day) <= today; now.Day = now.Day.AddDate(0, 0, 1) {
		if len(begun) > 0 && begun[0].Day.Equal(now.Day) {
			now.Totals, now.Repositories = now.plus(begun[0].Totals), now.Repositories+begun[0].Repositories
			begun = begun[1:]
		}
		if len(ended) > 0 && ended[0].Day.Equal(now.Day) {
			now.Totals, now.Repositories = now.minus(ended[0].Totals), now.Repositories-ended[0].Repositories
			ended = ended[1:]
		}
		list = append(list, now)
	}
	return list
}

// minus returns t - u.
func (t Totals) minus(u Totals) Totals {
	return t.plus(Totals{-u.Pins, -u.Current, -u.Updates, -u.Held, -u.Skipped, -u.Failed, -u.Security, -u.Libyears})
}
