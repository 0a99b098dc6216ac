// Package value has the types of the values of settings: how each is written, and read.
package value

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones for systems without any, such as an image from scratch
	"unicode"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/invopop/jsonschema"
	"github.com/robfig/cron/v3"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/updater/policy"
)

// A Value is a setting with its own text format, which it validates.
type Value interface {
	// set parses the text. Its error is one clause about the mistake.
	Set(text string) error
}

// A KeyFile is the path of a file in the repository with public keys.
type KeyFile string

// Set implements Value.
func (k *KeyFile) Set(text string) error {
	// ValidPath refuses "..": settings of a repository must not name files outside of it.
	if text == "" || len(text) > 200 || !fs.ValidPath(text) {
		return fmt.Errorf("%s is no path inside the repository", Quote(text))
	}
	*k = KeyFile(text)
	return nil
}

// A Prefix is the prefix of titles: "deps", "chore(deps)".
type Prefix string

// Set implements Value.
func (p *Prefix) Set(text string) error {
	if strings.TrimSpace(text) == "" || len(text) > 40 || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s is not one to 40 characters on one line", Quote(text))
	}
	*p = Prefix(text)
	return nil
}

// JSONSchema returns the schema with the length limits.
func (Prefix) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", MinLength: new(uint64(1)), MaxLength: new(uint64(40))}
}

// Versions limits the proposed versions: all comparisons have to hold.
type Versions policy.Versions

// Set implements Value.
func (v *Versions) Set(text string) error {
	parsed, err := policy.ParseVersions(text)
	*v = Versions(parsed)
	return err
}

// JSONSchema returns the schema of the text.
func (Versions) JSONSchema() *jsonschema.Schema {
	// Without quotes, 1.2 is a number in YAML.
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}}}
}

// A Duration is a number with a unit: 3d, 12h, 1w, 30m; 0 needs none.
type Duration time.Duration

var (
	durationForm = lazyregexp.New(`^(\d+)(m|h|d|w)$`)
	units        = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
)

// Set implements Value.
func (d *Duration) Set(text string) error {
	if text == "0" {
		*d = 0
		return nil
	}
	m := durationForm.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%s is not a duration such as 3d, 12h or 1w", Quote(text))
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	// By division, because the product would overflow.
	if err != nil || n > math.MaxInt64/int64(units[m[2]]) {
		return fmt.Errorf("%s is too long", Quote(text))
	}
	*d = Duration(time.Duration(n) * units[m[2]])
	return nil
}

// Human formats a duration as in the settings: 3d, 12h.
func Human(d time.Duration) string {
	for _, unit := range []string{"w", "d", "h", "m"} {
		if n := d / units[unit]; d > 0 && d%units[unit] == 0 {
			return fmt.Sprintf("%d%s", n, unit)
		}
	}
	// Only 0 gets here, since the settings have whole minutes.
	return strconv.FormatInt(int64(d), 10)
}

// JSONSchema returns the schema of the text.
func (Duration) JSONSchema() *jsonschema.Schema {
	// Without quotes, 0 is a number in YAML.
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Pattern: `^(0|[0-9]+[mhdw])$`}, {Type: "integer", Enum: []any{0}}}}
}

// A Date is a day: 2027-01-31.
type Date time.Time

// Set implements Value.
func (d *Date) Set(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%s is not a date such as 2027-01-31", Quote(text))
	}
	*d = Date(t)
	return nil
}

// JSONSchema returns the schema of the text.
func (Date) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Format: "date"}
}

// A Python is a version of the language with at least two numbers: 3.11.
type Python string

var pythonForm = lazyregexp.New(`^\d+\.\d+(\.\d+)?$`)

// Set implements Value.
func (p *Python) Set(text string) error {
	if !pythonForm.MatchString(text) {
		return fmt.Errorf("%s is not a Python version such as \"3.11\"", Quote(text))
	}
	*p = Python(text)
	return nil
}

// JSONSchema returns the schema of the text.
func (Python) JSONSchema() *jsonschema.Schema {
	// Without quotes, 3.11 is a number in YAML.
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Pattern: pythonForm.String()}, {Type: "number"}}}
}

// A Count is a number from 0 to 1000.
type Count int

// Set implements Value.
func (c *Count) Set(text string) error { return setNumber(c, text, 1000) }

// setNumber sets a number from 0.
func setNumber[N ~int](to *N, text string, most int) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return fmt.Errorf("%s is not a number from 0 to %d", Quote(text), most)
	}
	*to = N(n)
	return nil
}

// JSONSchema returns the schema with the limits.
func (Count) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "1000"}
}

// An Amount is a number that may be larger than a Count.
type Amount int

// Set implements Value.
func (a *Amount) Set(text string) error { return setNumber(a, text, 1_000_000_000) }

// JSONSchema returns the schema with the limits.
func (Amount) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "1000000000"}
}

// A Schedule is a cron expression with five fields, or a word such as @daily.
type Schedule string

