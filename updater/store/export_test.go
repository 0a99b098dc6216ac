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

// OpenVersion opens a database as the version of Freshpin did that knew n migrations.
func OpenVersion(ctx context.Context, dsn string, n int) (*DB, error) {
	d := &DB{o: Options{}.filled()}
	files, err := migrations.ReadDir("migrations")
	if err == nil {
		err = d.connect(ctx, dsn)
	}
	if err == nil {
		err = d.migrateBy(ctx, files[:n])
	}
	return d, err
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
