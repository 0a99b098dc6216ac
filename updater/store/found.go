package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// putPins replaces the pins of a repository if they have changed.
func (d *DB) putPins(ctx context.Context, c conn, f Finished, was string) error {
	if f.Pins == nil {
		return nil
	}
	pins := inOrder(f.Pins)
	hash := hashOf(pins)
	if hash == was {
		return nil
	}
	id := f.Repository.ID
	for _, statement := range []string{"DELETE FROM pin_advisories WHERE repository = $1", "DELETE FROM pins WHERE repository = $1"} {
		if _, err := c.exec(ctx, statement, id); err != nil {
			return err
		}
	}
	if err := insertPins(ctx, c, id, pins); err != nil {
		return err
	}
	if err := d.putAffected(ctx, c, f); err != nil {
		return err
	}
	_, err := c.exec(ctx, "UPDATE repositories SET pins_hash = $1 WHERE id = $2", hash, id)
	return err
}

func hashOf(pins []Pin) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode(pins) // cannot fail for text, numbers and times
	return hex.EncodeToString(h.Sum(nil))
}

// inOrder sorts pins by base, file and line.
func inOrder(pins []Pin) []Pin {
	return slices.SortedStableFunc(slices.Values(pins), func(a, b Pin) int {
		return cmp.Or(strings.Compare(a.Base, b.Base), strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// insertPins adds the pins of a repository without pins.
func insertPins(ctx context.Context, c conn, repository int64, pins []Pin) error {
	packages, err := packageIDs(ctx, c, pins)
	if err != nil {
		return err
	}
	list := make([][]any, len(pins))
	for seq, p := range pins {
		list[seq] = []any{
			repository, seq, packages[packageOf(p)], versionKey(p.Pin), versionKey(p.Current), digestKey(p.Digest),
			string(p.Status), p.Band, p.Alarm != "", asJSON(p),
		}
	}
	err = c.insert(ctx, "INSERT INTO pins (repository, seq, package_id, pin_key, current_key, digest_key, status, band, alarmed, item) VALUES", "", list)
	if err != nil {
		return err
	}
	return putAdvisories(ctx, c, repository, pins)
}

// versionKey returns a version in the form for searches: "==2.0" and "2.0" are the same.
func versionKey(v string) string {
	return clip(strings.ToLower(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(v), "="))))
}

func digestKey(digest string) string { return clip(strings.ToLower(digest)) }

// A packageName is the key of a package in the index.
type packageName struct{ ecosystem, pkg, name string }

func packageOf(p Pin) packageName {
	return packageName{clip(p.Ecosystem), clip(p.Package), clip(p.Name)}
}

// short returns the short name of a package for people: the last significant part of its name.
func short(name string) string {
	parts := strings.Split(strings.ToLower(name), "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		return parts[len(parts)-2] // the major version of a Go module
	}
	return last
}

// packageIDs returns the numbers of packages, and adds missing packages. It adds them
// in sorted order, so that two processes do not deadlock.
func packageIDs(ctx context.Context, c conn, pins []Pin) (map[packageName]int64, error) {
	ids := map[packageName]int64{}
	var names []packageName
	for _, p := range pins {
		if n := packageOf(p); ids[n] == 0 {
			ids[n] = -1
			names = append(names, n)
		}
	}
	slices.SortFunc(names, func(a, b packageName) int {
		return strings.Compare(a.ecosystem+"\n"+a.pkg+"\n"+a.name, b.ecosystem+"\n"+b.pkg+"\n"+b.name)
	})
	if err := findPackages(ctx, c, names, ids); err != nil {
		return nil, err
	}
	missing := slices.DeleteFunc(slices.Clone(names), func(n packageName) bool { return ids[n] > 0 })
	var fresh [][]any
	for _, n := range missing {
		fresh = append(fresh, []any{n.ecosystem, n.pkg, n.name, clip(strings.ToLower(n.pkg)), clip(strings.ToLower(n.name)), clip(short(n.pkg))})
	}
	err := c.insert(ctx, "INSERT INTO packages (ecosystem, package, name, pkg_key, name_key, short) VALUES",
		"ON CONFLICT (ecosystem, package, name) DO NOTHING", fresh)
	if err != nil {
		return nil, err
	}
	return ids, findPackages(ctx, c, missing, ids)
}

func findPackages(ctx context.Context, c conn, names []packageName, ids map[packageName]int64) error {
	return chunks(names, atOnce, func(some []packageName) error {
		var args []any
		for _, n := range some {
			args = append(args, n.pkg)
		}
		return c.each(ctx, func(row func(...any) error) error {
			var id int64
			var n packageName
			err := row(&id, &n.ecosystem, &n.pkg, &n.name)
			if _, asked := ids[n]; asked {
				ids[n] = id
			}
			return err
		}, "SELECT id, ecosystem, package, name FROM packages WHERE pkg_key IN ("+places(1, len(args))+")", lower(args)...)
	})
}

func lower(args []any) []any {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = clip(strings.ToLower(s))
		}
	}
	return args
}

