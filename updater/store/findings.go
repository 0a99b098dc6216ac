package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// A Finding is a finding of the checklist in a repository.
type Finding struct {
	Repo        string // name of the repository; set by queries
	ID          string // identity
	Rule, Level string // Level is "must", "should" or "could"
	Information bool   // for information only, not counted
	File        string
	Line        int
	Stage       string // stage or service; "" for the file
	Text        string
}

// A Checklist counts findings, without informational ones.
type Checklist struct{ Must, Should, Could int }

// maxFindings is the most findings that are stored for one repository.
const maxFindings = 5_000

// putFindings replaces the findings of a repository if they have changed.
func (d *DB) putFindings(ctx context.Context, c conn, f Finished) error {
	if f.Findings == nil {
		return nil
	}
	found := f.Findings[:min(len(f.Findings), maxFindings)]
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(found) // cannot fail for text and numbers
	hash, was, id := hex.EncodeToString(h.Sum(nil)), "", f.Repository.ID
	if err := c.row(ctx, "SELECT findings_hash FROM repositories WHERE id = $1", id).Scan(&was); err != nil || hash == was {
		return err
	}
	if _, err := c.exec(ctx, "DELETE FROM findings WHERE repository = $1", id); err != nil {
		return err
	}
	list := make([][]any, len(found))
	for seq, f := range found {
		list[seq] = []any{id, seq, f.ID, f.Rule, f.Level, f.Information, f.File, f.Line, f.Stage, f.Text}
	}
	if err := c.insert(ctx, "INSERT INTO findings (repository, seq, finding_id, rule, level, information, file, line, stage, what) VALUES", "", list); err != nil {
		return err
	}
	_, err := c.exec(ctx, "UPDATE repositories SET findings_hash = $1 WHERE id = $2", hash, id)
	return err
}

const findingColumns = "r.name, f.finding_id, f.rule, f.level, f.information, f.file, f.line, f.stage, f.what"

func scanFinding(row func(...any) error) (f Finding, err error) {
	return f, row(&f.Repo, &f.ID, &f.Rule, &f.Level, &f.Information, &f.File, &f.Line, &f.Stage, &f.Text)
}

// Findings returns the findings of the checklist in a repository, in the order of its files.
func (d *DB) Findings(ctx context.Context, id int64) (list []Finding, err error) {
	err = d.read(ctx, fmt.Sprintf("read the findings of repository %d", id), func(ctx context.Context, c conn) error {
		list, err = all(ctx, c, scanFinding, "SELECT "+findingColumns+" FROM findings f JOIN repositories r ON r.id = f.repository WHERE f.repository = $1 ORDER BY f.seq", id)
		return err
	})
	return list, err
}

// WhoBreaks returns the findings of a rule in all repositories that a viewer may
// see, by repository. At most n are returned, 0 means 1,000.
func (d *DB) WhoBreaks(ctx context.Context, v Viewer, rule string, n int) (list []Finding, err error) {
	q := new(query).add("SELECT "+findingColumns+" FROM findings f JOIN repositories r ON r.id = f.repository WHERE f.rule = ? AND ", rule)
	d.visible(q, v).add(" ORDER BY r.name_key, f.seq LIMIT ?", within(n, defaultPins, maxPins))
	err = d.read(ctx, "search for findings", func(ctx context.Context, c conn) error {
		list, err = all(ctx, c, scanFinding, q.String(), q.args...)
		return err
	})
	return list, err
}

// Checklist counts the findings in all repositories that a viewer may see.
func (d *DB) Checklist(ctx context.Context, v Viewer) (sum Checklist, err error) {
	q := new(query).add("SELECT f.level, COUNT(*) FROM findings f JOIN repositories r ON r.id = f.repository WHERE NOT f.information AND ")
	d.visible(q, v).add(" GROUP BY f.level")
	err = d.read(ctx, "count findings", func(ctx context.Context, c conn) error {
		sum = Checklist{}
		return c.each(ctx, func(row func(...any) error) error {
			var level string
			var n int
			err := row(&level, &n)
			switch level {
			case "must":
				sum.Must = n
			case "should":
				sum.Should = n
			default:
				sum.Could += n
			}
			return err
		}, q.String(), q.args...)
	})
	return sum, err
}
