package schedule

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestNext(t *testing.T) {
	for _, test := range []struct{ name, spec, zone, after, want string }{
		{"Monday morning", "0 6 * * 1", "", "2026-11-23T05:59:59Z", "2026-11-23T06:00:00Z"},
		{"strictly after", "0 6 * * 1", "", "2026-11-23T06:00:00Z", "2026-11-30T06:00:00Z"},
		{"in a zone", "0 6 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", "2026-07-01T04:00:00Z"},
		{"Sunday is 7 too", "0 6 * * 7", "", "2026-11-23T00:00:00Z", "2026-11-29T06:00:00Z"},
		{"a range that ends on Sunday 7", "0 6 * * 6-7", "", "2026-11-28T07:00:00Z", "2026-11-29T06:00:00Z"},
		{"a word", "@daily", "", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"},
		{"the clock skips it in spring: robfig/cron would skip the day", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
		{"and the day after is an ordinary one", "30 2 * * *", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		{"half an hour is skipped on Lord Howe", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z"},
		{"skipped in New York", "0 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z"},
		{"it comes twice in autumn, and counts once", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"the first of the two", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"every hour is every hour, also when it comes twice", "30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		{"every hour skips nothing in spring", "30 * * * *", "Europe/Berlin", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := Parse(test.spec, test.zone)
			if err != nil {
				t.Fatal(err)
			}
			after, err := time.Parse(time.RFC3339, test.after)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Next(after).UTC().Format(time.RFC3339); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range [][2]string{
		{"", ""}, {"0 6 * *", ""}, {"0 6 * * 8", ""}, {"61 6 * * *", ""}, {"0 6 31 2 *", ""}, {"TZ=", ""}, {"TZ=0 0 6 * * *", ""},
		{"CRON_TZ=Europe/Berlin 0 6 * * *", ""}, {"@never", ""}, {"0 6 * * *", "Mars/Olympus"}, {"0 6 * * *", "Local"}, {"0 6 * * *", "../../etc/passwd"},
	} {
		if _, err := Parse(test[0], test[1]); err == nil {
			t.Errorf("%q in %q is taken", test[0], test[1])
		}
	}
}

// A schedule of once a day fires once on each day of a year, whatever clocks do.
func TestDaily(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago"}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		spec := fmt.Sprintf("%d %d * * *", rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 23).Draw(t, "hour"))
		s, err := Parse(spec, zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, s.zone).Add(-time.Second)
		days := map[string]int{}
		for range 400 {
			next := s.Next(at)
			if !next.After(at) {
				t.Fatalf("%v does not come after %v", next, at)
			}
			at = next
			if at.Year() > 2026 {
				break
			}
			days[at.Format(time.DateOnly)]++
		}
		if len(days) != 365 {
			t.Errorf("%s in %s: %d days", spec, zone, len(days))
		}
		for day, n := range days {
			if n != 1 {
				t.Errorf("%s in %s: %d times on %s", spec, zone, n, day)
			}
		}
	})
}

func TestWeekly(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	perHour := map[int]int{}
	for n := range 10_000 {
		name := fmt.Sprintf("acme/shop-%d", n)
		next := Weekly(name, at)
		if !next.After(at) || next.Sub(at) > week {
			t.Fatalf("%s: %v", name, next)
		}
		if again := Weekly(name, next); again.Sub(next) != week {
			t.Fatalf("%s: %v after %v", name, again, next)
		}
		perHour[int(next.Sub(at)/time.Hour)]++
	}
	for hour, n := range perHour {
		if n > 120 {
			t.Errorf("%d repositories in hour %d of the week; 60 are the mean", n, hour)
		}
	}
}

func TestSpread(t *testing.T) {
	daily, _ := Parse("0 6 * * *", "")
	often, _ := Parse("*/10 * * * *", "")
	at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	seen := map[time.Duration]bool{}
	for n := range 1000 {
		name := fmt.Sprint(n)
		d := daily.Spread(name, at)
		if d < 0 || d >= time.Hour || d != daily.Spread(name, at) {
			t.Fatalf("%v", d)
		}
		seen[d.Truncate(time.Minute)] = true
		if o := often.Spread(name, at); o >= 150*time.Second {
			t.Fatalf("every ten minutes, and yet %v later", o)
		}
	}
	if len(seen) != 60 {
		t.Errorf("spread over %d minutes", len(seen))
	}
	for n := range 100 {
		name, last := fmt.Sprint(n), at
		for range 10 {
			due := daily.NextSpread(name, last)
			if !due.After(last) || due.Sub(last) > 25*time.Hour || due.Hour() != 6 {
				t.Fatalf("%s: %v after %v", name, due, last)
			}
			last = due
		}
	}
}
