package version

import "time"

// Date normalises a publication date from a registry: it returns t in UTC, or
// the zero time if RFC 3339 cannot express its year (four digits, in any time
// zone).
func Date(t time.Time) time.Time {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9990 {
		return time.Time{}
	}
	return t
}
