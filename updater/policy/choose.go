package policy

import (
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Input is everything that a choice depends on, besides the policy.
type Input struct {
	Pin        version.Version            // the version pinned; zero for a range
	Admits     func(version.Version) bool // the versions inside a range; nil: exactly Pin
	Excludes   func(version.Version) bool // versions that the author ruled out; nil: none
	Runs       func(runtime string) bool  // whether the project's language version can run a candidate; nil: all
	Candidates []version.Candidate        // what is published, in any order
	AllStages  bool                       // pre-releases are all that was ever published, so that a pre-release may move to any of them

	// Published is all that is published, whatever its track: there the habits
	// of the project are read off; nil: Candidates.
	Published []version.Candidate
	Rebuilt   bool // releases can be built again, as images are, so that what is published proves nothing
	Proved    bool // the dates of the version in use and of Result.Successor prove that it was not

	// Affected has, for each thing that is known to be wrong with the version in
	// use, whether it is wrong with another one as well.
	Affected []func(version.Version) bool
}

// A Result holds the three answers, each independent of the others, and what
// the policy would propose.
type Result struct {
	Current   version.Candidate // the version in use; only its Version is sure to be set
	Safe      version.Candidate // newest on the same line; Current where nothing is newer
	Minor     version.Candidate // newest on the same MAJOR
	Latest    version.Candidate // newest of all
	NewerBase version.Candidate // newest on a newer base system; zero for none

	Barred   version.Candidate // newest of all that only the project's language version rules out, beyond Latest; zero for none
	Unlisted bool              // the version pinned is not among what is published

	Line         version.Line
	NeverPatches bool                // the line is MAJOR because the project patches in its second number
	Successor    version.Version     // the project looks like that, and the date of this version may prove it; else zero
	Proposals    []version.Candidate // what the policy allows, best first; empty where nothing newer is allowed

	Lines [][]version.Candidate // the newer release lines, the nearest first, each with its best first; nil unless Policy.Living

	// Of what is wrong with the version in use, whatever the policy allows.
	Fixes      [][]version.Candidate // what to move to, by line, the best first; empty where nothing is wrong or nothing helps
	FirstFixes []Fix                 // in the order of Input.Affected
}

// Choose answers the question. A zero Current in the answer means that nothing
// published lies inside the range.
func (p Policy) Choose(q Input) Result {
	q.Candidates = p.proposable(q.meant())
	usable, barred := q.usable()
	a := Result{Current: q.current(usable), Unlisted: q.unlisted()}
	cur := a.Current.Version
	a.Safe, a.Minor, a.Latest = a.Current, a.Current, a.Current
	if cur.IsZero() || cur.IsName() {
		a.FirstFixes = make([]Fix, len(q.Affected))
		return a
	}
	a.Line, a.NeverPatches, a.Successor = p.line(cur, q)
	newer := q.newerThan(cur, usable)
	a.Safe = best(cur, within(newer, cur, a.Line, version.Patch), a.Current)
	a.Minor = best(cur, within(newer, cur, a.Line, version.Minor), a.Current)
	a.Latest = best(cur, newer, a.Current)
	a.Barred = best(cur, within(q.newerThan(a.Latest.Version, barred), cur, a.Line, version.Major), version.Candidate{})
	a.FirstFixes, a.Fixes = q.mends(newer, cur, a.Line), q.fixes(newer, cur, a.Line)
	if p.Living && !p.Security && p.Allow != version.Digest {
		a.Lines = newerLines(newer, cur, a.Line)
	}
	bases := onNewerBase(cur, usable)
	a.NewerBase = best(cur, bases, version.Candidate{})
	a.Proposals = within(newer, cur, a.Line, p.Allow)
	if p.Base {
		a.Proposals = append(a.Proposals, within(bases, cur, a.Line, p.Allow)...)
	}
	if p.Allow == version.Digest || p.Security {
		a.Proposals = nil
	}
	slices.SortStableFunc(a.Proposals, func(x, y version.Candidate) int { return prefer(cur, y.Version, x.Version) })
	return a
}

// proposable marks what the settings rule out: it is shown, and never proposed.
func (p Policy) proposable(list []version.Candidate) []version.Candidate {
	if p.Versions.String() == "" {
		return list
	}
	list = slices.Clone(list)
	for n, c := range list {
		if c.ShownOnly == "" && c.Package == "" && !p.Versions.Allow(c.Version) {
			list[n].ShownOnly = "versions: " + p.Versions.String() + " leaves it out"
		}
	}
	return list
}

// usable leaves out what was withdrawn, ruled out or does not run; barred is
// what does nothing but not run.
func (q Input) usable() (usable, barred []version.Candidate) {
	for _, c := range q.Candidates {
		switch {
		case c.Withdrawn != "" || q.Excludes != nil && q.Excludes(c.Version):
		case q.Runs != nil && !q.Runs(c.Runtime):
			barred = append(barred, c)
		default:
			usable = append(usable, c)
		}
	}
	return usable, barred
}

// meant leaves out the stand-ins, unless the pin is one or nothing else is published.
func (q Input) meant() []version.Candidate {
	if !slices.ContainsFunc(q.Candidates, func(c version.Candidate) bool { return c.StandIn }) {
		return q.Candidates
	}
	own := func(c version.Candidate) bool { return !c.StandIn && c.Version.Track == q.Pin.Track }
	pinned := func(c version.Candidate) bool {
		return c.StandIn && !q.Pin.IsZero() && version.Compare(c.Version, q.Pin) == 0
	}
	if !slices.ContainsFunc(q.Candidates, own) || slices.ContainsFunc(q.Candidates, pinned) {
		return q.Candidates
	}
	return without(q.Candidates, func(c version.Candidate) bool { return c.StandIn })
}

// unlisted reports whether one version is pinned and is not published.
func (q Input) unlisted() bool {
	if q.Admits != nil || q.Pin.IsName() {
		return false
	}
	return !slices.ContainsFunc(q.Candidates, func(c version.Candidate) bool {
		return c.Package == "" && c.Version.Track == q.Pin.Track && version.Compare(c.Version, q.Pin) == 0
	})
}

// current returns the version in use: that of the pin, or the newest one inside the range,
// a pre-release only where nothing stable is inside.
func (q Input) current(usable []version.Candidate) version.Candidate {
	if q.Admits == nil {
		return q.pinned()
	}
	var newest version.Candidate
	for _, c := range usable {
		v := c.Version
		if v.Track != q.Pin.Track || c.Package != "" || c.ShownOnly != "" || !q.Admits(v) {
			continue
		}
		if newest.Version.IsZero() || newest.Version.Pre && !v.Pre || newest.Version.Pre == v.Pre && version.Compare(v, newest.Version) > 0 {
			newest = c
		}
	}
	return newest
}

// pinned returns what is published as the pinned version, which may be spelled
// otherwise there: 1.0 is published as 1.0.0.
func (q Input) pinned() version.Candidate {
	same := version.Candidate{Version: q.Pin}
	for _, c := range q.Candidates {
		switch v := c.Version; {
		case c.Package != "" || v.Track != q.Pin.Track:
		case v.Text == q.Pin.Text:
			return c
		case !v.IsName() && version.Compare(v, q.Pin) == 0:
			same = c
			same.Version = q.Pin
		}
	}
	return same
}

// newerThan returns the candidates that may replace cur: on its track, newer,
// and stable unless they are stages of the same release that cur is a stage of.
func (q Input) newerThan(cur version.Version, usable []version.Candidate) []version.Candidate {
	return without(usable, func(c version.Candidate) bool {
		v := c.Version
		return v.Track != cur.Track || version.Compare(v, cur) <= 0 || !stageAllowed(cur, v) && !(q.AllStages && cur.Pre)
	})
}

// without copies the candidates that are not left out: few of thousands, mostly.
func without(list []version.Candidate, out func(version.Candidate) bool) (kept []version.Candidate) {
	for _, c := range list {
		if !out(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

func stageAllowed(cur, v version.Version) bool {
	return !v.Pre || cur.Pre && v.SameCore(cur)
}

// onNewerBase returns the candidates that are no older than cur and stand on a newer base system.
func onNewerBase(cur version.Version, usable []version.Candidate) []version.Candidate {
	return without(usable, func(c version.Candidate) bool {
		v := c.Version
		return !v.NewerBase(cur) || olderCore(v, cur) || !stageAllowed(cur, v)
	})
}

// olderCore compares versions of different tracks, whose build revisions cannot be compared.
func olderCore(v, cur version.Version) bool {
	return !v.SameCore(cur) && version.Compare(v, cur) < 0
}

// within returns the candidates at most limit away from cur that may be proposed.
func within(list []version.Candidate, cur version.Version, line version.Line, limit version.Level) []version.Candidate {
	var out []version.Candidate
	for _, c := range list {
		if c.ShownOnly == "" && c.Package == "" && version.Between(cur, c.Version, line) <= limit {
			out = append(out, c)
		}
	}
	return out
}

// newerLines returns the candidates beyond the line of cur by line, the nearest
// line first, each with its best first.
func newerLines(newer []version.Candidate, cur version.Version, line version.Line) (lines [][]version.Candidate) {
	all := without(within(newer, cur, line, version.Major), func(c version.Candidate) bool {
		return version.Between(cur, c.Version, line) <= version.Patch
	})
	slices.SortStableFunc(all, func(x, y version.Candidate) int { return prefer(cur, x.Version, y.Version) })
	for n, c := range all {
		if n == 0 || version.Between(all[n-1].Version, c.Version, line) > version.Patch {
			lines = append(lines, nil)
		}
		last := &lines[len(lines)-1]
		*last = append(*last, c)
	}
	for _, l := range lines {
		slices.Reverse(l)
	}
	return lines
}

// best returns the newest candidate, or otherwise where there is none.
func best(cur version.Version, list []version.Candidate, otherwise version.Candidate) version.Candidate {
	if len(list) == 0 {
		return otherwise
	}
	return slices.MaxFunc(list, func(x, y version.Candidate) int { return prefer(cur, x.Version, y.Version) })
}

// prefer orders two candidates for cur, the better one last: the newer version,
// then the newer base system. Of two spellings of one build (8.7-1085 and
// 8.7-1085.1679482090) that of the version in use is better.
func prefer(cur, x, y version.Version) int {
	if a, b := sameSpelling(cur, x), sameSpelling(cur, y); a != b && cur.Revised && sameBuild(x, y) {
		if a {
			return 1
		}
		return -1
	}
	if c := version.Compare(x, y); c != 0 {
		return c
	}
	return version.CompareParts(x.BaseOrder, y.BaseOrder)
}

func sameSpelling(cur, v version.Version) bool { return len(cur.Order) == len(v.Order) }

// sameBuild reports whether one of two build revisions only says more than the other.
func sameBuild(x, y version.Version) bool {
	n := min(len(x.Order), len(y.Order))
	return x.SameCore(y) && version.CompareParts(x.Order[:n], y.Order[:n]) == 0
}

// Between returns how far apart two versions are where nothing is known of the
// other releases, so that a project that never patches is not recognised.
func (p Policy) Between(v, w version.Version) version.Level {
	line, _, _ := p.line(v, Input{})
	return version.Between(v, w, line)
}

// ShowsNoPatches reports whether the releases of a package show that it patches
// in its second number.
func (p Policy) ShowsNoPatches(cur version.Version, all []version.Candidate) bool {
	_, never, _ := p.line(cur, Input{Candidates: all})
	return never
}

// Young reports whether something published at that time has to wait, and until when.
// An unknown time never waits.
func Young(published, now time.Time, wait time.Duration) (until time.Time, young bool) {
	until = published.Add(wait)
	return until, !published.IsZero() && wait > 0 && now.Before(until)
}

// Facts are what was looked up about one candidate after it was chosen.
type Facts struct {
	Unchanged bool     // it is the very thing that is in use already
	Missing   []string // platforms that are offered now and would not be
}

// A Verdict says what becomes of a candidate.
type Verdict int

// The verdicts.
const (
	Take     Verdict = iota // propose it
	Same                    // nothing would change; the next one may
	Platform                // it would lose a platform; the next one may not
)

// Judge decides about a candidate once its facts are known.
func Judge(f Facts) Verdict {
	switch {
	case f.Unchanged:
		return Same
	case len(f.Missing) > 0:
		return Platform
	}
	return Take
}
