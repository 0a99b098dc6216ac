package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// repositoryColumns are the columns of table r that scanRepository reads.
const repositoryColumns = `r.id, r.name, r.forge_id, r.installation, r.branch, r.url, r.private, r.topics, r.state, r.reason,
	r.enrolled, r.removed, r.cron, r.timezone, r.next, r.wanted, r.begun, r.unsure, r.head, r.settled, r.known, r.asked, r.looked,
	r.n_pins, r.n_current, r.n_updates, r.n_held, r.n_skipped, r.n_failed, r.n_security, r.libyears`

func scanRepository(row func(...any) error) (r Repository, err error) {
	into := []any{
		&r.ID, &r.Name, &r.ForgeID, &r.Installation, &r.Branch, &r.URL, &r.Private, fromJSON{&r.Topics}, &r.State, &r.Why,
		moment{&r.Enrolled}, &r.Removed, &r.Cron, &r.Timezone, moment{&r.Next}, &r.Wanted, &r.Begun, &r.Unsure,
		&r.Commit, &r.Settled, &r.Known, moment{&r.Asked}, moment{&r.Looked},
	}
	err = row(append(into, scanTotals(&r.Totals)...)...)
	return r, err
}

// totalColumns are the columns that scanTotals reads.
var totalColumns = [...]string{"n_pins", "n_current", "n_updates", "n_held", "n_skipped", "n_failed", "n_security", "libyears"}

func scanTotals(t *Totals) []any {
	return []any{&t.Pins, &t.Current, &t.Updates, &t.Held, &t.Skipped, &t.Failed, &t.Security, &t.Libyears}
}

func totalArgs(t Totals) []any {
	return []any{t.Pins, t.Current, t.Updates, t.Held, t.Skipped, t.Failed, t.Security, t.Libyears}
}

// nameKey returns a name for comparisons, because forges ignore case in names.
func nameKey(name string) string { return strings.ToLower(cleanText(name)) }

// Repository returns a repository by its name, even a removed one, or ErrNotFound.
func (d *DB) Repository(ctx context.Context, name string) (Repository, error) {
	return d.repository(ctx, "repository "+name, "r.name_key = $1", nameKey(name))
}

// RepositoryByID returns a repository by our own id, even a removed one, or ErrNotFound.
func (d *DB) RepositoryByID(ctx context.Context, id int64) (Repository, error) {
	return d.repository(ctx, fmt.Sprintf("repository %d", id), "r.id = $1", id)
}

func (d *DB) repository(ctx context.Context, what, where string, arg any) (r Repository, err error) {
	err = d.read(ctx, what, func(ctx context.Context, c conn) (err error) {
		r, err = scanRepository(c.row(ctx, "SELECT "+repositoryColumns+" FROM repositories r WHERE "+where, arg).Scan)
		return err
	})
	return r, err
}

func (d *DB) repositories(ctx context.Context, what, query string, args ...any) (list []Repository, err error) {
	err = d.read(ctx, what, func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanRepository, "SELECT "+repositoryColumns+" FROM repositories r "+query, args...)
		return err
	})
	return list, err
}

// repositoriesLock is held during changes of many repositories.
const repositoriesLock = "repositories"

// KeepOnly marks the repositories of an installation that are not in names as removed. It returns their number.
func (d *DB) KeepOnly(ctx context.Context, installation int64, names []string) (n int, err error) {
	keep := map[string]bool{}
	for _, name := range names {
		keep[nameKey(name)] = true
	}
	err = d.write(ctx, fmt.Sprintf("keep only the repositories of installation %d", installation), func(ctx context.Context, c conn) error {
		if err := d.lock(ctx, c, repositoriesLock); err != nil {
			return err
		}
		var gone []any
		err := c.each(ctx, func(row func(...any) error) error {
			var id int64
			var key string
			err := row(&id, &key)
			if !keep[key] {
				gone = append(gone, id)
			}
			return err
		}, "SELECT id, name_key FROM repositories WHERE installation = $1 AND NOT removed ORDER BY id", installation)
		if err != nil {
			return err
		}
		n = len(gone)
		return d.markRemoved(ctx, c, "id", gone)
	})
	return n, err
}

