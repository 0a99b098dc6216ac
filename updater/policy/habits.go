package policy

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// enough is how many distinct MAJOR.MINOR of one MAJOR show a habit.
const enough = 3

// line returns what must not move, and whether that is MAJOR because the
// project never patches. Where only dates can prove that it does not, the
// successor is the version whose date does, with that of cur.
func (p Policy) line(cur version.Version, q Input) (line version.Line, neverPatches bool, successor version.Version) {
	switch p.Line {
	case LineMinor:
		return version.LineMinor, false, successor
	case LineMajor:
		return version.LineMajor, false, successor
	case LineAny:
		return version.LineAny, false, successor
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
	default:
		if successor = q.successor(cur); !successor.IsZero() && !q.neverPatched(cur) {
			successor = version.Version{}
		}
	}
	return version.LineMinor, false, successor
}

// countsPlainly reports whether the second number of a version can be the one
// in which its project patches.
func countsPlainly(cur version.Version) bool {
	return cur.Major() > 0 && len(cur.Release) >= 2 && !cur.Revised && !cur.Calendar() && !cur.NumberBehind() && !development(cur.Text)
}

// neverPatched reports whether the releases of the MAJOR of cur look like those
// of a project that patches in its second number. Every one counts, whatever its
// prefix, variant or precision: patching is a habit of the project. It takes
// little to refute and never proves anything of releases that can be built again.
func (q Input) neverPatched(cur version.Version) bool {
	if cur.Padded || q.patched(cur) {
		return false
	}
	minors := map[uint64]bool{cur.Minor(): true}
	for _, c := range q.published() {
		v := c.Version
		if c.Package != "" || v.Epoch != cur.Epoch || v.IsName() || v.Major() != cur.Major() {
			continue
		}
		if v.Padded || q.patched(v) {
			return false
		}
		if !v.Pre && len(v.Release) >= 2 {
			minors[v.Minor()] = true
		}
	}
	return len(minors) >= enough
}

// patched reports whether a version is a patch of another one. Of what can be
// built again, the mere place for a patch is enough: 1.2.0 says that there may
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
// cur; zero where there is none, so that nothing can be proved.
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

// channels are words for what is built from the newest source again and again.
var channels = []string{
	"dev", "devel", "develop", "development", "edge", "nightly", "unstable", "snapshot", "canary", "testing", "test", "experimental",
	"main", "master", "trunk", "head", "next", "preview", "weekly", "daily", "latest", "insiders",
}

func development(tag string) bool {
	words := strings.FieldsFunc(strings.ToLower(tag), func(r rune) bool { return strings.ContainsRune("-_.+", r) })
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(channels, w) })
}
