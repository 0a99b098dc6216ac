package migrate

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var days = map[string]string{
	"sunday": "0", "monday": "1", "tuesday": "2", "wednesday": "3", "thursday": "4", "friday": "5", "saturday": "6",
	"sun": "0", "mon": "1", "tue": "2", "wed": "3", "thu": "4", "fri": "5", "sat": "6",
}

// The parts of a schedule in words, as regular expressions.
const (
	clockForm  = ` (\d{1,2})(?::(\d\d))? ?([ap]m)?\b`
	beforeForm = `before` + clockForm
	afterForm  = `(?:after|at)` + clockForm
	dayForm    = `\b(sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?s?\b`
	monthForm  = `first day of (?:the|every) month|on the 1st|monthly|every month`
	cycleForm  = `every (\d+|two|three|six) months|quarterly`
	otherForm  = `of the month\b|\bweekdays?\b|\bweekends?\b|\bweek(?:ly)?\b|\bday\b|\bdaily\b|\byear(?:ly)?\b|\bon\b|\bthe\b|\band\b|\bevery\b|,`
)

var (
	cronForm   = lazyregexp.New(`^[\d*,/-]+(?: \S+){4}$`)
	beforeTime = lazyregexp.New(beforeForm)
	afterTime  = lazyregexp.New(afterForm)
	dayName    = lazyregexp.New(dayForm)
	monthDay   = lazyregexp.New(monthForm)
	monthCycle = lazyregexp.New(cycleForm)
	// understood matches every word of which cronOf keeps the meaning.
	understood = lazyregexp.New(beforeForm + "|" + afterForm + "|" + dayForm + "|" + monthForm + "|" + cycleForm + "|" + otherForm)
	// dayOfMonth matches a weekday, or the last day, of a month: "first monday".
	dayOfMonth = lazyregexp.New(`\b(?:first|second|third|fourth|fifth|last|\d(?:st|nd|rd|th))(?: and \w+)? (?:day|` + dayForm + `)`)
	cycles     = map[string]string{"": "3", "two": "2", "three": "3", "six": "6"}
)

// cronOf converts a time window, in words or as a cron expression, to the cron
// expression of its beginning. ok is false for any other text, and for one of which
// a cron expression would lose a part.
func cronOf(text string) (cron string, ok bool) {
	words := plainWords(text)
	if cronForm.MatchString(words) {
		return windowBegin(strings.Fields(words)), true
	}
	// It restricts nothing, and has no cron expression.
	if words == "" || words == "at any time" {
		return "", words != ""
	}
	// One word that is passed over can turn "the first monday of the month" into every Monday.
	if left := understood.ReplaceAllString(words, ""); strings.TrimSpace(left) != "" {
		return "", false
	}
	hour, timed := hourOf(words)
	day, dom, month := "*", "*", "*"
	known := timed
	switch cycle := monthCycle.FindStringSubmatch(words); {
	case cycle != nil:
		dom, month, known = "1", "*/"+cmp.Or(cycles[cycle[1]], cycle[1]), true
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
	// Where both fields are given, cron(8) runs on days that fit either of them.
	return "0 " + hour + " " + dom + " " + month + " " + day, known && (dom == "*" || day == "*")
}

// unread says why a schedule is not converted.
func unread(text string) string {
	if dayOfMonth.MatchString(plainWords(text)) {
		return "a cron expression cannot name such a day of the month: write a day from 1 to 28, or a weekday (schedule)"
	}
	return "the words are not read as a time: write a cron expression (schedule)"
}

func plainWords(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

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
func windowBegin(fields []string) string {
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
	return strings.Join(fields, " ")
}
