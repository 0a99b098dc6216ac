package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Unit is one file to judge: exactly one of its fields is set.
type Unit struct {
	Docker  *Docker
	Compose *Compose
}

// Settings say what is looked for.
type Settings struct {
	Level  Level                   // the least that is listed; 0 is Could
	Strict bool                    // also rules of mode Strict
	Only   []string                // ids of rules; nil is all
	Ignore func(f *Finding) string // what the settings say against a finding, "" for nothing; nil for none

	// Nearest returns what the settings nearest to a file say; the zero Level is nothing. nil for none.
	Nearest func(file string) (level Level, strict bool)
}

// A Result is what was found.
type Result struct {
	Findings  []Finding  // by file and position; without those that are ignored
	Ignored   []Finding  // with the reason in Ignored
	Questions []Question // what rules asked and had no answer to, sorted
	Files     int
}

// Judge applies the rules to the units.
func Judge(rules []Rule, units []Unit, facts *Facts, s Settings) Result {
	if facts == nil {
		facts = &Facts{}
	}
	res := Result{Files: len(units)}
	facts.asked = nil
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

// Join puts together what was found in parts, in their order; a question that several ask stands in it once.
func Join(parts []Result) (all Result) {
	findings, ignored := 0, 0
	for _, p := range parts {
		findings, ignored = findings+len(p.Findings), ignored+len(p.Ignored)
	}
	all.Findings, all.Ignored = slices.Grow(all.Findings, findings), slices.Grow(all.Ignored, ignored)
	for _, p := range parts {
		all.Findings = append(all.Findings, p.Findings...)
		all.Ignored = append(all.Ignored, p.Ignored...)
		all.Files += p.Files
	}
	all.Questions = Questions(parts)
	return all
}

// Questions returns what was asked in several parts, each once, sorted.
func Questions(parts []Result) []Question {
	asked := map[Question]bool{}
	for _, p := range parts {
		for _, q := range p.Questions {
			asked[q] = true
		}
	}
	return sortedQuestions(asked)
}

// of returns the settings for one file: what is given for all wins over the nearest.
func (s Settings) of(file string) Settings {
	if s.Nearest != nil {
		level, strict := s.Nearest(file)
		s.Level, s.Strict = cmp.Or(s.Level, level), s.Strict || strict
	}
	return s
}

// sort takes the findings of a unit apart: what counts, and what a comment or setting ignores.
func (r *Result) sort(found []Finding, comments *comments, s Settings) {
	for _, f := range found {
		f.Ignored = comments.ignores(&f)
		if f.Ignored == "" && s.Ignore != nil {
			f.Ignored = s.Ignore(&f)
		}
		switch {
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
			if f.At.File == u.Name() && low || f.At.File != u.Name() && lowered.MatchString(f.At.File) {
				f.lower()
			}
			found = append(found, f)
		}
	}
	return found
}

// maxFindings is how many findings of one rule a file can have.
const maxFindings = 1000

// complete fills in what a rule leaves to us.
func complete(f Finding, r *Rule, name string, lines lineTable, s Settings) Finding {
	f.Rule = r.ID
	f.Level, f.Mode = cmp.Or(f.Level, r.Level), cmp.Or(f.Mode, r.Mode)
	if f.Mode == Strict && s.Only != nil {
		f.Mode = Default // asked for by name
	}
	f.At.File = cmp.Or(f.At.File, name)
	if f.At.File == name {
		f.Line = lines.line(f.At.Start)
	}
	return f
}

// A lineTable is where each line of a source begins.
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
	return max(i, 1)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// lowered are the folders whose files nobody runs in production.
var lowered = lazyregexp.New(`(?i)(^|/)(\.devcontainer|tests?|testdata|testing|examples?|samples?|fixtures?|e2e|integration[-_]tests?)[^/]*/`)

// lower takes a finding one step down; below could it is information.
func (f *Finding) lower() {
	if f.Level < Could {
		f.Level++
	} else {
		f.Mode = Information
	}
}

func sortFindings(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Start, b.At.Start), strings.Compare(a.Rule, b.Rule))
	})
}
