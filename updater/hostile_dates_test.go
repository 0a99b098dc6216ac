package updater

import (
	"testing"
	"time"
)

// TestHostileAges: what a publisher says of dates is a sentence, however far away it is (F23).
func TestHostileAges(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		published string
		want      string
	}{
		{"2999-01-01T00:00:00Z", "published 973 years in the future"},
		{"9990-12-31T23:59:59Z", "published 7964 years in the future"},
		{"0001-01-02T00:00:00Z", "published 2025 years ago"},
		{"1700-01-01T00:00:00Z", "published 326 years ago"},
		{"1970-01-01T00:00:00Z", "published 20780 days ago"},
		{"2026-11-23T01:00:00Z", "published 60 minutes in the future"},
		{"2026-11-20T00:00:00Z", "published 3 days ago"},
		{"2026-11-22T20:00:00Z", "published 4 hours ago"},
	} {
		at, err := time.Parse(time.RFC3339, c.published)
		if err != nil {
			t.Fatal(err)
		}
		if got := sighted("published", at, at, now); got != c.want {
			t.Errorf("%s: %s, want %s", c.published, got, c.want)
		}
	}
}
