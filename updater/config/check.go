package config

import (
	"fmt"
	"path"
	"slices"
	"time"
)

// A Checklist holds the settings of the checklist for one file.
type Checklist struct {
	Level  string // "must", "should", "could"; "" if not set
	Strict bool
	Fix    bool
}

// Checklist returns the settings of the checklist for a file, from the nearest settings file.
func (t *Tree) Checklist(file string) (c Checklist) {
	f := t.nearest(path.Dir(file))
	if f == nil || f.Check == nil {
		return c
	}
	c.Level = given(f.Check.Level, "")
	c.Strict = f.Check.Strict != nil && *f.Check.Strict
	c.Fix = f.Check.Fix != nil && *f.Check.Fix
	return c
}

// IgnoresRule returns the place of the setting that ignores a rule of the checklist
// for a service or stage of a file, as ".freshpin.yaml:7"; "" if there is none.
func (t *Tree) IgnoresRule(file, service, rule string, now time.Time) string {
	f := t.nearest(path.Dir(file))
	if f == nil {
		return ""
	}
	if f.Check != nil && slices.Contains(f.Check.Ignore, rule) {
		return fmt.Sprintf("%s:%d: check.ignore", f.name, f.lines["check.ignore"])
	}
	why := ""
	for n, r := range f.Rules {
		if !r.Match.ofChecklist() || !r.Match.judges(f.relative(file), t.over.branches(), service, rule) || r.Ignore == nil {
			continue
		}
		f.used[n] = true
		switch {
		case !*r.Ignore:
			why = ""
		case !r.expired(now):
			why = fmt.Sprintf("%s:%d: rules", f.name, f.lines[fmt.Sprintf("rules[%d]", n)])
		}
	}
	return why
}

// judges reports whether a rule of the settings applies to a finding of the checklist.
func (m Match) judges(file string, branches []string, service, rule string) bool {
	return (m.File == nil || m.File.Matches(file)) && (m.Branch == nil || m.Branch.Matches(branches...)) &&
		(m.Service == nil || m.Service.Matches(service)) &&
		(m.Rule == nil || m.Rule.Matches(rule)) && m.Ecosystem == nil && m.Name == nil
}
