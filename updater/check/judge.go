package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Unit is one file to check: exactly one of its fields is set.
type Unit struct {
	Docker  *Docker
	Compose *Compose
}

// Settings select the findings.
type Settings struct {
	Level  Level                   // the lowest listed level; 0 means Could
	Strict bool                    // also apply rules of mode Strict
	Only   []string                // IDs of rules; nil means all
	Ignore func(f *Finding) string // returns why the settings ignore a finding, "" if they do not; nil for none

	// Nearest returns the level and strict of the settings nearest to a file; the
	// zero Level means not set. nil for none.
	Nearest func(file string) (level Level, strict bool)
}

// A Result is the result of Judge.
type Result struct {
	Findings  []Finding  // sorted by file and position, without the ignored ones
	Ignored   []Finding  // with the reason in Finding.Ignored
	Questions []Question // the questions of rules without an answer, sorted
	Files     int
}

// Judge applies the rules to the units.
func Judge(rules []Rule, units []Unit, facts *Facts, s Settings) Result {
	if facts == nil {
		facts = &Facts{}
	}
	res := Result{Files: len(units)}
	facts.asked = nil // the questions of an earlier call have been answered, or cannot be
	for _, u := range units {
		s := s.of(u.Name())
		lines := linesOf(u.source())
		found := judgeUnit(rules, u, lines, facts, s)
		sortFindings(found)
		identify(found)
		res.sort(found, commentsOf(u, lines, rules), s)
	}
	res.Questions = sortedQuestions(facts.asked)
	return res
}

// Join merges results in their order. It has each question once.
func Join(parts []Result) (all Result) {
	for _, p := range parts {
		all.Findings = append(all.Findings, p.Findings...)
		all.Ignored = append(all.Ignored, p.Ignored...)
		all.Files += p.Files
	}
	all.Questions = Questions(parts)
	return all
}

// Questions returns the questions of several results, sorted, without duplicates.
func Questions(parts []Result) []Question {
	asked := map[Question]bool{}
	for _, p := range parts {
		for _, q := range p.Questions {
			asked[q] = true
		}
	}
	return sortedQuestions(asked)
}

// of returns the settings for one file. The settings for all files win over the nearest ones.
func (s Settings) of(file string) Settings {
	if s.Nearest != nil {
		level, strict := s.Nearest(file)
		s.Level, s.Strict = cmp.Or(s.Level, level), s.Strict || strict
	}
	return s
}

// sort adds the findings of a unit to Findings, or to Ignored if a comment or a setting ignores them.
func (r *Result) sort(found []Finding, comments *comments, s Settings) {
	for _, f := range found {
		f.Ignored = comments.ignores(&f)
		if f.Ignored == "" && s.Ignore != nil {
			f.Ignored = s.Ignore(&f)
		}
		switch {
		// Before Ignored, which must not list what would not be listed anyway.
		case f.Level > cmp.Or(s.Level, Could), f.Mode == Strict && !s.Strict:
		case f.Ignored != "":
			r.Ignored = append(r.Ignored, f)
		default:
			r.Findings = append(r.Findings, f)
		}
	}
}

// Name returns the file of a unit.
func (u Unit) Name() string {
	if u.Docker != nil {
		return u.Docker.Name
	}
	return u.Compose.Name
}

func (u Unit) source() string {
	if u.Docker != nil {
		return u.Docker.Source
	}
	return u.Compose.Source
}

func judgeUnit(rules []Rule, u Unit, lines lineTable, facts *Facts, s Settings) []Finding {
	var found []Finding
	low := lowered.MatchString(u.Name())
	for i := range rules {
		r := &rules[i]
		// Only names rules, so it wants strict ones, too.
		if s.Only != nil && !slices.Contains(s.Only, r.ID) || r.Mode == Strict && !s.Strict && s.Only == nil {
			continue
		}
		var list []Finding
		switch {
		case u.Docker != nil && u.Docker.Trouble != "":
		case u.Docker != nil && r.Docker != nil:
			list = r.Docker(u.Docker, facts)
		case u.Compose != nil && r.Compose != nil:
			list = r.Compose(u.Compose, facts)
		}
		for _, f := range list[:min(len(list), maxFindings)] {
			f = complete(f, r, u.Name(), lines, s)
			// The expression runs once for the file, and again only for findings in others.
			if f.At.File == u.Name() && low || f.At.File != u.Name() && lowered.MatchString(f.At.File) {
				f.lower()
			}
			found = append(found, f)
		}
	}
	return found
}

// maxFindings limits the findings of one rule in a file.
const maxFindings = 1000

// complete sets the fields of a finding that rules leave empty.
func complete(f Finding, r *Rule, name string, lines lineTable, s Settings) Finding {
	f.Rule = r.ID
	f.Level, f.Mode = cmp.Or(f.Level, r.Level), cmp.Or(f.Mode, r.Mode)
	if f.Mode == Strict && s.Only != nil {
		f.Mode = Default // the user selected the rule by name, so its findings count
	}
	f.At.File = cmp.Or(f.At.File, name)
	if f.At.File == name {
		f.Line = lines.line(f.At.Start)
	}
	return f
}

// A lineTable holds the offset at which each line of a source begins.
type lineTable []int

func linesOf(src string) lineTable {
	t := lineTable{0}
	for i := range len(src) {
		if src[i] == '\n' {
			t = append(t, i+1)
		}
	}
	return t
}

// line returns the line of an offset, counted from 1.
func (t lineTable) line(offset int) int {
	i, found := slices.BinarySearch(t, offset)
	if found {
		return i + 1
	}
	return max(i, 1) // a negative offset has no line
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// lowered matches folders whose files do not run in production.
var lowered = lazyregexp.New(`(?i)(^|/)(\.devcontainer|tests?|testdata|testing|examples?|samples?|fixtures?|e2e|integration[-_]tests?)[^/]*/`)

// lower reduces the level of a finding by one; below could it becomes information.
func (f *Finding) lower() {
	if f.Level < Could {
		f.Level++
	} else {
		f.Mode = Information
	}
}

func sortFindings(list []Finding) {
	// Stable, because identify numbers equal findings in this order.
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Start, b.At.Start), strings.Compare(a.Rule, b.Rule))
	})
}
