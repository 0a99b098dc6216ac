package policy

import (
	"slices"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Input holds everything that a choice depends on, apart from the policy.
type Input struct {
	Pin        version.Version            // the version pinned; zero for a range
	Admits     func(version.Version) bool // the versions inside a range; nil: exactly Pin
	Excludes   func(version.Version) bool // versions that the file's author excluded; nil: none
	Runs       func(runtime string) bool  // whether the project's language version can run a candidate; nil: all
	Candidates []version.Candidate        // the published versions, in any order
	AllStages  bool                       // only pre-releases were ever published, so a pre-release may move to any other

	// Published holds the published versions of all tracks. They show whether the
	// project publishes patches; nil means Candidates.
	Published []version.Candidate
	Rebuilt   bool // a version can be published again, as images are, so listings do not prove that a project never patches
	Proved    bool // the dates of the version in use and of Result.Successor prove that it was not published again

	// Affected has a function for each advisory that affects the version in use:
	// it reports whether the advisory affects another version too.
	Affected []func(version.Version) bool
}

// A Result holds three independent answers (Safe, Minor, Latest) and the
// proposals of the policy.
type Result struct {
	Current   version.Candidate // the version in use; only its Version is always set
	Safe      version.Candidate // newest on the same line; Current if none is newer
	Minor     version.Candidate // newest on the same MAJOR
	Latest    version.Candidate // newest of all
	NewerBase version.Candidate // newest on a newer base system; zero for none

	Barred   version.Candidate // newest of those beyond Latest that only the project's language version excludes; zero for none
	Unlisted bool              // the pinned version is not published

	Line         version.Line
	NeverPatches bool                // the line is MAJOR because the project publishes its fixes as minor releases
	Successor    version.Version     // the version whose date can prove NeverPatches; zero if it is not needed or cannot
	Proposals    []version.Candidate // what the policy allows, best first; empty if it allows nothing newer

	Lines [][]version.Candidate // the newer release lines, nearest first, each with its best version first; nil unless Policy.Living

	// Fixes of advisories, beyond what the policy allows too.
	Fixes      [][]version.Candidate // versions with at least one fix, by line, best first; empty without advisories or fixes
	FirstFixes []Fix                 // in the order of Input.Affected
}

// Choose decides which versions a pin may move to. A zero Current in the result
// means that the range contains no published version.
func (p Policy) Choose(q Input) Result {
	q.Candidates = p.proposable(q.withoutStandIns())
	usable, barred := q.usable()
	a := Result{Current: q.current(usable), Unlisted: q.unlisted()}
	cur := a.Current.Version
	a.Safe, a.Minor, a.Latest = a.Current, a.Current, a.Current
	if cur.IsZero() || cur.IsName() { // a name such as stable is neither newer nor older than a version
		a.FirstFixes = make([]Fix, len(q.Affected))
		return a
	}
	a.Line, a.NeverPatches, a.Successor = p.line(cur, q)
	newer := q.newerThan(cur, usable)
	a.Safe = best(cur, within(newer, cur, a.Line, version.Patch), a.Current)
	a.Minor = best(cur, within(newer, cur, a.Line, version.Minor), a.Current)
	a.Latest = best(cur, newer, a.Current)
	a.Barred = best(cur, within(q.newerThan(a.Latest.Version, barred), cur, a.Line, version.Major), version.Candidate{})
	a.FirstFixes, a.Fixes = q.firstFixes(newer, cur, a.Line), q.fixes(newer, cur, a.Line)
	if p.Living && !p.Security && p.Allow != version.Digest {
		a.Lines = newerLines(newer, cur, a.Line)
	}
	bases := onNewerBase(cur, usable)
	a.NewerBase = best(cur, bases, version.Candidate{})
	a.Proposals = within(newer, cur, a.Line, p.Allow)
	if p.Base {
		a.Proposals = append(a.Proposals, within(bases, cur, a.Line, p.Allow)...)
	}
	if p.Allow == version.Digest || p.Security { // what Security allows is in Fixes
		a.Proposals = nil
	}
	slices.SortStableFunc(a.Proposals, func(x, y version.Candidate) int { return prefer(cur, y.Version, x.Version) })
	return a
}

// proposable marks the versions that the settings exclude: they are shown and never proposed.
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

// usable returns the candidates that are not withdrawn, not excluded and that
// run; barred are those that only fail to run.
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

// withoutStandIns returns the candidates without the stand-ins, unless the pin is one or nothing else is published.
func (q Input) withoutStandIns() []version.Candidate {
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
	return filter(q.Candidates, func(c version.Candidate) bool { return !c.StandIn })
}

// unlisted reports whether the pin is to one version that is not published.
func (q Input) unlisted() bool {
	if q.Admits != nil || q.Pin.IsName() {
		return false
	}
	return !slices.ContainsFunc(q.Candidates, func(c version.Candidate) bool {
		return c.Package == "" && c.Version.Track == q.Pin.Track && version.Compare(c.Version, q.Pin) == 0
	})
}

// current returns the version in use: that of the pin, or the newest one in the
// range. It is a pre-release only if the range contains nothing stable.
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

// pinned returns the published candidate for the pinned version, which may have
// another spelling: 1.0 is published as 1.0.0.
func (q Input) pinned() version.Candidate {
	same := version.Candidate{Version: q.Pin}
	for _, c := range q.Candidates {
		switch v := c.Version; {
		case c.Package != "" || v.Track != q.Pin.Track:
		case v.Text == q.Pin.Text:
			return c
		case !v.IsName() && version.Compare(v, q.Pin) == 0:
			// Not at once: a later candidate may have the spelling of the pin.
			same = c
			same.Version = q.Pin
		}
	}
	return same
}

// newerThan returns the candidates that may replace cur: newer ones on its track
// that are stable, or stages of the release that cur is a stage of.
func (q Input) newerThan(cur version.Version, usable []version.Candidate) []version.Candidate {
	return filter(usable, func(c version.Candidate) bool {
		v := c.Version
		return v.Track == cur.Track && version.Compare(v, cur) > 0 && (stageAllowed(cur, v) || q.AllStages && cur.Pre)
	})
}

// filter returns the candidates for which keep is true. It appends instead of
// deleting from a clone, because mostly a few of thousands remain.
func filter(list []version.Candidate, keep func(version.Candidate) bool) (kept []version.Candidate) {
	for _, c := range list {
		if keep(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

func stageAllowed(cur, v version.Version) bool {
	return !v.Pre || cur.Pre && v.SameCore(cur)
}

// onNewerBase returns the candidates with a newer base system that are not older than cur.
func onNewerBase(cur version.Version, usable []version.Candidate) []version.Candidate {
	return filter(usable, func(c version.Candidate) bool {
		v := c.Version
		return v.NewerBase(cur) && !olderCore(v, cur) && stageAllowed(cur, v)
	})
}

// olderCore compares versions of different tracks, whose build revisions cannot be compared.
func olderCore(v, cur version.Version) bool {
	return !v.SameCore(cur) && version.Compare(v, cur) < 0
}

// within returns the proposable candidates that are at most limit away from cur.
func within(list []version.Candidate, cur version.Version, line version.Line, limit version.Level) []version.Candidate {
	return filter(list, func(c version.Candidate) bool {
		return c.ShownOnly == "" && c.Package == "" && version.Between(cur, c.Version, line) <= limit
	})
}

// newerLines returns the candidates beyond the line of cur, grouped by line:
// nearest line first, in each the best version first.
func newerLines(newer []version.Candidate, cur version.Version, line version.Line) (lines [][]version.Candidate) {
	all := filter(within(newer, cur, line, version.Major), func(c version.Candidate) bool {
		return version.Between(cur, c.Version, line) > version.Patch
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

// best returns the best candidate, or otherwise if there is none.
func best(cur version.Version, list []version.Candidate, otherwise version.Candidate) version.Candidate {
	if len(list) == 0 {
		return otherwise
	}
	return slices.MaxFunc(list, func(x, y version.Candidate) int { return prefer(cur, x.Version, y.Version) })
}

// prefer compares two candidates for cur; the better one is greater. A newer
// version is better, then a newer base system. Of two spellings of one build
// (8.7-1085 and 8.7-1085.1679482090), the one that cur uses is better.
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

// sameBuild reports whether one of two build revisions is a prefix of the other.
func sameBuild(x, y version.Version) bool {
	n := min(len(x.Order), len(y.Order))
	return x.SameCore(y) && version.CompareParts(x.Order[:n], y.Order[:n]) == 0
}

// Between returns the level of an update from v to w without the other releases
// of the project, and so does not recognise a project that never patches.
func (p Policy) Between(v, w version.Version) version.Level {
	line, _, _ := p.line(v, Input{})
	return version.Between(v, w, line)
}

// ShowsNoPatches reports whether the releases of a package show that it
// publishes its fixes as minor releases.
func (p Policy) ShowsNoPatches(cur version.Version, all []version.Candidate) bool {
	_, never, _ := p.line(cur, Input{Candidates: all})
	return never
}

// Young reports whether a version published at a time must still wait, and until
// when. A version with an unknown date (the zero time) never waits.
func Young(published, now time.Time, wait time.Duration) (until time.Time, young bool) {
	until = published.Add(wait)
	return until, !published.IsZero() && wait > 0 && now.Before(until)
}
