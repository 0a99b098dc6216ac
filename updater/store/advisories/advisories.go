// Package advisories has the packages in repositories that advisories affect, and the
// dismissals of people.
package advisories

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/record"
	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has affected packages and dismissals.
type Store struct{ db *database.DB }

// New returns the affected packages and dismissals in a database.
func New(db *database.DB) Store { return Store{db} }

const (
	maxVersions = 5      // versions in one Affected
	maxAffected = 20_000 // results of one query
)

// affected groups the advisories of pins by package, in order.
func affected(pins []store.Pin) []store.Affected {
	at := map[[3]string]int{}
	var list []store.Affected
	for _, p := range pins {
		for _, a := range p.Advisories {
			// Clipped as the keys of the table are, so that no two rows have the same key.
			key := [3]string{database.Clip(p.Ecosystem), database.Clip(cmp.Or(p.Package, p.Name)), database.Clip(a.ID)}
			n, ok := at[key]
			if !ok {
				n = len(list)
				at[key] = n
				list = append(list, store.Affected{Ecosystem: key[0], Package: key[1], Advisory: key[2], Severity: a.Severity, Fixed: a.Fixed})
			}
			count(&list[n], p, a)
		}
	}
	slices.SortFunc(list, func(a, b store.Affected) int {
		return cmp.Or(strings.Compare(a.Ecosystem, b.Ecosystem), strings.Compare(a.Package, b.Package), strings.Compare(a.Advisory, b.Advisory))
	})
	return list
}

// count counts one pin. Its data fills fields that other pins have left empty.
func count(f *store.Affected, p store.Pin, a record.Advisory) {
	f.Pins++
	f.Pull = max(f.Pull, p.Pull)
	f.Severity, f.Fixed = cmp.Or(f.Severity, a.Severity), cmp.Or(f.Fixed, a.Fixed)
	v := cmp.Or(p.Current, p.Pin)
	if v != "" && len(f.Versions) < maxVersions && !slices.Contains(f.Versions, v) {
		f.Versions = append(f.Versions, v)
	}
}

// Replace replaces the affected packages of a repository, and returns those that were not
// affected before. The others keep their Since; looked is that of the new ones.
func Replace(ctx context.Context, c database.Conn, id int64, pins []store.Pin, looked time.Time) (fresh []store.Affected, err error) {
	since := map[[3]string]int64{}
	// Before the rows are deleted, because the new ones keep since.
	err = c.Each(ctx, func(row database.Scan) error {
		var key [3]string
		var at int64
		err := row(&key[0], &key[1], &key[2], &at)
		since[key] = at
		return err
	}, "SELECT ecosystem, package, advisory, since FROM affected WHERE repository = $1", id)
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, "DELETE FROM affected WHERE repository = $1", id); err != nil {
		return nil, err
	}
	var list [][]any
	for _, a := range affected(pins) {
		if _, known := since[[3]string{a.Ecosystem, a.Package, a.Advisory}]; !known {
			fresh = append(fresh, a)
		}
		at := cmp.Or(since[[3]string{a.Ecosystem, a.Package, a.Advisory}], database.Micros(looked))
		list = append(list, []any{id, a.Ecosystem, a.Package, a.Advisory, a.Severity, a.Fixed, database.ListJSON(a.Versions), a.Pins, a.Pull, at})
	}
	return fresh, c.Insert(ctx, "INSERT INTO affected (repository, ecosystem, package, advisory, severity, fixed, versions, pins, pull, since) VALUES", "", list)
}

// List returns the affected packages in the repositories that a viewer may see, or
// in the one with id unless id is 0. They are sorted by package, advisory and name of
// the repository, and limited to 20,000.
func (s Store) List(ctx context.Context, v store.Viewer, id int64) ([]store.Affected, error) {
	q := new(database.Query).Add(`SELECT a.repository, r.name, a.ecosystem, a.package, a.advisory, a.severity, a.fixed, a.versions, a.pins, a.pull,
		COALESCE(u.url, ''), a.since, COALESCE(m.reason, ''), COALESCE(m.dismissed_by, ''), COALESCE(m.at, 0), COALESCE(m.until, 0)
		FROM affected a JOIN repositories r ON r.id = a.repository
		LEFT JOIN pulls u ON u.repository = a.repository AND u.number = a.pull
		LEFT JOIN dismissals m ON m.repository = a.repository AND m.ecosystem = a.ecosystem AND m.package = a.package
			AND m.advisory = a.advisory AND m.until > ` + s.db.Clock() + ` WHERE `)
	s.db.Visible(q, v)
	if id != 0 {
		q.Add(" AND a.repository = ?", id)
	}
	q.Add(" ORDER BY a.package, a.advisory, r.name_key, a.ecosystem LIMIT ?", maxAffected)
	return database.List(ctx, s.db, "list what advisories affect", scan, q.String(), q.Args...)
}

func scan(row database.Scan) (a store.Affected, err error) {
	err = row(&a.Repository, &a.Repo, &a.Ecosystem, &a.Package, &a.Advisory, &a.Severity, &a.Fixed, database.JSON(&a.Versions), &a.Pins, &a.Pull,
		&a.PullURL, database.Moment(&a.Since), &a.Dismissed.Reason, &a.Dismissed.By, database.Moment(&a.Dismissed.At), database.Moment(&a.Dismissed.Until))
	return a, err
}

// Dismiss dismisses an advisory in a repository until m.Until. It returns ErrNotFound
// if the advisory affects nothing there. It uses the clock of the database.
func (s Store) Dismiss(ctx context.Context, a store.Affected, m store.Dismissal) error {
	// Postgres does not take the types of selected arguments from the columns.
	return s.db.Must(ctx, fmt.Sprintf("dismiss %s in repository %d", a.Advisory, a.Repository), `
		INSERT INTO dismissals (repository, ecosystem, package, advisory, reason, dismissed_by, at, until)
		SELECT repository, ecosystem, package, advisory, CAST($5 AS TEXT), CAST($6 AS TEXT), `+s.db.Clock()+`, CAST($7 AS BIGINT) FROM affected
		WHERE repository = $1 AND ecosystem = $2 AND package = $3 AND advisory = $4
		ON CONFLICT (repository, ecosystem, package, advisory) DO UPDATE SET reason = excluded.reason,
		dismissed_by = excluded.dismissed_by, at = excluded.at, until = excluded.until`,
		a.Repository, a.Ecosystem, a.Package, a.Advisory, m.Reason, m.By, database.Micros(m.Until))
}

// Undismiss revokes a dismissal, if there is one.
func (s Store) Undismiss(ctx context.Context, a store.Affected) error {
	_, err := s.db.Change(ctx, fmt.Sprintf("take back that %s is dismissed in repository %d", a.Advisory, a.Repository),
		"DELETE FROM dismissals WHERE repository = $1 AND ecosystem = $2 AND package = $3 AND advisory = $4",
		a.Repository, a.Ecosystem, a.Package, a.Advisory)
	return err
}
