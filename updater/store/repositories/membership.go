package repositories

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// Lock is the name of the lock that is held during changes of many repositories.
const Lock = "repositories"

// KeepOnly marks the repositories of an installation that are not in names as removed. It returns their number.
func (s Store) KeepOnly(ctx context.Context, installation int64, names []string) (n int, err error) {
	keep := map[string]bool{}
	for _, name := range names {
		keep[NameKey(name)] = true
	}
	err = s.db.Write(ctx, fmt.Sprintf("keep only the repositories of installation %d", installation), func(ctx context.Context, c database.Conn) error {
		if err := c.Lock(ctx, Lock); err != nil {
			return err
		}
		var gone []any
		err := c.Each(ctx, func(row database.Scan) error {
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
		return s.markRemoved(ctx, c, "id", gone)
	})
	return n, err
}

// Remove marks repositories as removed, so that their pins, pull requests
// and totals no longer appear in results. It ignores unknown names.
func (s Store) Remove(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var keys []any
	for _, name := range names {
		keys = append(keys, NameKey(name))
	}
	return s.db.Write(ctx, "remove repositories", func(ctx context.Context, c database.Conn) error {
		if err := c.Lock(ctx, Lock); err != nil {
			return err
		}
		return s.markRemoved(ctx, c, "name_key", keys)
	})
}

func (s Store) markRemoved(ctx context.Context, c database.Conn, column string, values []any) error {
	return database.Chunks(values, 500, func(some []any) error {
		_, err := c.Exec(ctx, "UPDATE repositories SET removed = TRUE, removed_at = "+s.db.Clock()+
			" WHERE NOT removed AND "+column+" IN ("+database.Places(1, len(some))+")", some...)
		return err
	})
}

// Enrol enrols waiting repositories, oldest first, sets Next to due, and returns them.
// It enrols at most perDay since midnight UTC over all processes (0 means no limit).
func (s Store) Enrol(ctx context.Context, perDay int, due time.Time) (list []store.Repository, err error) {
	err = s.db.Write(ctx, "enrol repositories", func(ctx context.Context, c database.Conn) error {
		if err := c.Lock(ctx, Lock); err != nil {
			return err
		}
		limit, err := s.left(ctx, c, perDay)
		if err != nil || limit == 0 {
			return err
		}
		list, err = database.All(ctx, c, scan, `
			UPDATE repositories SET enrolled = `+s.db.Clock()+`, next = $1
			WHERE id IN (SELECT id FROM repositories WHERE enrolled = 0 AND NOT removed ORDER BY id LIMIT $2)
			RETURNING `+strings.ReplaceAll(columns, "r.", ""), database.Micros(due), limit)
		return err
	})
	// RETURNING has no order.
	slices.SortFunc(list, func(a, b store.Repository) int { return cmp.Compare(a.ID, b.ID) })
	return list, err
}

// left returns how many more repositories may be enrolled today.
func (s Store) left(ctx context.Context, c database.Conn, perDay int) (int64, error) {
	if perDay <= 0 {
		return 1 << 40, nil // no limit is -1 in SQLite, and NULL in Postgres
	}
	const day = "86400000000" // in microseconds; days in UTC begin at its multiples
	var today int64
	err := c.Row(ctx, "SELECT COUNT(*) FROM repositories WHERE enrolled >= ("+s.db.Clock()+" / "+day+") * "+day).Scan(&today)
	return max(0, int64(perDay)-today), err
}
