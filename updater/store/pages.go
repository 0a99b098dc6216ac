package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A query builds a statement with its arguments.
type query struct {
	text strings.Builder
	args []any
}

// add appends text, in which every ? is replaced by the placeholder of the next argument.
func (q *query) add(text string, args ...any) *query {
	for {
		before, after, ok := strings.Cut(text, "?")
		q.text.WriteString(before)
		if !ok {
			return q
		}
		q.args = append(q.args, args[0])
		fmt.Fprintf(&q.text, "$%d", len(q.args))
		text, args = after, args[1:]
	}
}

// visible adds the condition for the rows of repositories r that a viewer may see.
// Every query for pages must use it, because it is the only access check.
func (d *DB) visible(q *query, v Viewer) *query {
	q.add("NOT r.removed")
	if v.All {
		return q
	}
	if v.Session == "" {
		return q.add(" AND FALSE")
	}
	return q.add(` AND r.forge_id <> 0 AND EXISTS (SELECT 1 FROM session_access a JOIN sessions s ON s.id = a.session
		WHERE a.session = ? AND a.forge_id = r.forge_id AND a.access > 0 AND s.expires > `+d.clock()+")", keyOf(v.Session))
}

func (q *query) String() string { return q.text.String() }

// Limits of lists.
const (
	defaultList = 50
	maxList     = 1000
	defaultPins = 1000
	maxPins     = 10_000
)

func within(n, otherwise, most int) int {
	if n <= 0 {
		return otherwise
	}
	return min(n, most)
}

// sorts maps Filter.Sort to SQL. Any other value sorts by name.
var sorts = map[string]string{
	"updates": "r.n_updates", "held": "r.n_held", "security": "r.n_security", "failed": "r.n_failed", "libyears": "r.libyears", "looked": "r.looked",
}

func (f Filter) order() string {
	word, turned := strings.CutPrefix(f.Sort, "-")
	way := ""
	if turned {
		way = " DESC"
	}
	if column, ok := sorts[word]; ok {
		return column + way + ", r.name_key, r.id"
	}
	return "r.name_key" + way + ", r.id"
}

// Repositories returns the repositories that a viewer may see and that match f, and their
// total number. It returns at most f.Limit of them: 0 means 50, and 1,000 is the most.
func (d *DB) Repositories(ctx context.Context, v Viewer, f Filter) (list []Repository, total int, err error) {
	q := new(query).add("FROM repositories r WHERE ")
	d.visible(q, v)
	if f.Text != "" {
		q.add(` AND LOWER(r.name) LIKE ? ESCAPE '\'`, "%"+escapeLike(strings.ToLower(f.Text))+"%")
	}
	if f.State != "" {
		q.add(" AND r.state = ?", string(f.State))
	}
	if f.Unhealthy {
		q.add(" AND (r.state IN (?, ?) OR r.n_failed > 0)", string(Broken), string(Refused))
	}
	err = d.read(ctx, "list repositories", func(ctx context.Context, c conn) error {
		if err := c.row(ctx, "SELECT COUNT(*) "+q.String(), q.args...).Scan(&total); err != nil {
			return err
		}
		q.add(" ORDER BY "+f.order()+" LIMIT ? OFFSET ?", within(f.Limit, defaultList, maxList), max(0, f.After))
		var err error
		list, err = all(ctx, c, scanRepository, "SELECT "+repositoryColumns+" "+q.String(), q.args...)
		return err
	})
	return list, total, err
}

// sums returns the SQL for the sums of the columns of Totals.
func sums(prefix string) string {
	var b strings.Builder
	for i, column := range totalColumns {
		if i > 0 {
			b.WriteString(", ")
		}
		kind := "BIGINT"
		if column == "libyears" {
			kind = "DOUBLE PRECISION"
		}
		fmt.Fprintf(&b, "CAST(COALESCE(SUM(%s%s), 0) AS %s)", prefix, column, kind)
	}
	return b.String()
}

// Totals returns the sums over all repositories that a viewer may see, and the number of repositories by state.
func (d *DB) Totals(ctx context.Context, v Viewer) (t Totals, states map[State]int, err error) {
	q := new(query).add("SELECT r.state, COUNT(*), " + sums("r.") + " FROM repositories r WHERE ")
	d.visible(q, v).add(" GROUP BY r.state")
	states = map[State]int{}
	err = d.read(ctx, "add up repositories", func(ctx context.Context, c conn) error {
		return c.each(ctx, func(row func(...any) error) error {
			var state State
			var n int
			var some Totals
			if err := row(append([]any{&state, &n}, scanTotals(&some)...)...); err != nil {
				return err
			}
			states[state] = n
			t = t.plus(some)
			return nil
		}, q.String(), q.args...)
	})
	return t, states, err
}