// RemoveRepositories marks repositories as removed, so that their pins, pull requests
// and totals no longer appear in results. It ignores unknown names.
func (d *DB) RemoveRepositories(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var keys []any
	for _, name := range names {
		keys = append(keys, nameKey(name))
	}
	return d.write(ctx, "remove repositories", func(ctx context.Context, c conn) error {
		if err := d.lock(ctx, c, repositoriesLock); err != nil {
			return err
		}
		return d.markRemoved(ctx, c, "name_key", keys)
	})
}

func (d *DB) markRemoved(ctx context.Context, c conn, column string, values []any) error {
	return chunks(values, 500, func(some []any) error {
		_, err := c.exec(ctx, "UPDATE repositories SET removed = TRUE, removed_at = "+d.clock()+
			" WHERE NOT removed AND "+column+" IN ("+places(1, len(some))+")", some...)
		return err
	})
}

// Enrol enrols waiting repositories, oldest first, sets Next to due, and returns them.
// It enrols at most perDay since midnight UTC over all processes (0 means no limit).
func (d *DB) Enrol(ctx context.Context, perDay int, due time.Time) (list []Repository, err error) {
	err = d.write(ctx, "enrol repositories", func(ctx context.Context, c conn) error {
		if err := d.lock(ctx, c, repositoriesLock); err != nil {
			return err
		}
		limit, err := d.left(ctx, c, perDay)
		if err != nil || limit == 0 {
			return err
		}
		list, err = all(ctx, c, scanRepository, `
			UPDATE repositories SET enrolled = `+d.clock()+`, next = $1
			WHERE id IN (SELECT id FROM repositories WHERE enrolled = 0 AND NOT removed ORDER BY id LIMIT $2)
			RETURNING `+strings.ReplaceAll(repositoryColumns, "r.", ""), micros(due), limit)
		return err
	})
	slices.SortFunc(list, func(a, b Repository) int { return cmp.Compare(a.ID, b.ID) })
	return list, err
}

// left returns how many more repositories may be enrolled today.
func (d *DB) left(ctx context.Context, c conn, perDay int) (int64, error) {
	if perDay <= 0 {
		return 1 << 40, nil
	}
	const day = "86400000000"
	var today int64
	err := c.row(ctx, "SELECT COUNT(*) FROM repositories WHERE enrolled >= ("+d.clock()+" / "+day+") * "+day).Scan(&today)
	return max(0, int64(perDay)-today), err
}

// SetSchedule stores the schedule that a repository has set, and when it is due next.
func (d *DB) SetSchedule(ctx context.Context, id int64, cron, timezone string, next time.Time) error {
	return d.must(ctx, fmt.Sprintf("note the schedule of repository %d", id),
		"UPDATE repositories SET cron = $1, timezone = $2, next = $3 WHERE id = $4", cron, timezone, micros(next), id)
}

// must changes one row, or returns ErrNotFound.
func (d *DB) must(ctx context.Context, what, query string, args ...any) error {
	n, err := d.change(ctx, what, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return err
}

// Due returns at most n enrolled repositories that are not removed and whose Next is not after now, oldest first.
func (d *DB) Due(ctx context.Context, now time.Time, n int) ([]Repository, error) {
	return d.repositories(ctx, "ask what is due", `
		WHERE r.next <> 0 AND r.next <= $1 AND r.enrolled <> 0 AND NOT r.removed ORDER BY r.next, r.id LIMIT $2`, micros(now), max(0, n))
}

// DoubtAll marks every repository as Unsure, because events may have been lost.
func (d *DB) DoubtAll(ctx context.Context) error {
	return d.write(ctx, "doubt what is known of repositories", func(ctx context.Context, c conn) error {
		if err := d.lock(ctx, c, repositoriesLock); err != nil {
			return err
		}
		_, err := c.exec(ctx, "UPDATE repositories SET unsure = TRUE WHERE NOT unsure AND NOT removed")
		return err
	})
}
