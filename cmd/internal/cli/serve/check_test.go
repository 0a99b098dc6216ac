package serve

import (
	"strings"
	"testing"
)

// TestHostileDatabaseAddress: check-config shows where the database is, and no password.
func TestHostileDatabaseAddress(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:SECRET@h/db", "postgres://u:SEC@SECRET@h/db", "postgres://u:SECRET@h:port/db", "postgres://h/db?password=SECRET", "postgresql://u:SECRET%zz@h/db", "postgres://SECRET@h/db",
	} {
		if got := PlainDatabase(dsn); strings.Contains(got, "SECRET") || got == "" {
			t.Errorf("%s is shown as %s", dsn, got)
		}
	}
	for _, dsn := range []string{"/var/lib/freshpin/freshpin.db", "postgres://h:5432/db?sslmode=disable"} {
		if got := PlainDatabase(dsn); got != dsn {
			t.Errorf("%s is shown as %s", dsn, got)
		}
	}
}
