package database

import (
	"context"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/updater/store"
)

// A Query builds a statement with its arguments.
type Query struct {
	Args []any
	text strings.Builder
}

// Add appends text, in which every ? is replaced by the placeholder of the next argument.
func (q *Query) Add(text string, args ...any) *Query {
	for {
		before, after, ok := strings.Cut(text, "?")
		q.text.WriteString(before)
		if !ok {
			return q
		}
		q.Args = append(q.Args, args[0])
		fmt.Fprintf(&q.text, "$%d", len(q.Args))
		text, args = after, args[1:]
	}
}

// Visible adds the condition for the rows of repositories r that a viewer may see.
// Every query for pages must use it, because it is the only access check.
func (d *DB) Visible(q *Query, v store.Viewer) *Query {
	q.Add("NOT r.removed")
	if v.All {
		return q
	}
	if v.Session == "" {
		return q.Add(" AND FALSE")
	}
	// The number on the forge is 0 while it is unknown, and must then match no session.
	return q.Add(` AND r.forge_id <> 0 AND EXISTS (SELECT 1 FROM session_access a JOIN sessions s ON s.id = a.session
		WHERE a.session = ? AND a.forge_id = r.forge_id AND a.access > 0 AND s.expires > `+d.Clock()+")", KeyOf(v.Session))
}

// Kept is the condition for rows of repositories that are not removed.
func Kept(table string) string {
	return table + ".repository NOT IN (SELECT r.id FROM repositories r WHERE r.removed)"
}

// Counts reads the rows of a statement that counts by two columns.
func Counts(ctx context.Context, d *DB, what, query string) ([]store.Count, error) {
	return List(ctx, d, what, func(row Scan) (n store.Count, err error) {
		err = row(&n.Value, &n.Of, &n.N)
		return n, err
	}, query)
}

// String returns the statement.
func (q *Query) String() string { return q.text.String() }

// In returns " IN (?, ?, ...)" for n arguments of Query.Add.
func In(n int) string {
	if n == 0 {
		return " IN (-1)" // matches nothing, since numbers begin at 1
	}
	return " IN (" + strings.TrimSuffix(strings.Repeat("?, ", n), ", ") + ")"
}

// Few limits the rows of a list: 50 for 0, at most 1,000.
func Few(n int) int { return within(n, 50, 1000) }

// Many limits the rows of a search: 1,000 for 0, at most 10,000.
func Many(n int) int { return within(n, 1000, 10_000) }

func within(n, otherwise, most int) int {
	if n <= 0 {
		return otherwise
	}
	return min(n, most)
}

// Values returns a list as arguments of a statement.
func Values[T any](list []T) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}

// Places returns "$from, $from+1, ..." for n arguments.
func Places(from, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", from+i)
	}
	return b.String()
}

// EscapeLike escapes the special characters of LIKE, for ESCAPE '\'.
func EscapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}
