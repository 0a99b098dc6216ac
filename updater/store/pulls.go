package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Rows of pull requests and functions that read them.

const pullColumns = `p.repository, r.name, p.number, p.url, p.title, p.branch, p.state, p.updates, p.security,
	p.outcome, p.reason, p.checks, p.mergeable, p.review, p.opened, p.changed, p.base`

func scanPull(row func(...any) error) (p Pull, err error) {
	err = row(&p.Repository, &p.Repo, &p.Number, &p.URL, &p.Title, &p.Branch, &p.State, &p.Updates, &p.Security,
		&p.Outcome, &p.Why, &p.Checks, &p.Mergeable, &p.Review, moment{&p.Opened}, moment{&p.Changed}, &p.Base)
	return p, err
}

// Pulls returns the pull requests of a repository, open ones first, then the newest; none if it is removed.
func (d *DB) Pulls(ctx context.Context, id int64) (list []Pull, err error) {
	err = d.read(ctx, fmt.Sprintf("read the pull requests of repository %d", id), func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanPull, "SELECT "+pullColumns+` FROM pulls p JOIN repositories r ON r.id = p.repository
			WHERE r.id = $1 AND NOT r.removed ORDER BY CASE WHEN p.state = 'open' THEN 0 ELSE 1 END, p.number DESC`, id)
		return err
	})
	return list, err
}

// maxPulls is the most pull requests in one result.
const maxPulls = 10_000

// OpenPulls returns the open pull requests of all repositories that a viewer may see,
// oldest first. Those without a known opening time come last.
func (d *DB) OpenPulls(ctx context.Context, v Viewer) (list []Pull, err error) {
	q := new(query).add("SELECT " + pullColumns + " FROM pulls p JOIN repositories r ON r.id = p.repository WHERE p.state = 'open' AND ")
	d.visible(q, v).add(" ORDER BY CASE WHEN p.opened = 0 THEN 1 ELSE 0 END, p.opened, r.name_key, p.number LIMIT ?", maxPulls)
	err = d.read(ctx, "list open pull requests", func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanPull, q.String(), q.args...)
		return err
	})
	return list, err
}

// PutPullStatuses stores the statuses of open pull requests of a repository and the
// events for them (tell is nil for none) in one transaction. It ignores pull requests
// that are not open.
func (d *DB) PutPullStatuses(ctx context.Context, repository int64, list []PullStatus, tell func(Pull, PullStatus) []Event) error {
	return d.write(ctx, fmt.Sprintf("keep how the pull requests of repository %d stand", repository), func(ctx context.Context, c conn) error {
		return d.putPullStatuses(ctx, c, repository, list, tell)
	})
}

func (d *DB) putPullStatuses(ctx context.Context, c conn, repository int64, list []PullStatus, tell func(Pull, PullStatus) []Event) error {
	var told []Event
	for _, s := range list {
		p := Pull{Repository: repository, Number: s.Number}
		err := c.row(ctx, `UPDATE pulls SET checks = $1, mergeable = $2, review = $3,
			opened = CASE WHEN opened = 0 THEN $4 ELSE opened END WHERE repository = $5 AND number = $6 AND state = 'open'
			RETURNING title, url, branch`, s.Checks, s.Mergeable, s.Review, micros(s.Opened), repository, s.Number).Scan(&p.Title, &p.URL, &p.Branch)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if tell != nil {
			told = append(told, tell(p, s)...)
		}
	}
	return d.addEvents(ctx, c, told)
}