// Set implements Value.
func (s *Schedule) Set(text string) error {
	if strings.Contains(text, "TZ=") { // the cron parser panics on some time zones
		return fmt.Errorf("%s: the time zone belongs in timezone", Quote(text))
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		fields := strings.Fields(text)
		// Other implementations take 7 for Sunday, and the parser's error would not name the mistake.
		if len(fields) == 5 && strings.Contains(fields[4], "7") {
			return fmt.Errorf("%s is not a cron expression: Sunday is 0, not 7", Quote(text))
		}
		return fmt.Errorf("%s is not a cron expression: %w", Quote(text), err)
	}
	if every, ok := schedule.(cron.ConstantDelaySchedule); ok && every.Delay < time.Hour {
		return fmt.Errorf("%s is more often than once an hour", Quote(text))
	}
	// A day such as 30 February is well-formed, and the search for it gives up.
	if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return fmt.Errorf("%s never comes", Quote(text))
	}
	*s = Schedule(text)
	return nil
}

// A Zone is a name of the IANA time zone database.
type Zone string

// Set implements Value.
func (z *Zone) Set(text string) error {
	// LoadLocation takes "" for UTC and Local for the zone of the machine.
	if _, err := time.LoadLocation(text); err != nil || text == "" || text == "Local" {
		return fmt.Errorf("%s is not a time zone such as Europe/Berlin", Quote(text))
	}
	*z = Zone(text)
	return nil
}

// validGlob reports whether a pattern is well-formed and cheap to match: each group
// in braces multiplies the work.
func validGlob(text string) bool {
	return text != "" && len(text) <= 500 && strings.Count(text, "{") <= 4 && doublestar.ValidatePattern(text)
}

// A Glob is a pattern of paths, in which ** matches any number of folders.
type Glob string

// Set implements Value.
func (g *Glob) Set(text string) error {
	// Paths of a tree do not begin with it, so the pattern would never match.
	text = strings.TrimPrefix(text, "./")
	if strings.HasPrefix(text, "/") || text == ".." || strings.HasPrefix(text, "../") {
		return fmt.Errorf("%s leads out of the folder of the settings", Quote(text))
	}
	if !validGlob(text) {
		return fmt.Errorf("%s is not a pattern of paths such as examples/**", Quote(text))
	}
	*g = Glob(text)
	return nil
}

// A Pattern is a glob, or a /regular expression/. In a list, ! before it excludes
// what it matches.
type Pattern struct {
	Text string         // without the !
	Expr *regexp.Regexp // nil for a glob
	Not  bool           // it begins with !
}

// Set implements Value.
func (p *Pattern) Set(text string) error {
	text, p.Not = strings.CutPrefix(text, "!")
	p.Text = text
	// A single slash does not enclose an expression.
	if len(text) > 1 && text[0] == '/' && text[len(text)-1] == '/' {
		expr, err := regexp.Compile(text[1 : len(text)-1])
		p.Expr = expr
		return err
	}
	if !validGlob(text) {
		return fmt.Errorf("%s is neither a pattern such as golang.org/x/** nor a /regular expression/", Quote(text))
	}
	return nil
}

// Matches reports whether a path or name matches.
func (p Pattern) Matches(text string) bool {
	if p.Expr != nil {
		return p.Expr.MatchString(text)
	}
	// Set has validated the pattern.
	return doublestar.MatchUnvalidated(p.Text, text)
}

// Named matches the name of a package. * matches slashes as well, so that
// *validator* matches github.com/go-playground/validator/v10.
func (p Pattern) Named(text string) bool {
	if p.Expr != nil {
		return p.Expr.MatchString(text)
	}
	return MatchName(p.Text, text)
}

// MatchName reports whether a glob matches the name of a package. * matches slashes
// as well. A pattern that ends in /** also matches the part before it.
func MatchName(pattern, name string) bool {
	// The unit separator stands in no name of a package.
	const slash = "\x1f" // replaces "/", at which doublestar's * stops
	flat := func(text string) string { return strings.ReplaceAll(text, "/", slash) }
	// The second match is for a pattern that ends in /** and the part before it.
	return doublestar.MatchUnvalidated(flat(pattern), flat(name)) || doublestar.MatchUnvalidated(pattern, name)
}

// Patterns is one pattern or a list. One has to match, and none that excludes may
// match. A list that only excludes matches everything else.
type Patterns []Pattern

// Matches reports whether the patterns match one of some texts.
func (p Patterns) Matches(texts ...string) bool {
	return p.Fit(func(one Pattern) bool { return slices.ContainsFunc(texts, one.Matches) })
}

// Fit reports whether the patterns match, if matches reports it for each of them.
func (p Patterns) Fit(matches func(Pattern) bool) bool {
	included, asked := false, len(p) == 0
	for _, one := range p {
		switch {
		case !one.Not:
			asked = true
			included = included || matches(one)
		case matches(one):
			return false
		}
	}
	return included || !asked
}

// JSONSchema returns the schema of both forms.
func (Patterns) JSONSchema() *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string", MinLength: new(uint64(1))}
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{text, {Type: "array", Items: text}}}
}
