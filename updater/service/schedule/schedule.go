// Package schedule says when a repository is due: by a cron expression in a time
// zone, or once a week at a time of its own.
//
// It waits for nothing and remembers nothing.
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
	frequent bool // once an hour, or more often: it minds no clock that is moved
}

// Parse reads a cron expression of five fields, or @daily and the like, in a
// time zone of the IANA database; "" is UTC.
//
// See crontab(5). Sunday is 0 or 7. What never comes (the 31st of February) is an error.
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
		return s, errors.New("a schedule is a cron expression such as 0 6 * * 1")
	case strings.Contains(spec, "TZ="): // robfig/cron panics on some of these
		return s, fmt.Errorf("%q names a time zone: timezone does that", spec)
	}
	var err error
	if s.times, err = cron.ParseStandard(sunday(spec)); err != nil {
		return s, fmt.Errorf("%q is not a cron expression such as 0 6 * * 1: %w", spec, err)
	}
	first := s.times.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) // any time
	if first.IsZero() {
		return s, fmt.Errorf("%q never comes", spec)
	}
	_, constant := s.times.(cron.ConstantDelaySchedule)
	s.frequent = constant || s.times.Next(first).Sub(first) <= time.Hour
	return s, nil
}

// sunday writes 7, which crontab(5) allows and robfig/cron does not, as 0. In a
// range it is the end of a week that began before.
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

// Next returns the first time after t. A time that a clock skips in spring
// comes when the clock has moved on; one that comes twice in autumn counts once.
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

// onWall returns what a clock on the wall shows, as a time without jumps.
func onWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// resolve returns the first moment at which a clock on the wall in the zone
// shows a time, or where it never does, the moment at which it jumps over it.
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

// week is how long the default takes.
const week = 7 * 24 * time.Hour

// Weekly returns the first time after t at which a repository without a schedule
// is due: once a week, at a time that its name decides, so that ten thousand of
// them are spread over the whole week.
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

// maxSpread is how much later than its schedule a repository may be looked at.
const maxSpread = time.Hour

// Spread says how much later than the schedule a repository is looked at, by its
// name: never more than an hour or a quarter of the time until the schedule comes again.
func (s Schedule) Spread(name string, at time.Time) time.Duration {
	window := min(maxSpread, s.Next(at).Sub(at)/4)
	if window < time.Second {
		return 0
	}
	return time.Duration(hash(name)%uint64(window/time.Second)) * time.Second
}

// NextSpread returns the first time after t at which a repository is due, spread
// by its name over the time behind each time of the schedule.
func (s Schedule) NextSpread(name string, t time.Time) time.Time {
	for at := s.Next(t.Add(-maxSpread)); ; at = s.Next(at) {
		if due := at.Add(s.Spread(name, at)); due.After(t) {
			return due
		}
	}
}

func hash(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.ToLower(name))) // a hash takes everything
	return h.Sum64()
}
