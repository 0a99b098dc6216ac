package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/record"
)

// An Affected is an advisory that affects a package in a repository.
type Affected struct {
	Repository int64
	Repo       string // set by queries
	Ecosystem  string
	Package    string
	Advisory   string
	Severity   string
	Fixed      string   // first fixed version; "" for none
	Versions   []string // in use, at most 5
	Pins       int
	Pull       int       // open pull request that updates one of the pins; 0 for none
	PullURL    string    // set by queries
	Since      time.Time // time of the pass that found it first

	// Dismissed is the current dismissal; zero if there is none or it has expired.
	Dismissed Dismissal
}

// A Dismissal is a user's decision to ignore an advisory until a time.
type Dismissal struct {
	Reason string
	By     string
	At     time.Time
	Until  time.Time
}

// Any reports whether there is a dismissal.
func (d Dismissal) Any() bool { return !d.Until.IsZero() }

const (
	maxVersions = 5      // versions in one Affected
	maxAffected = 20_000 // results of one query
)

// affected groups the advisories of pins by package, in order.
func affected(pins []Pin) []Affected {
	at := map[[3]string]int{}
	var list []Affected
	for _, p := range pins {
		for _, a := range p.Advisories {
			key := [3]string{clip(p.Ecosystem), clip(cmp.Or(p.Package, p.Name)), clip(a.ID)}
			n, ok := at[key]
			if !ok {
				n = len(list)
				at[key] = n
				list = append(list, Affected{Ecosystem: key[0], Package: key[1], Advisory: key[2], Severity: a.Severity, Fixed: a.Fixed})
			}
			list[n].add(p, a)
		}
	}
	slices.SortFunc(list, func(a, b Affected) int {
		return cmp.Or(strings.Compare(a.Ecosystem, b.Ecosystem), strings.Compare(a.Package, b.Package), strings.Compare(a.Advisory, b.Advisory))
	})
	return list
}

// add counts one pin. Its data fills fields that other pins have left empty.
func (f *Affected) add(p Pin, a record.Advisory) {
	f.Pins++
	f.Pull = max(f.Pull, p.Pull)
	f.Severity, f.Fixed = cmp.Or(f.Severity, a.Severity), cmp.Or(f.Fixed, a.Fixed)
	v := cmp.Or(p.Current, p.Pin)
	if v != "" && len(f.Versions) < maxVersions && !slices.Contains(f.Versions, v) {
		f.Versions = append(f.Versions, v)
	}
}

// putAffected replaces the affected packages of a repository. Those that were
// affected before keep their Since.
func (d *DB) putAffected(ctx context.Context, c conn, f Finished) error {
	id := f.Repository.ID
	since := map[[3]string]int64{}
	err := c.each(ctx, func(row func(...any) error) error {
		var key [3]string
		var at int64
		err := row(&key[0], &key[1], &key[2], &at)
		since[key] = at
		return err
	}, "SELECT ecosystem, package, advisory, since FROM affected WHERE repository = $1", id)
	if err != nil {
		return err
	}
	if _, err := c.exec(ctx, "DELETE FROM affected WHERE repository = $1", id); err != nil {
		return err
	}
	looked := f.Repository.Looked
	if looked.IsZero() {
		looked = d.now()
	}
	var list [][]any
	var fresh []Affected
	for _, a := range affected(f.Pins) {
		if _, known := since[[3]string{a.Ecosystem, a.Package, a.Advisory}]; !known {
			fresh = append(fresh, a)
		}
		at := cmp.Or(since[[3]string{a.Ecosystem, a.Package, a.Advisory}], micros(looked))
		list = append(list, []any{id, a.Ecosystem, a.Package, a.Advisory, a.Severity, a.Fixed, listJSON(a.Versions), a.Pins, a.Pull, at})
	}
	if f.Tell != nil {
		if err := d.addEvents(ctx, c, f.Tell(fresh)); err != nil {
			return err
		}
	}
	return c.insert(ctx, "INSERT INTO affected (repository, ecosystem, package, advisory, severity, fixed, versions, pins, pull, since) VALUES", "", list)
}

// Affected returns the affected packages in the repositories that a viewer may see, or
// in the one with id unless id is 0. They are sorted by package, advisory and name of
// the repository, and limited to 20,000.
func (d *DB) Affected(ctx context.Context, v Viewer, id int64) (list []Affected, err error) {
	q := new(query).add(`SELECT a.repository, r.name, a.ecosystem, a.package, a.advisory, a.severity, a.fixed, a.versions, a.pins, a.pull,
		COALESCE(u.url, ''), a.since, COALESCE(m.reason, ''), COALESCE(m.dismissed_by, ''), COALESCE(m.at, 0), COALESCE(m.until, 0)
		FROM affected a JOIN repositories r ON r.id = a.repository
		LEFT JOIN pulls u ON u.repository = a.repository AND u.number = a.pull
		LEFT JOIN dismissals m ON m.repository = a.repository AND m.ecosystem = a.ecosystem AND m.package = a.package
			AND m.advisory = a.advisory AND m.until > ` + d.clock() + ` WHERE `)
	d.visible(q, v)
	if id != 0 {
		q.add(" AND a.repository = ?", id)
	}
	q.add(" ORDER BY a.package, a.advisory, r.name_key, a.ecosystem LIMIT ?", maxAffected)
	err = d.read(ctx, "list what advisories affect", func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanAffected, q.String(), q.args...)
		return err
	})
	return list, err
}

func scanAffected(row func(...any) error) (a Affected, err error) {
	err = row(&a.Repository, &a.Repo, &a.Ecosystem, &a.Package, &a.Advisory, &a.Severity, &a.Fixed, fromJSON{&a.Versions}, &a.Pins, &a.Pull,
		&a.PullURL, moment{&a.Since}, &a.Dismissed.Reason, &a.Dismissed.By, moment{&a.Dismissed.At}, moment{&a.Dismissed.Until})
	return a, err
}

// Dismiss dismisses an advisory in a repository until m.Until. It returns ErrNotFound
// if the advisory affects nothing there. It uses the clock of the database.
func (d *DB) Dismiss(ctx context.Context, a Affected, m Dismissal) error {
	return d.must(ctx, fmt.Sprintf("dismiss %s in repository %d", a.Advisory, a.Repository), `
		INSERT INTO dismissals (repository, ecosystem, package, advisory, reason, dismissed_by, at, until)
		SELECT repository, ecosystem, package, advisory, CAST($5 AS TEXT), CAST($6 AS TEXT), `+d.clock()+`, CAST($7 AS BIGINT) FROM affected
		WHERE repository = $1 AND ecosystem = $2 AND package = $3 AND advisory = $4
		ON CONFLICT (repository, ecosystem, package, advisory) DO UPDATE SET reason = excluded.reason,
		dismissed_by = excluded.dismissed_by, at = excluded.at, until = excluded.until`,
		a.Repository, a.Ecosystem, a.Package, a.Advisory, m.Reason, m.By, micros(m.Until))
}

// Undismiss revokes a dismissal, if there is one.
func (d *DB) Undismiss(ctx context.Context, a Affected) error {
	_, err := d.change(ctx, fmt.Sprintf("take back that %s is dismissed in repository %d", a.Advisory, a.Repository),
		"DELETE FROM dismissals WHERE repository = $1 AND ecosystem = $2 AND package = $3 AND advisory = $4",
		a.Repository, a.Ecosystem, a.Package, a.Advisory)
	return err
}
