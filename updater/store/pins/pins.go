// Package pins has the pins of repositories: which a repository has, who uses a package,
// and which held ones people have ticked.
package pins

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the pins of all repositories.
type Store struct{ db *database.DB }

// New returns the pins in a database.
func New(db *database.DB) Store { return Store{db} }

const columns = "p.repository, r.name, p.item"

func scan(row database.Scan) (p store.Pin, err error) {
	err = row(&p.Repository, &p.Repo, database.JSON(&p))
	return p, err
}

// Of returns the pins of a repository sorted by base, file and line; none if it is removed.
func (s Store) Of(ctx context.Context, id int64) ([]store.Pin, error) {
	return database.List(ctx, s.db, fmt.Sprintf("read the pins of repository %d", id), scan, "SELECT "+columns+` FROM pins p
		JOIN repositories r ON r.id = p.repository WHERE r.id = $1 AND NOT r.removed ORDER BY p.seq`, id)
}

// Alarms returns the pins with an alarm in the repositories that a viewer may see,
// sorted by name of the repository, base, file and line. It returns at most n, 0 means
// 50; total counts all.
func (s Store) Alarms(ctx context.Context, v store.Viewer, n int) (list []store.Pin, total int, err error) {
	from := func(columns string) *database.Query {
		q := new(database.Query).Add("SELECT " + columns + " FROM pins p JOIN repositories r ON r.id = p.repository WHERE p.alarmed AND ")
		return s.db.Visible(q, v)
	}
	some := from(columns).Add(" ORDER BY r.name_key, p.seq LIMIT ?", database.Few(n))
	count := from("COUNT(*)")
	err = s.db.Read(ctx, "list alarms", func(ctx context.Context, c database.Conn) (err error) {
		if list, err = database.All(ctx, c, scan, some.String(), some.Args...); err != nil {
			return err
		}
		return c.Row(ctx, count.String(), count.Args...).Scan(&total)
	})
	return list, total, err
}

// Counts counts the pins of all repositories by status (Value) and band (Of).
func (s Store) Counts(ctx context.Context) ([]store.Count, error) {
	return database.Counts(ctx, s.db, "count pins", "SELECT p.status, p.band, COUNT(*) FROM pins p WHERE "+database.Kept("p")+" GROUP BY p.status, p.band")
}
