package config

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

// A value is a setting with its own text format, which it validates.
type value interface {
	// set parses the text. Its error is one clause about the mistake.
	set(text string) error
}

// A badWord is the error for a text that is not one of the words of a setting.
type badWord struct {
	text  string
	words []string
}

func (b *badWord) Error() string {
	return fmt.Sprintf("%s is not %s", quote(b.text), alternatives(b.words))
}

// alternatives joins words as "a, b or c".
func alternatives(words []string) string {
	n := len(words)
	if n == 1 {
		return words[0]
	}
	return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
}

func oneOf(text string, words []string) (string, error) {
	if slices.Contains(words, text) {
		return text, nil
	}
	return "", &badWord{text, words}
}

func enum(words []string) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// The words of each setting, the default first or in widening order.
var (
	allowWords      = []string{"patch", "minor", "major"}
	lineWords       = []string{"auto", "minor", "major", "any"}
	digestWords     = []string{"pin", "refresh", "ignore"}
	rebuildWords    = []string{"any", "packages", "security"}
	groupWords      = []string{"repository", "ecosystem", "directory", "dependency"}
	deadLineWords   = []string{"show", "propose"}
	checkLevelWords = []string{"must", "should", "could"}
	styleWords      = []string{"auto", "plain", "conventional"}
	boardWords      = []string{"true", "false", "auto"}
	modeWords       = []string{"observe", "propose"}
	updateWords     = []string{"all", "security"}
	trustWords      = []string{"signed", "listed", "digest", "compute"}
	bandWords       = []string{"digest", "patch", "minor", "major"}
)

// Settings with one of a few words.
type (
	Allow       string // patch, minor, major
	Line        string // auto, minor, major, any
	Digests     string // pin, refresh, ignore
	Rebuilds    string // any, packages, security
	Group       string // repository, ecosystem, directory, dependency
	DeadLines   string // show, propose
	CheckLevel  string // must, should, could
	CommitStyle string // auto, plain, conventional
	Dashboard   string // true, false, auto
	Updates     string // all, security
	Trust       string // signed, listed, digest, compute
	Band        string // digest, patch, minor, major
	Kind        string // name of an ecosystem
)

func word[T ~string](at *T, text string, words []string) error {
	w, err := oneOf(text, words)
	*at = T(w)
	return err
}

func (v *Allow) set(s string) error       { return word(v, s, allowWords) }
func (v *Line) set(s string) error        { return word(v, s, lineWords) }
func (v *Digests) set(s string) error     { return word(v, s, digestWords) }
func (v *Rebuilds) set(s string) error    { return word(v, s, rebuildWords) }
func (v *Group) set(s string) error       { return word(v, s, groupWords) }
func (v *DeadLines) set(s string) error   { return word(v, s, deadLineWords) }
func (v *CheckLevel) set(s string) error  { return word(v, s, checkLevelWords) }
func (v *CommitStyle) set(s string) error { return word(v, s, styleWords) }
func (v *Dashboard) set(s string) error   { return word(v, s, boardWords) }
func (v *Updates) set(s string) error     { return word(v, s, updateWords) }
func (v *Trust) set(s string) error       { return word(v, s, trustWords) }
func (v *Band) set(s string) error        { return word(v, s, bandWords) }

func (v *Kind) set(s string) error { // the decoder checks it, since it knows the ecosystems
	*v = Kind(s)
	return nil
}

// JSONSchema returns the schema with the allowed words.
func (Allow) JSONSchema() *jsonschema.Schema { return enum(allowWords) }

// JSONSchema returns the schema with the allowed words.
func (Line) JSONSchema() *jsonschema.Schema { return enum(lineWords) }

// JSONSchema returns the schema with the allowed words.
func (Digests) JSONSchema() *jsonschema.Schema { return enum(digestWords) }

// JSONSchema returns the schema with the allowed words.
func (Rebuilds) JSONSchema() *jsonschema.Schema { return enum(rebuildWords) }

// JSONSchema returns the schema with the allowed words.
func (Group) JSONSchema() *jsonschema.Schema { return enum(groupWords) }

// JSONSchema returns the schema with the allowed words.
func (CheckLevel) JSONSchema() *jsonschema.Schema { return enum(checkLevelWords) }

