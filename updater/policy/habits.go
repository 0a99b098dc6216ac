package policy

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// enough is how many distinct MAJOR.MINOR of one MAJOR show that a project never patches.
const enough = 3

// line returns the release line, and whether it is MAJOR because the project
// never patches. If only dates can prove that, successor is the version whose
// date, together with that of cur, does.
func (p Policy) line(cur version.Version, q Input) (line version.Line, neverPatches bool, successor version.Version) {
	if set, ok := fixedLines[p.Line]; ok {
		return set, false, successor
	}
	switch {
	case !countsPlainly(cur):
	case p.NeverPatches > 0 && cur.Major() >= p.NeverPatches:
		return version.LineMajor, true, successor
	case !q.Rebuilt:
		if q.neverPatched(cur) {
			return version.LineMajor, true, successor
		}
	case q.Proved:
		return version.LineMajor, true, successor
	default: // images: what is listed may have been published again, so only dates can prove it
		if successor = q.successor(cur); !successor.IsZero() && !q.neverPatched(cur) {
			successor = version.Version{}
		}
	}
	return version.LineMinor, false, successor
}

// fixedLines are the lines that settings name. LineAuto is none of them.
var fixedLines = map[Line]version.Line{LineMinor: version.LineMinor, LineMajor: version.LineMajor, LineAny: version.LineAny}

// countsPlainly reports whether the project may publish its fixes by raising the
// second number of its versions.
func countsPlainly(cur version.Version) bool {
	// Below 1.0 any number may mark an incompatible change (semver.org, item 4).
	return cur.Major() > 0 && len(cur.Release) >= 2 && !cur.Revised && !cur.Calendar() && !cur.NumberBehind() && !development(cur.Text)
}

// neverPatched reports whether the releases with the MAJOR of cur look like those
// of a project that never patches. It considers all prefixes, variants and
// precisions, because patching is a convention of the project. One patch refutes
// it. For versions that can be published again it is necessary and not sufficient.
func (q Input) neverPatched(cur version.Version) bool {
	if cur.Padded || q.patched(cur) {
		return false
	}
	minors := map[uint64]bool{cur.Minor(): true}
	for _, c := range q.published() {
		v := c.Version
		// A project may change its habit with a MAJOR, as PostgreSQL did with 10.
		if c.Package != "" || v.Epoch != cur.Epoch || v.IsName() || v.Major() != cur.Major() {
			continue
		}
		if v.Padded || q.patched(v) {
			return false
		}
		// A floating tag such as 2 is no release of its own.
		if !v.Pre && len(v.Release) >= 2 {
			minors[v.Minor()] = true
		}
	}
	return len(minors) >= enough
}

// patched reports whether a version is a patch release. If versions can be
// published again, room for a patch number is enough: 1.2.0 shows that there may
// be a 1.2.1, and so does the 7.3.16 of 3.10-7.3.16.
func (q Input) patched(v version.Version) bool {
	if q.Rebuilt {
		return len(v.Release) > 2 || v.Revised || v.NumberBehind()
	}
	return len(v.Release) > 2 && slices.ContainsFunc(v.Release[2:], func(n uint64) bool { return n != 0 })
}

func (q Input) published() []version.Candidate {
	if q.Published != nil {
		return q.Published
	}
	return q.Candidates
}

// successor returns the first release of the next MAJOR.MINOR on the track of
// cur, or zero if there is none.
func (q Input) successor(cur version.Version) (next version.Version) {
	for _, c := range q.Candidates {
		v := c.Version
		if v.Track != cur.Track || v.Pre || c.Package != "" || v.Major() != cur.Major() || v.Minor() <= cur.Minor() {
			continue
		}
		if next.IsZero() || version.Compare(v, next) < 0 {
			next = v
		}
	}
	return next
}

// channels are the words in tags that move with every build.
var channels = []string{
	"dev", "devel", "develop", "development", "edge", "nightly", "unstable", "snapshot", "canary", "testing", "test", "experimental",
	"main", "master", "trunk", "head", "next", "preview", "weekly", "daily", "latest", "insiders",
}

func development(tag string) bool {
	words := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return strings.ContainsRune("-_.+", r) })
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(channels, w) })
}