func (t Totals) plus(u Totals) Totals {
	t.Pins += u.Pins
	t.Current += u.Current
	t.Updates += u.Updates
	t.Held += u.Held
	t.Skipped += u.Skipped
	t.Failed += u.Failed
	t.Security += u.Security
	t.Libyears += u.Libyears
	return t
}

// May returns a viewer's access to a repository: Write for a viewer of all; 0 for none,
// also if the repository does not exist or is removed.
func (d *DB) May(ctx context.Context, v Viewer, id int64) (a Access, err error) {
	q := new(query).add("SELECT COALESCE((SELECT access FROM session_access WHERE session = ? AND forge_id = r.forge_id), 0) FROM repositories r WHERE ", keyOf(v.Session))
	d.visible(q, v).add(" AND r.id = ?", id)
	err = d.read(ctx, fmt.Sprintf("ask what is allowed in repository %d", id), func(ctx context.Context, c conn) error {
		list, err := all(ctx, c, func(row func(...any) error) (a Access, err error) { return a, row(&a) }, q.String(), q.args...)
		if len(list) > 0 {
			a = list[0]
			if v.All {
				a = Write
			}
		}
		return err
	})
	return a, err
}

const pinColumns = "p.repository, r.name, p.item"

func scanPin(row func(...any) error) (p Pin, err error) {
	err = row(&p.Repository, &p.Repo, fromJSON{&p})
	return p, err
}

// Pins returns the pins of a repository sorted by base, file and line; none if it is removed.
func (d *DB) Pins(ctx context.Context, id int64) (list []Pin, err error) {
	err = d.read(ctx, fmt.Sprintf("read the pins of repository %d", id), func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanPin, "SELECT "+pinColumns+` FROM pins p JOIN repositories r ON r.id = p.repository
			WHERE r.id = $1 AND NOT r.removed ORDER BY p.seq`, id)
		return err
	})
	return list, err
}

// Alarms returns the pins with an alarm in the repositories that a viewer may see,
// sorted by name of the repository, base, file and line. It returns at most n, 0 means
// 50; total counts all.
func (d *DB) Alarms(ctx context.Context, v Viewer, n int) (list []Pin, total int, err error) {
	from := func(columns string) *query {
		q := new(query).add("SELECT " + columns + " FROM pins p JOIN repositories r ON r.id = p.repository WHERE p.alarmed AND ")
		return d.visible(q, v)
	}
	some := from(pinColumns).add(" ORDER BY r.name_key, p.seq LIMIT ?", within(n, defaultList, maxList))
	count := from("COUNT(*)")
	err = d.read(ctx, "list alarms", func(ctx context.Context, c conn) (err error) {
		if list, err = all(ctx, c, scanPin, some.String(), some.args...); err != nil {
			return err
		}
		return c.row(ctx, count.String(), count.args...).Scan(&total)
	})
	return list, total, err
}

// Runs returns the newest runs of a repository, or, if id is 0, of all that a viewer may see.
func (d *DB) Runs(ctx context.Context, v Viewer, id int64, n int) (list []Run, err error) {
	q := new(query).add(`SELECT u.id, u.repository, r.name, u.job, u.trigger_by, u.head, u.began, u.took, u.outcome, u.error,
		u.reads, u.writes, u.lookups, u.cached, u.totals FROM runs u JOIN repositories r ON r.id = u.repository WHERE `)
	d.visible(q, v)
	if id != 0 {
		q.add(" AND u.repository = ?", id)
	}
	q.add(" ORDER BY u.began DESC, u.id DESC LIMIT ?", within(n, defaultList, maxList))
	err = d.read(ctx, "read runs", func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, scanRun, q.String(), q.args...)
		return err
	})
	return list, err
}

func scanRun(row func(...any) error) (r Run, err error) {
	var took int64
	err = row(&r.ID, &r.Repository, &r.Repo, &r.Job, &r.Trigger, &r.Commit, moment{&r.Began}, &took, &r.Outcome, &r.Error,
		&r.Reads, &r.Writes, &r.Lookups, &r.Cached, fromJSON{&r.Totals})
	r.Took = time.Duration(took) * time.Microsecond
	return r, err
}

// Run returns one run with its log. It returns ErrNotFound also if the viewer may not see its repository.
func (d *DB) Run(ctx context.Context, v Viewer, id int64) (r Run, err error) {
	q := new(query).add(`SELECT u.id, u.repository, r.name, u.job, u.trigger_by, u.head, u.began, u.took, u.outcome, u.error,
		u.reads, u.writes, u.lookups, u.cached, u.totals, u.log FROM runs u JOIN repositories r ON r.id = u.repository WHERE `)
	d.visible(q, v).add(" AND u.id = ?", id)
	err = d.read(ctx, fmt.Sprintf("read run %d", id), func(ctx context.Context, c conn) (err error) {
		var text string
		row := c.row(ctx, q.String(), q.args...)
		r, err = scanRun(func(into ...any) error { return row.Scan(append(into, &text)...) })
		r.Log = text
		return err
	})
	return r, err
}