// JSONSchema returns the schema with the allowed words.
func (DeadLines) JSONSchema() *jsonschema.Schema { return enum(deadLineWords) }

// JSONSchema returns the schema with the allowed words.
func (CommitStyle) JSONSchema() *jsonschema.Schema { return enum(styleWords) }

// JSONSchema returns the schema with the allowed words, two of which are booleans in YAML.
func (Dashboard) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Enum: []any{true, false, "auto"}}
}

// JSONSchema returns the schema with the allowed words.
func (Updates) JSONSchema() *jsonschema.Schema { return enum(updateWords) }

// JSONSchema returns the schema with the allowed words.
func (Trust) JSONSchema() *jsonschema.Schema { return enum(trustWords) }

// JSONSchema returns the schema with the allowed words.
func (Band) JSONSchema() *jsonschema.Schema { return enum(bandWords) }

// A KeyFile is the path of a file in the repository with public keys.
type KeyFile string

func (k *KeyFile) set(text string) error {
	if text == "" || len(text) > 200 || !fs.ValidPath(text) {
		return fmt.Errorf("%s is no path inside the repository", quote(text))
	}
	*k = KeyFile(text)
	return nil
}

// A Prefix is the prefix of titles: "deps", "chore(deps)".
type Prefix string

func (p *Prefix) set(text string) error {
	if strings.TrimSpace(text) == "" || len(text) > 40 || strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s is not one to 40 characters on one line", quote(text))
	}
	*p = Prefix(text)
	return nil
}

// JSONSchema returns the schema with the length limits.
func (Prefix) JSONSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string", MinLength: new(uint64), MaxLength: new(uint64)}
	*s.MinLength, *s.MaxLength = 1, 40
	return s
}

// Versions limits the proposed versions: all comparisons have to hold.
type Versions policy.Versions

func (v *Versions) set(text string) error {
	parsed, err := policy.ParseVersions(text)
	*v = Versions(parsed)
	return err
}

// JSONSchema returns the schema of the text.
func (Versions) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "number"}}}
}

// A Duration is a number with a unit: 3d, 12h, 1w, 30m; 0 needs none.
type Duration time.Duration

var (
	durationForm = lazyregexp.New(`^(\d+)(m|h|d|w)$`)
	units        = map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
)

func (d *Duration) set(text string) error {
	if text == "0" {
		*d = 0
		return nil
	}
	m := durationForm.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%s is not a duration such as 3d, 12h or 1w", quote(text))
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > math.MaxInt64/int64(units[m[2]]) {
		return fmt.Errorf("%s is too long", quote(text))
	}
	*d = Duration(time.Duration(n) * units[m[2]])
	return nil
}

// human formats a duration as in the settings: 3d, 12h.
func human(d time.Duration) string {
	for _, unit := range []string{"w", "d", "h", "m"} {
		if n := d / units[unit]; d > 0 && d%units[unit] == 0 {
			return fmt.Sprintf("%d%s", n, unit)
		}
	}
	return strconv.FormatInt(int64(d), 10)
}

// JSONSchema returns the schema of the text.
func (Duration) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Pattern: `^(0|[0-9]+[mhdw])$`}, {Type: "integer", Enum: []any{0}}}}
}

// A Date is a day: 2027-01-31.
type Date time.Time

func (d *Date) set(text string) error {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return fmt.Errorf("%s is not a date such as 2027-01-31", quote(text))
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

func (p *Python) set(text string) error {
	if !pythonForm.MatchString(text) {
		return fmt.Errorf("%s is not a Python version such as \"3.11\"", quote(text))
	}
	*p = Python(text)
	return nil
}

// JSONSchema returns the schema of the text.
func (Python) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{{Type: "string", Pattern: pythonForm.String()}, {Type: "number"}}}
}

// A Count is a number from 0 to 1000.
type Count int

func (c *Count) set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1000 {
		return fmt.Errorf("%s is not a number from 0 to 1000", quote(text))
	}
	*c = Count(n)
	return nil
}

// JSONSchema returns the schema with the limits.
func (Count) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "1000"}
}

// An Amount is a number that may be larger than a Count.
type Amount int

