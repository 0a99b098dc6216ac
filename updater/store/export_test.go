package store

import "context"

// Full lets a SQLite database grow no more, as on a full disk, until room is given.
func (d *DB) Full(ctx context.Context, full bool) error {
	pages := "1073741823"
	if full {
		pages = "1" // SQLite takes what there is
	}
	_, err := d.writer.ExecContext(ctx, "PRAGMA max_page_count = "+pages)
	return err
}

// Exec runs any statement.
func (d *DB) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := d.writer.ExecContext(ctx, statement, args...)
	return err
}

// Number returns what a statement that answers with one number answers.
func (d *DB) Number(ctx context.Context, statement string) (n int, err error) {
	err = d.writer.QueryRowContext(ctx, statement).Scan(&n)
	return n, err
}
