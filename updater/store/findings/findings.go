// Package findings has what the checklist found in repositories.
package findings

import (
	"context"
	"fmt"

	"github.com/freshpin/freshpin/updater/store"
	"github.com/freshpin/freshpin/updater/store/database"
)

// A Store has the findings in all repositories.
type Store struct{ db *database.DB }

// New returns the findings in a database.
func New(db *database.DB) Store { return Store{db} }

// maxFindings is the most findings that are stored for one repository.
const maxFindings = 5_000

// Replace replaces the findings of a repository if they have changed. nil leaves them unchanged.
func Replace(ctx context.Context, c database.Conn, id int64, found []store.Finding) error {
	if found == nil {
		return nil
	}
	// Before the hash, so that changes behind the limit cause no writes.
	found = found[:min(len(found), maxFindings)]
	hash, was := database.Hash(found), ""
	if err := c.Row(ctx, "SELECT findings_hash FROM repositories WHERE id = $1", id).Scan(&was); err != nil || hash == was {
		return err
	}
	if _, err := c.Exec(ctx, "DELETE FROM findings WHERE repository = $1", id); err != nil {
		return err
	}
	list := make([][]any, len(found))
	for seq, f := range found {
		list[seq] = []any{id, seq, f.ID, f.Rule, f.Level, f.Information, f.File, f.Line, f.Stage, f.Text}
	}
	if err := c.Insert(ctx, "INSERT INTO findings (repository, seq, finding_id, rule, level, information, file, line, stage, what) VALUES", "", list); err != nil {
		return err
	}
	_, err := c.Exec(ctx, "UPDATE repositories SET findings_hash = $1 WHERE id = $2", hash, id)
	return err
}

const columns = "r.name, f.finding_id, f.rule, f.level, f.information, f.file, f.line, f.stage, f.what"

func scan(row database.Scan) (f store.Finding, err error) {
	err = row(&f.Repo, &f.ID, &f.Rule, &f.Level, &f.Information, &f.File, &f.Line, &f.Stage, &f.Text)
	return f, err
}

// Of returns the findings of the checklist in a repository, in the order of its files.
func (s Store) Of(ctx context.Context, id int64) ([]store.Finding, error) {
	return database.List(ctx, s.db, fmt.Sprintf("read the findings of repository %d", id), scan,
		"SELECT "+columns+" FROM findings f JOIN repositories r ON r.id = f.repository WHERE f.repository = $1 ORDER BY f.seq", id)
}

// OfRule returns the findings of a rule in all repositories that a viewer may
// see, by repository. At most n are returned, 0 means 1,000.
func (s Store) OfRule(ctx context.Context, v store.Viewer, rule string, n int) ([]store.Finding, error) {
	q := new(database.Query).Add("SELECT "+columns+" FROM findings f JOIN repositories r ON r.id = f.repository WHERE f.rule = ? AND ", rule)
	s.db.Visible(q, v).Add(" ORDER BY r.name_key, f.seq LIMIT ?", database.Many(n))
	return database.List(ctx, s.db, "search for findings", scan, q.String(), q.Args...)
}

// Counts counts the findings in all repositories that a viewer may see.
func (s Store) Counts(ctx context.Context, v store.Viewer) (sum store.Checklist, err error) {
	q := new(database.Query).Add("SELECT f.level, COUNT(*) FROM findings f JOIN repositories r ON r.id = f.repository WHERE NOT f.information AND ")
	s.db.Visible(q, v).Add(" GROUP BY f.level")
	err = s.db.Read(ctx, "count findings", func(ctx context.Context, c database.Conn) error {
		sum = store.Checklist{}
		return c.Each(ctx, func(row database.Scan) error {
			var level string
			var n int
			err := row(&level, &n)
			switch level {
			case "must":
				sum.Must = n
			case "should":
				sum.Should = n
			default:
				// A sum, because every other level counts here.
				sum.Could += n
			}
			return err
		}, q.String(), q.Args...)
	})
	return sum, err
}
