package version

import "time"

// Date makes a date that a publisher told one that can be counted with and
// written down: in UTC, and the zero time where its year has not four digits
// (RFC 3339), in any time zone.
func Date(t time.Time) time.Time {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9990 {
		return time.Time{}
	}
	return t
}
