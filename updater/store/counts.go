package store

import "context"

// A Count is the number of pins or pull requests with these values.
type Count struct {
	Value, Of string
	N         int
}

// PinCounts counts the pins of all repositories by status (Value) and band (Of).
func (d *DB) PinCounts(ctx context.Context) ([]Count, error) {
	return d.counts(ctx, "count pins", "SELECT p.status, p.band, COUNT(*) FROM pins p WHERE "+kept("p")+" GROUP BY p.status, p.band")
}

// PullCounts counts the pull requests of all repositories by state (Value) and kind
// (Of): update or security.
func (d *DB) PullCounts(ctx context.Context) ([]Count, error) {
	return d.counts(ctx, "count pull requests",
		"SELECT p.state, CASE WHEN p.security THEN 'security' ELSE 'update' END AS kind, COUNT(*) FROM pulls p WHERE "+kept("p")+" GROUP BY p.state, kind")
}

// kept is the condition for rows of repositories that are not removed.
func kept(table string) string {
	return table + ".repository NOT IN (SELECT r.id FROM repositories r WHERE r.removed)"
}

func (d *DB) counts(ctx context.Context, what, query string) (list []Count, err error) {
	err = d.read(ctx, what, func(ctx context.Context, c conn) (err error) {
		list, err = all(ctx, c, func(row func(...any) error) (n Count, err error) {
			err = row(&n.Value, &n.Of, &n.N)
			return n, err
		}, query)
		return err
	})
	return list, err
}