func (a *Amount) set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > 1_000_000_000 {
		return fmt.Errorf("%s is not a number from 0 to 1000000000", quote(text))
	}
	*a = Amount(n)
	return nil
}

// JSONSchema returns the schema with the limits.
func (Amount) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "integer", Minimum: "0", Maximum: "1000000000"}
}

// A Schedule is a cron expression with five fields, or a word such as @daily.
type Schedule string

func (s *Schedule) set(text string) error {
	if strings.Contains(text, "TZ=") { // the cron parser panics on some time zones
		return fmt.Errorf("%s: the time zone belongs in timezone", quote(text))
	}
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		fields := strings.Fields(text)
		if len(fields) == 5 && strings.Contains(fields[4], "7") {
			return fmt.Errorf("%s is not a cron expression: Sunday is 0, not 7", quote(text))
		}
		return fmt.Errorf("%s is not a cron expression: %w", quote(text), err)
	}
	if every, ok := schedule.(cron.ConstantDelaySchedule); ok && every.Delay < time.Hour {
		return fmt.Errorf("%s is more often than once an hour", quote(text))
	}
	if schedule.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return fmt.Errorf("%s never comes", quote(text))
	}
	*s = Schedule(text)
	return nil
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

// validGlob reports whether a pattern is well-formed and cheap to match: each group
// in braces multiplies the work.
func validGlob(text string) bool {
	return text != "" && len(text) <= 500 && strings.Count(text, "{") <= 4 && doublestar.ValidatePattern(text)
}

// A Glob is a pattern of paths, in which ** matches any number of folders.
type Glob string

func (g *Glob) set(text string) error {
	text = strings.TrimPrefix(text, "./")
	if strings.HasPrefix(text, "/") || text == ".." || strings.HasPrefix(text, "../") {
		return fmt.Errorf("%s leads out of the folder of the settings", quote(text))
	}
	if !validGlob(text) {
		return fmt.Errorf("%s is not a pattern of paths such as examples/**", quote(text))
	}
	*g = Glob(text)
	return nil
}

// A Pattern is a glob, or a /regular expression/.
type Pattern struct {
	text string
	expr *regexp.Regexp // nil for a glob
}

func (p *Pattern) set(text string) error {
	p.text = text
	if len(text) > 1 && text[0] == '/' && text[len(text)-1] == '/' {
		expr, err := regexp.Compile(text[1 : len(text)-1])
		p.expr = expr
		return err
	}
	if !validGlob(text) {
		return fmt.Errorf("%s is neither a pattern such as golang.org/x/** nor a /regular expression/", quote(text))
	}
	return nil
}

func (p Pattern) matches(text string) bool {
	if p.expr != nil {
		return p.expr.MatchString(text)
	}
	return doublestar.MatchUnvalidated(p.text, text)
}

// named matches the name of a package. * matches slashes as well, so that
// *validator* matches github.com/go-playground/validator/v10.
func (p Pattern) named(text string) bool {
	if p.expr != nil {
		return p.expr.MatchString(text)
	}
	return MatchName(p.text, text)
}

// MatchName reports whether a glob matches the name of a package. * matches slashes
// as well. A pattern that ends in /** also matches the part before it.
func MatchName(pattern, name string) bool {
	const slash = "\x1f" // replaces "/", at which doublestar's * stops
	flat := func(text string) string { return strings.ReplaceAll(text, "/", slash) }
	return doublestar.MatchUnvalidated(flat(pattern), flat(name)) || doublestar.MatchUnvalidated(pattern, name)
}

// Patterns is one pattern or a list, of which one has to match.
type Patterns []Pattern

// named reports whether a pattern matches one of the names of a package.
func (p Patterns) named(texts ...string) bool {
	return slices.ContainsFunc(p, func(one Pattern) bool { return slices.ContainsFunc(texts, one.named) })
}

func (p Patterns) matches(texts ...string) bool {
	return slices.ContainsFunc(p, func(one Pattern) bool { return slices.ContainsFunc(texts, one.matches) })
}

// JSONSchema returns the schema of both forms.
func (Patterns) JSONSchema() *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string", MinLength: new(uint64)}
	*text.MinLength = 1
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{text, {Type: "array", Items: text}}}
}
