package pulls

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// Replace stores the pull requests that a pass has seen. Formerly open ones that are not
// among them become closed. nil leaves all unchanged.
func Replace(ctx context.Context, c database.Conn, repository int64, list []store.Pull, looked time.Time) error {
	if list == nil {
		return nil
	}
	seen := []any{repository, database.Micros(looked)}
	for _, p := range list {
		seen = append(seen, p.Number)
	}
	query := "UPDATE pulls SET state = 'closed', changed = $2 WHERE repository = $1 AND state = 'open'"
	if len(list) > 0 {
		query += " AND number NOT IN (" + database.Places(3, len(list)) + ")"
	}
	if _, err := c.Exec(ctx, query, seen...); err != nil {
		return err
	}
	for _, p := range list {
		p.Repository = repository
		if err := putPull(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}

// Put adds or changes one pull request (by repository and number). Empty fields
// of p (an empty text, 0, a zero time) leave the stored values unchanged.
func (s Store) Put(ctx context.Context, p store.Pull) error {
	return s.db.Write(ctx, fmt.Sprintf("keep pull request %d of repository %d", p.Number, p.Repository), func(ctx context.Context, c database.Conn) error {
		return putPull(ctx, c, p)
	})
}

func putPull(ctx context.Context, c database.Conn, p store.Pull) error {
	const text = "CASE WHEN excluded.%[1]s = '' THEN pulls.%[1]s ELSE excluded.%[1]s END"
	const number = "CASE WHEN excluded.%[1]s = 0 THEN pulls.%[1]s ELSE excluded.%[1]s END"
	var set []string
	for _, column := range []string{"url", "title", "branch", "state", "outcome", "reason", "checks", "mergeable", "review", "base"} {
		set = append(set, column+" = "+fmt.Sprintf(text, column))
	}
	for _, column := range []string{"updates", "opened", "changed"} {
		set = append(set, column+" = "+fmt.Sprintf(number, column))
	}
	// An event does not know whether a pull request is for security, and says false.
	_, err := c.Exec(ctx, `INSERT INTO pulls (repository, number, url, title, branch, state, updates, security, outcome, reason, checks, mergeable, review, opened, changed, base)
		VALUES (`+database.Places(1, 16)+`) ON CONFLICT (repository, number) DO UPDATE SET security = excluded.security OR pulls.security, `+strings.Join(set, ", "),
		p.Repository, p.Number, p.URL, p.Title, p.Branch, p.State, p.Updates, p.Security, p.Outcome, p.Why, p.Checks, p.Mergeable, p.Review, database.Micros(p.Opened), database.Micros(p.Changed), p.Base)
	return err
}
