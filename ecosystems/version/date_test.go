package version

import (
	"encoding/json"
	"testing"
	"time"
)

// TestHostileDate is dates as publishers may tell them (F23).
func TestHostileDate(t *testing.T) {
	for _, c := range []struct{ told, want string }{
		{"2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z"},
		{"2999-01-01T00:00:00Z", "2999-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59-10:00", "0001-01-01T00:00:00Z"},
		{"9991-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"0000-01-01T00:00:00+10:00", "0001-01-01T00:00:00Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"},
		{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
	} {
		told, err := time.Parse(time.RFC3339, c.told)
		if err != nil {
			t.Fatal(err)
		}
		got := Date(told)
		if got.Format(time.RFC3339) != c.want {
			t.Errorf("Date(%s) = %s, want %s", c.told, got.Format(time.RFC3339), c.want)
		}
		if _, err := json.Marshal(got.Add(365 * 24 * time.Hour)); err != nil {
			t.Errorf("Date(%s): %v", c.told, err)
		}
	}
}
