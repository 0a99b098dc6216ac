package migrate

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var days = map[string]string{
	"sunday": "0", "monday": "1", "tuesday": "2", "wednesday": "3", "thursday": "4", "friday": "5", "saturday": "6",
	"sun": "0", "mon": "1", "tue": "2", "wed": "3", "thu": "4", "fri": "5", "sat": "6",
}

var (
	beforeTime = lazyregexp.New(`before (\d{1,2})(?::(\d\d))? ?([ap]m)?`)
	afterTime  = lazyregexp.New(`(?:after|at) (\d{1,2})(?::(\d\d))? ?([ap]m)?`)
	dayName    = lazyregexp.New(`\b(sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?s?\b`)
	monthDay   = lazyregexp.New(`first day of (?:the|every) month|on the 1st|monthly|every month`)
	monthCycle = lazyregexp.New(`every (\d+|three|two|six) months|quarterly`)
)

// cronOf converts a time window, in words or as a cron expression, to the cron
// expression of its beginning. ok is false for any other text.
func cronOf(text string) (cron string, ok bool) {
	words := strings.ToLower(strings.Join(strings.Fields(text), " "))
	if fields := strings.Fields(words); len(fields) == 5 && strings.ContainsAny(fields[1]+fields[4], "0123456789*") && !strings.Contains(words, "before") && !strings.Contains(words, "after") {
		return windowBegin(fields)
	}
	if words == "" || words == "at any time" {
		return "", words != ""
	}
	hour, timed := hourOf(words)
	day, dom, month := "*", "*", "*"
	known := timed
	switch {
	case monthCycle.MatchString(words):
		dom, month, known = "1", "*/3", true
	case monthDay.MatchString(words):
		dom, known = "1", true
	case strings.Contains(words, "weekday"):
		day, known = "1-5", true
	case strings.Contains(words, "weekend"):
		day, known = "6,0", true
	case strings.Contains(words, "every week") || words == "weekly":
		day, known = "1", true
	case strings.Contains(words, "yearly") || strings.Contains(words, "every year"):
		dom, month, known = "1", "1", true
	case strings.Contains(words, "daily") || strings.Contains(words, "every day"):
		known = true
	}
	if names := dayName.FindAllStringSubmatch(words, -1); len(names) > 0 {
		var list []string
		for _, n := range names {
			list = append(list, days[n[1][:3]])
		}
		day, known = strings.Join(list, ","), true
	}
	return "0 " + hour + " " + dom + " " + month + " " + day, known
}

// hourOf returns the hour at which a window begins.
func hourOf(words string) (hour string, found bool) {
	if m := afterTime.FindStringSubmatch(words); m != nil {
		return clock(m[1], m[3]), true
	}
	return "0", beforeTime.MatchString(words)
}

func clock(hour, half string) string {
	n, _ := strconv.Atoi(hour)
	switch {
	case half == "pm" && n < 12:
		n += 12
	case half == "am" && n == 12:
		n = 0
	}
	return strconv.Itoa(n % 24)
}

// windowBegin returns the first hour of a cron expression that matches every minute.
func windowBegin(fields []string) (string, bool) {
	if fields[0] == "*" {
		fields[0] = "0"
	}
	hours := strings.Split(fields[1], ",")
	if first, _, ok := strings.Cut(hours[0], "-"); ok {
		fields[1] = first
	} else if fields[1] == "*" {
		fields[1] = "0"
	}
	for n, name := range []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} {
		fields[4] = strings.ReplaceAll(fields[4], name, strconv.Itoa(n))
	}
	fields[4] = strings.ReplaceAll(fields[4], "7", "0")
	return strings.Join(fields, " "), true
}
