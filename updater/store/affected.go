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

// An Affected is an advisory that affects a package of a repository.
type Affected struct {
	Repository int64
	Repo       string // filled in by queries
	Ecosystem  string
	Package    string
	Advisory   string
	Severity   string
	Fixed      string   // the first version without it; "" for none
	Versions   []string // in use, at most 5
	Pins       int
	Pull       int       // the open pull request that moves one of the pins; 0 for none
	PullURL    string    // filled in by queries
	Since      time.Time // of the pass that found it first

	// Dismissed is what somebody decided about it; the zero value where nobody
	// did, or where the time that was given is over.
	Dismissed Dismissal
}

// A Dismissal is that somebody bears an advisory until a day.
type Dismissal struct {
	Reason string
	By     string
	At     time.Time
	Until  time.Time
}

// Any reports whether something is dismissed.
func (d Dismissal) Any() bool { return !d.Until.IsZero() }

const (
	maxVersions = 5      // of a package that one Affected names
	maxAffected = 20_000 // that are returned at once
)

// affected adds up what advisories affect in a list of pins, in order.
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

// add counts one pin. What one pin is told counts where another was told nothing.
func (f *Affected) add(p Pin, a record.Advisory) {
	f.Pins++
	f.Pull = max(f.Pull, p.Pull)
	f.Severity, f.Fixed = cmp.Or(f.Severity, a.Severity), cmp.Or(f.Fixed, a.Fixed)
	v := cmp.Or(p.Current, p.Pin)
	if v != "" && len(f.Versions) < maxVersions && !slices.Contains(f.Versions, v) {
		f.Versions = append(f.Versions, v)
	}
}

// putAffected replaces what advisories affect in a repository; what was
// affected before keeps its Since.
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

// Affected lists what advisories affect in the repositories that a viewer may
// see, or with an id in one of them: by package and advisory, then by the name
// of the repository. At most 20,000 are listed.
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

// Dismiss notes that an advisory is borne in a repository until m.Until; ErrNotFound
// where it affects nothing there. The time of the note is the database's.
func (d *DB) Dismiss(ctx context.Context, a Affected, m Dismissal) error {
	return d.must(ctx, fmt.Sprintf("dismiss %s in repository %d", a.Advisory, a.Repository), `
		INSERT INTO dismissals (repository, ecosystem, package, advisory, reason, dismissed_by, at, until)
		SELECT repository, ecosystem, package, advisory, CAST($5 AS TEXT), CAST($6 AS TEXT), `+d.clock()+`, CAST($7 AS BIGINT) FROM affected
		WHERE repository = $1 AND ecosystem = $2 AND package = $3 AND advisory = $4
		ON CONFLICT (repository, ecosystem, package, advisory) DO UPDATE SET reason = excluded.reason,
		dismissed_by = excluded.dismissed_by, at = excluded.at, until = excluded.until`,
		a.Repository, a.Ecosystem, a.Package, a.Advisory, m.Reason, m.By, micros(m.Until))
}

// Undismiss takes that back. Where nothing is dismissed, it does nothing.
func (d *DB) Undismiss(ctx context.Context, a Affected) error {
	_, err := d.change(ctx, fmt.Sprintf("take back that %s is dismissed in repository %d", a.Advisory, a.Repository),
		"DELETE FROM dismissals WHERE repository = $1 AND ecosystem = $2 AND package = $3 AND advisory = $4",
		a.Repository, a.Ecosystem, a.Package, a.Advisory)
	return err
}
