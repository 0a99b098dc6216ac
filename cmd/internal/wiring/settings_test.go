package wiring

import (
	"testing"
	"time"
)

// TestParseTime: a command without --as-of looks at the present; run once judged base
// images as of the year 1.
func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"":                     time.Now(),
		"2026-11-23":           time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC),
		"2026-11-23T12:00:00Z": time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
	} {
		got, err := ParseTime(text)
		if err != nil || got.Sub(want).Abs() > time.Minute {
			t.Errorf("ParseTime(%q) = %s, %v", text, got, err)
		}
	}
	if _, err := ParseTime("yesterday"); err == nil {
		t.Error("a word is a time")
	}
}