// putAdvisories indexes the advisories of pins by all their names.
func putAdvisories(ctx context.Context, c conn, repository int64, pins []Pin) error {
	var list [][]any
	for seq, p := range pins {
		named := map[string]bool{}
		for _, a := range p.Advisories {
			for _, id := range append([]string{a.ID}, a.Aliases...) {
				if id = advisoryKey(id); id != "" && !named[id] {
					named[id] = true
					list = append(list, []any{id, repository, seq})
				}
			}
		}
	}
	return c.insert(ctx, "INSERT INTO pin_advisories (advisory, repository, seq) VALUES", "", list)
}

func advisoryKey(id string) string { return clip(strings.ToUpper(strings.TrimSpace(id))) }

// putPulls stores the pull requests that a pass has seen. Formerly open ones that are
// not among them are no longer open.
func (d *DB) putPulls(ctx context.Context, c conn, f Finished) error {
	if f.Pulls == nil {
		return nil
	}
	id := f.Repository.ID
	seen := []any{id, micros(f.Repository.Looked)}
	for _, p := range f.Pulls {
		seen = append(seen, p.Number)
	}
	query := "UPDATE pulls SET state = 'closed', changed = $2 WHERE repository = $1 AND state = 'open'"
	if len(f.Pulls) > 0 {
		query += " AND number NOT IN (" + places(3, len(f.Pulls)) + ")"
	}
	if _, err := c.exec(ctx, query, seen...); err != nil {
		return err
	}
	for _, p := range f.Pulls {
		p.Repository = id
		if err := putPull(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}

// PutPull adds or changes one pull request (by repository and number). Empty fields
// of p (an empty text, 0, a zero time) leave the stored values unchanged.
func (d *DB) PutPull(ctx context.Context, p Pull) error {
	return d.write(ctx, fmt.Sprintf("keep pull request %d of repository %d", p.Number, p.Repository), func(ctx context.Context, c conn) error {
		return putPull(ctx, c, p)
	})
}

func putPull(ctx context.Context, c conn, p Pull) error {
	const text = "CASE WHEN excluded.%[1]s = '' THEN pulls.%[1]s ELSE excluded.%[1]s END"
	const number = "CASE WHEN excluded.%[1]s = 0 THEN pulls.%[1]s ELSE excluded.%[1]s END"
	var set []string
	for _, column := range []string{"url", "title", "branch", "state", "outcome", "reason", "checks", "mergeable", "review", "base"} {
		set = append(set, column+" = "+fmt.Sprintf(text, column))
	}
	for _, column := range []string{"updates", "opened", "changed"} {
		set = append(set, column+" = "+fmt.Sprintf(number, column))
	}
	_, err := c.exec(ctx, `INSERT INTO pulls (repository, number, url, title, branch, state, updates, security, outcome, reason, checks, mergeable, review, opened, changed, base)
		VALUES (`+places(1, 16)+`) ON CONFLICT (repository, number) DO UPDATE SET security = excluded.security OR pulls.security, `+strings.Join(set, ", "),
		p.Repository, p.Number, p.URL, p.Title, p.Branch, p.State, p.Updates, p.Security, p.Outcome, p.Why, p.Checks, p.Mergeable, p.Review, micros(p.Opened), micros(p.Changed), p.Base)
	return err
}

func (d *DB) putRun(ctx context.Context, c conn, f Finished) error {
	r := f.Run
	totals, err := json.Marshal(r.Totals)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, `INSERT INTO runs (repository, job, trigger_by, head, began, took, outcome, error, reads, writes, lookups, cached, totals, log)
		VALUES (`+places(1, 14)+`) ON CONFLICT (repository, began, job) DO UPDATE SET trigger_by = excluded.trigger_by,
		head = excluded.head, took = excluded.took, outcome = excluded.outcome, error = excluded.error, reads = excluded.reads,
		writes = excluded.writes, lookups = excluded.lookups, cached = excluded.cached, totals = excluded.totals, log = excluded.log`,
		f.Repository.ID, r.Job, r.Trigger, r.Commit, micros(r.Began), r.Took.Microseconds(), r.Outcome, r.Error,
		r.Reads, r.Writes, r.Lookups, r.Cached, string(totals), r.Log)
	return err
}
