package database

import "context"

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
