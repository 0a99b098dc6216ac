// Package repositories has the repositories that the service handles, and the
// installations that they belong to: which there are, and what was found in them in
// numbers. Package passes writes what is found, and when they are due.
package repositories

import (
	"context"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the repositories and installations.
type Store struct{ db *database.DB }

// New returns the repositories and installations of a database.
func New(db *database.DB) Store { return Store{db} }

// ByName returns a repository by its name, even a removed one, or ErrNotFound.
func (s Store) ByName(ctx context.Context, name string) (store.Repository, error) {
	return s.one(ctx, "repository "+name, "r.name_key = $1", NameKey(name))
}

// ByID returns a repository by our own id, even a removed one, or ErrNotFound.
func (s Store) ByID(ctx context.Context, id int64) (store.Repository, error) {
	return s.one(ctx, fmt.Sprintf("repository %d", id), "r.id = $1", id)
}

func (s Store) one(ctx context.Context, what, where string, arg any) (store.Repository, error) {
	return database.One(ctx, s.db, what, scan, "SELECT "+columns+" FROM repositories r WHERE "+where, arg)
}

// Where returns the repositories r that a condition, with order and limit, selects. It
// is for the other rooms of the store.
func Where(ctx context.Context, db *database.DB, what, condition string, args ...any) ([]store.Repository, error) {
	return database.List(ctx, db, what, scan, "SELECT "+columns+" FROM repositories r WHERE "+condition, args...)
}

// sorts maps Filter.Sort to SQL. Any other value sorts by name.
var sorts = map[string]string{
	"updates": "r.n_updates", "held": "r.n_held", "security": "r.n_security", "failed": "r.n_failed", "libyears": "r.libyears", "looked": "r.looked",
}

func order(f store.Filter) string {
	word, turned := strings.CutPrefix(f.Sort, "-")
	way := ""
	if turned {
		way = " DESC"
	}
	// A column cannot be an argument, and Sort comes from the address of a page.
	if column, ok := sorts[word]; ok {
		return column + way + ", r.name_key, r.id"
	}
	return "r.name_key" + way + ", r.id"
}

// List returns the repositories that a viewer may see and that match f, and their
// total number. It returns at most f.Limit of them: 0 means 50, and 1,000 is the most.
func (s Store) List(ctx context.Context, v store.Viewer, f store.Filter) (list []store.Repository, total int, err error) {
	q := new(database.Query).Add("FROM repositories r WHERE ")
	s.db.Visible(q, v)
	if f.Text != "" {
		q.Add(` AND LOWER(r.name) LIKE ? ESCAPE '\'`, "%"+database.EscapeLike(strings.ToLower(f.Text))+"%")
	}
	if f.State != "" {
		q.Add(" AND r.state = ?", string(f.State))
	}
	if f.Unhealthy {
		q.Add(" AND (r.state IN (?, ?) OR r.n_failed > 0)", string(store.Broken), string(store.Refused))
	}
	err = s.db.Read(ctx, "list repositories", func(ctx context.Context, c database.Conn) error {
		if err := c.Row(ctx, "SELECT COUNT(*) "+q.String(), q.Args...).Scan(&total); err != nil {
			return err
		}
		q.Add(" ORDER BY "+order(f)+" LIMIT ? OFFSET ?", database.Few(f.Limit), max(0, f.After))
		var err error
		list, err = database.All(ctx, c, scan, "SELECT "+columns+" "+q.String(), q.Args...)
		return err
	})
	return list, total, err
}

// Totals returns the sums over all repositories that a viewer may see, and the number of repositories by state.
func (s Store) Totals(ctx context.Context, v store.Viewer) (t store.Totals, states map[store.State]int, err error) {
	q := new(database.Query).Add("SELECT r.state, COUNT(*), " + Sums("r.") + " FROM repositories r WHERE ")
	s.db.Visible(q, v).Add(" GROUP BY r.state")
	states = map[store.State]int{}
	err = s.db.Read(ctx, "add up repositories", func(ctx context.Context, c database.Conn) error {
		return c.Each(ctx, func(row database.Scan) error {
			var state store.State
			var n int
			var some store.Totals
			if err := row(append([]any{&state, &n}, ScanTotals(&some)...)...); err != nil {
				return err
			}
			states[state] = n
			t = t.Plus(some)
			return nil
		}, q.String(), q.Args...)
	})
	return t, states, err
}

// May returns a viewer's access to a repository: Write for a viewer of all; 0 for none,
// also if the repository does not exist or is removed.
func (s Store) May(ctx context.Context, v store.Viewer, id int64) (a store.Access, err error) {
	q := new(database.Query).Add("SELECT COALESCE((SELECT access FROM session_access WHERE session = ? AND forge_id = r.forge_id), 0) FROM repositories r WHERE ", database.KeyOf(v.Session))
	s.db.Visible(q, v).Add(" AND r.id = ?", id)
	err = s.db.Read(ctx, fmt.Sprintf("ask what is allowed in repository %d", id), func(ctx context.Context, c database.Conn) error {
		list, err := database.All(ctx, c, database.Column[store.Access], q.String(), q.Args...)
		if len(list) > 0 {
			a = list[0]
			if v.All {
				a = store.Write
			}
		}
		return err
	})
	return a, err
}
