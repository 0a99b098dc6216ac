package config

import (
	"fmt"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	_ "time/tzdata" // a container without the system's copy knows the same time zones

	"github.com/invopop/jsonschema"
	"github.com/robfig/cron/v3"
)

// A Duration is a number with a unit: 3d, 12h, 1w, 30m; 0 needs none.
type Duration time.Duration

const durationPattern = `^(0|[0-9]{1,6}[mhdw])$`

var (
	durationForm = regexp.MustCompile(durationPattern)
	units        = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
)

func (d *Duration) set(text string) error {
	if !durationForm.MatchString(text) {
		return fmt.Errorf("%s is not a duration such as 3d, 12h or 1w", quote(text))
	}
	if text == "0" {
		*d = 0
		return nil
	}
	last := len(text) - 1
	n, err := strconv.ParseInt(text[:last], 10, 64)
	if unit := units[text[last]]; err == nil && n <= math.MaxInt64/int64(unit) {
		*d = Duration(time.Duration(n) * unit)
		return nil
	}
	return fmt.Errorf("%s is longer than can be waited", quote(text))
}

func (*Duration) tags() []string { return []string{"!!str", "!!int"} }

// String returns the duration in days, hours or minutes.
func (d Duration) String() string {
	t := time.Duration(d)
	for _, u := range "dhm" {
		if unit := units[byte(u)]; t >= unit && t%unit == 0 {
			return fmt.Sprintf("%d%c", t/unit, u)
		}
	}
	if t == 0 {
		return "0"
	}
	return t.String()
}

// JSONSchema returns the form.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{textSchema(durationPattern), {Type: "integer", Enum: []any{0}}}}
}

// A Date is a day, as 2027-01-31.
type Date time.Time

func (d *Date) set(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%s is not a date such as 2027-01-31", quote(text))
	}
	*d = Date(t)
	return nil
}

func (*Date) tags() []string { return []string{"!!str", "!!timestamp"} }

// over reports whether the day has ended in a time zone.
func (d Date) over(now time.Time, zone *time.Location) bool {
	t := time.Time(d)
	return !now.Before(time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, zone))
}

// JSONSchema returns the form.
func (Date) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "date", Pattern: `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`}
}

// A Python is a version of the language, two numbers at least: 3.11.
type Python string

const pythonPattern = `^[23]\.[0-9]{1,3}(\.[0-9]{1,3})?$`

var pythonForm = regexp.MustCompile(pythonPattern)

func (p *Python) set(text string) error {
	if !pythonForm.MatchString(text) {
		return fmt.Errorf("%s is not a Python version such as \"3.11\"", quote(text))
	}
	*p = Python(text)
	return nil
}

func (*Python) tags() []string { return []string{"!!str", "!!float", "!!int"} }

// JSONSchema returns the form. Without quotes 3.11 is a number.
func (Python) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		textSchema(pythonPattern),
		{Type: "number", Minimum: "2", ExclusiveMaximum: "4", Not: &jsonschema.Schema{Type: "integer"}},
	}}
}

// A Count is a number from 0 to 1000.
type Count int

var countForm = regexp.MustCompile(`^[0-9]{1,4}$`)

func (c *Count) set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n > 1000 || !countForm.MatchString(text) {
		return fmt.Errorf("%s is not a number from 0 to 1000", quote(text))
	}
	*c = Count(n)
	return nil
}

func (*Count) tags() []string { return []string{"!!int"} }

// JSONSchema returns the bounds.
func (Count) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "1000"}
}

// A Schedule is a cron expression of five fields, or @daily and the like.
type Schedule string

func (s *Schedule) set(text string) error {
	switch {
	case strings.Contains(text, "TZ="): // the parser panics on some of these
		return fmt.Errorf("%s holds a time zone, which belongs in timezone", quote(text))
	case strings.HasPrefix(text, "@every"):
		return fmt.Errorf("%s has no time of day; use five fields, as 0 6 * * 1", quote(text))
	}
	spec, err := cron.ParseStandard(text)
	fields := strings.Fields(text)
	switch {
	case err != nil && len(fields) == 5 && strings.Contains(err.Error(), "(7)") && strings.Contains(fields[4], "7"):
		return fmt.Errorf("%s is not a cron expression: Sunday is 0, not 7", quote(text))
	case err != nil && len(fields) != 5:
		return fmt.Errorf("%s is not a cron expression: minute, hour, day, month and day of the week are five fields, not %d", quote(text), len(fields))
	case err != nil:
		return fmt.Errorf("%s is not a cron expression: %s", quote(text), quote(err.Error()))
	case spec.Next(time.Date(2023, 12, 31, 0, 0, 0, 0, time.UTC)).IsZero():
		return fmt.Errorf("%s names a day that never comes", quote(text))
	}
	*s = Schedule(text)
	return nil
}

// JSONSchema returns what can be said of the form.
func (Schedule) JSONSchema() *jsonschema.Schema {
	return textSchema(`^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\s*\S+(\s+\S+){4}\s*)$`)
}

// A Zone is a name of the IANA time zone database.
type Zone string

func (z *Zone) set(text string) error {
	if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
		return fmt.Errorf("%s is not a time zone such as Europe/Berlin", quote(text))
	}
	*z = Zone(text)
	return nil
}

// JSONSchema returns the form.
func (Zone) JSONSchema() *jsonschema.Schema { return textSchema(`^[A-Za-z0-9_+/-]+$`) }

// A Name is a line of text: a label, a person, an address.
type Name string

func (l *Name) set(text string) error {
	if text == "" || len(text) > 500 || strings.TrimSpace(text) != text || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s is not a line of text", quote(text))
	}
	*l = Name(text)
	return nil
}

// JSONSchema returns the form.
func (Name) JSONSchema() *jsonschema.Schema { return textSchema(`^\S(.*\S)?$`) }

// A RepoPath is a file of the repository.
type RepoPath string

func (p *RepoPath) set(text string) error {
	if text == "" || path.IsAbs(text) || path.Clean(text) != strings.TrimPrefix(text, "./") || strings.HasPrefix(text, "../") || text == ".." {
		return fmt.Errorf("%s is not a file of the repository", quote(text))
	}
	*p = RepoPath(text)
	return nil
}

// JSONSchema returns the form.
func (RepoPath) JSONSchema() *jsonschema.Schema { return textSchema(`^[^/]`) }
