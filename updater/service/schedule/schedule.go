// Package schedule computes when a repository is due: by a cron expression in a time
// zone, or once a week at a time derived from its name.
//
// It is pure: it neither waits nor stores anything.
package schedule

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Schedule is a cron expression in a time zone.
type Schedule struct {
	times    cron.Schedule
	zone     *time.Location
	frequent bool // hourly or more often, so clock changes need no care
}

// Parse parses a cron expression of five fields, or @daily and the like, in a time
// zone of the IANA database; "" is UTC.
//
// See crontab(5). Sunday is 0 or 7. An expression that never matches (31 February)
// is an error.
func Parse(spec, zone string) (Schedule, error) {
	s := Schedule{zone: time.UTC}
	if zone != "" {
		var err error
		if s.zone, err = time.LoadLocation(zone); err != nil || zone == "Local" {
			return s, fmt.Errorf("%q is not a time zone such as Europe/Berlin", zone)
		}
	}
	spec = strings.TrimSpace(spec)
	switch {
	case spec == "":
		return s, errors.New("a schedule must be a cron expression such as 0 6 * * 1")
	case strings.Contains(spec, "TZ="): // robfig/cron panics on some of these
		return s, fmt.Errorf("%q names a time zone; use timezone for that", spec)
	}
	var err error
	if s.times, err = cron.ParseStandard(sunday(spec)); err != nil {
		return s, fmt.Errorf("%q is not a cron expression such as 0 6 * * 1: %w", spec, err)
	}
	first := s.times.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) // an arbitrary time
	if first.IsZero() {
		return s, fmt.Errorf("%q never matches", spec)
	}
	_, constant := s.times.(cron.ConstantDelaySchedule)
	s.frequent = constant || s.times.Next(first).Sub(first) <= time.Hour
	return s, nil
}

// sunday rewrites 7, which crontab(5) allows but robfig/cron does not, as 0. In a
// range it is the end of the week.
func sunday(spec string) string {
	fields := strings.Fields(spec)
	if len(fields) != 5 {
		return spec
	}
	var list []string
	for part := range strings.SplitSeq(fields[4], ",") {
		from, to, isRange := strings.Cut(part, "-")
		switch {
		case part == "7":
			part = "0"
		case isRange && to == "7":
			part = from + "-6,0"
		}
		list = append(list, part)
	}
	fields[4] = strings.Join(list, ",")
	return strings.Join(fields, " ")
}

// Next returns the first time after t. A time that a clock skips in spring becomes
// the moment after the gap; a time that occurs twice in autumn counts once.
// (robfig/cron would skip the whole day in spring, and run twice in autumn.)
func (s Schedule) Next(t time.Time) time.Time {
	if s.frequent {
		return s.times.Next(t.In(s.zone))
	}
	for wall := onWall(t.In(s.zone)); ; {
		wall = s.times.Next(wall)
		if wall.IsZero() {
			return wall
		}
		if next := s.resolve(wall); next.After(t) {
			return next
		}
	}
}

// onWall returns the wall-clock reading of a time, as a time without jumps.
func onWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// resolve returns the first moment at which a wall clock in the zone shows a time,
// or if it never does, the moment of the jump over it.
func (s Schedule) resolve(wall time.Time) time.Time {
	t := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, s.zone)
	start, end := t.ZoneBounds()
	switch shown := onWall(t); {
	case shown.After(wall):
		return start.In(s.zone)
	case shown.Before(wall):
		return end.In(s.zone)
	case start.IsZero():
		return t
	}
	_, before := start.Add(-time.Second).In(s.zone).Zone()
	_, now := t.Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(start) {
		return earlier
	}
	return t
}

// week is the default interval.
const week = 7 * 24 * time.Hour

// Weekly returns the first time after t at which a repository without a schedule is
// due: once a week, at a time derived from its name, so that ten thousand
// repositories are spread over the whole week.
func Weekly(name string, t time.Time) time.Time {
	offset := time.Duration(hash(name)%uint64(week/time.Second)) * time.Second
	start := t.UTC().Truncate(week).Add(offset)
	for !start.After(t) {
		start = start.Add(week)
	}
	for start.Add(-week).After(t) {
		start = start.Add(-week)
	}
	return start
}

// maxSpread is the longest delay of a repository after its schedule.
const maxSpread = time.Hour

// Spread returns the delay of a repository after its schedule, derived from its
// name: at most an hour, and at most a quarter of the time until the next due time.
func (s Schedule) Spread(name string, at time.Time) time.Duration {
	window := min(maxSpread, s.Next(at).Sub(at)/4)
	if window < time.Second {
		return 0
	}
	return time.Duration(hash(name)%uint64(window/time.Second)) * time.Second
}

// NextSpread returns the first time after t at which a repository is due, including
// its delay.
func (s Schedule) NextSpread(name string, t time.Time) time.Time {
	for at := s.Next(t.Add(-maxSpread)); ; at = s.Next(at) {
		if due := at.Add(s.Spread(name, at)); due.After(t) {
			return due
		}
	}
}

func hash(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.ToLower(name))) // writing to a hash cannot fail
	return h.Sum64()
}
