// Package pulls has the pull requests of Freshpin.
package pulls

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
	"github.com/freshpin/freshpin/updater/store/events"
)

// A Store has the pull requests in all repositories.
type Store struct{ db *database.DB }

// New returns the pull requests in a database.
func New(db *database.DB) Store { return Store{db} }

const columns = `p.repository, r.name, p.number, p.url, p.title, p.branch, p.state, p.updates, p.security,
	p.outcome, p.reason, p.checks, p.mergeable, p.review, p.opened, p.changed, p.base`

func scan(row database.Scan) (p store.Pull, err error) {
	err = row(&p.Repository, &p.Repo, &p.Number, &p.URL, &p.Title, &p.Branch, &p.State, &p.Updates, &p.Security,
		&p.Outcome, &p.Why, &p.Checks, &p.Mergeable, &p.Review, database.Moment(&p.Opened), database.Moment(&p.Changed), &p.Base)
	return p, err
}

// Of returns the pull requests of a repository, open ones first, then the newest; none if it is removed.
func (s Store) Of(ctx context.Context, id int64) ([]store.Pull, error) {
	return database.List(ctx, s.db, fmt.Sprintf("read the pull requests of repository %d", id), scan, "SELECT "+columns+` FROM pulls p
		JOIN repositories r ON r.id = p.repository
		WHERE r.id = $1 AND NOT r.removed ORDER BY CASE WHEN p.state = 'open' THEN 0 ELSE 1 END, p.number DESC`, id)
}

// maxPulls is the most pull requests in one result.
const maxPulls = 10_000

// Open returns the open pull requests of all repositories that a viewer may see,
// oldest first. Those without a known opening time come last.
func (s Store) Open(ctx context.Context, v store.Viewer) ([]store.Pull, error) {
	q := new(database.Query).Add("SELECT " + columns + " FROM pulls p JOIN repositories r ON r.id = p.repository WHERE p.state = 'open' AND ")
	s.db.Visible(q, v).Add(" ORDER BY CASE WHEN p.opened = 0 THEN 1 ELSE 0 END, p.opened, r.name_key, p.number LIMIT ?", maxPulls)
	return database.List(ctx, s.db, "list open pull requests", scan, q.String(), q.Args...)
}

// Counts counts the pull requests of all repositories by state (Value) and kind (Of):
// update or security.
func (s Store) Counts(ctx context.Context) ([]store.Count, error) {
	return database.Counts(ctx, s.db, "count pull requests",
		"SELECT p.state, CASE WHEN p.security THEN 'security' ELSE 'update' END AS kind, COUNT(*) FROM pulls p WHERE "+database.Kept("p")+" GROUP BY p.state, kind")
}

// PutStatuses stores the statuses of open pull requests of a repository and the
// events for them (tell is nil for none) in one transaction. It ignores pull requests
// that are not open.
func (s Store) PutStatuses(ctx context.Context, repository int64, list []store.PullStatus, tell func(store.Pull, store.PullStatus) []store.Event) error {
	return s.db.Write(ctx, fmt.Sprintf("keep how the pull requests of repository %d stand", repository), func(ctx context.Context, c database.Conn) error {
		return PutStatuses(ctx, c, repository, list, tell)
	})
}

// PutStatuses is Store.PutStatuses in a transaction.
func PutStatuses(ctx context.Context, c database.Conn, repository int64, list []store.PullStatus, tell func(store.Pull, store.PullStatus) []store.Event) error {
	var told []store.Event
	for _, s := range list {
		p := store.Pull{Repository: repository, Number: s.Number}
		err := c.Row(ctx, `UPDATE pulls SET checks = $1, mergeable = $2, review = $3,
			opened = CASE WHEN opened = 0 THEN $4 ELSE opened END WHERE repository = $5 AND number = $6 AND state = 'open'
			RETURNING title, url, branch`, s.Checks, s.Mergeable, s.Review, database.Micros(s.Opened), repository, s.Number).Scan(&p.Title, &p.URL, &p.Branch)
		if errors.Is(err, sql.ErrNoRows) {
			continue // closed since the forge was asked
		}
		if err != nil {
			return err
		}
		if tell != nil {
			told = append(told, tell(p, s)...)
		}
	}
	return events.Add(ctx, c, told)
}
