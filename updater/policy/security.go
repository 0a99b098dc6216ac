package policy

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Mend is where one thing that is wrong with the version in use is not wrong
// any more: the first such version within each reach. Zero for none.
type Mend struct {
	Safe, Minor, Any version.Version
}

// mends returns the Mend of each thing that is wrong.
func (q Question) mends(newer []version.Candidate, cur version.Version, line version.Line) []Mend {
	list := make([]Mend, len(q.Wrong))
	for n, wrong := range q.Wrong {
		for _, c := range newer {
			if c.Package != "" || wrong(c.Version) {
				continue
			}
			first := func(to *version.Version) {
				if to.IsZero() || version.Compare(c.Version, *to) < 0 {
					*to = c.Version
				}
			}
			first(&list[n].Any)
			if level := version.Between(cur, c.Version, line); level <= version.Patch {
				first(&list[n].Safe)
				first(&list[n].Minor)
			} else if level <= version.Minor {
				first(&list[n].Minor)
			}
		}
	}
	return list
}

// fixes returns the candidates of the smallest band in which anything that is
// wrong is not wrong any more: those that leave the least, on the nearest line
// that has one, the newest first.
func (q Question) fixes(newer []version.Candidate, cur version.Version, line version.Line) []version.Candidate {
	for _, level := range []version.Level{version.Patch, version.Minor, version.Major} {
		best, least := []version.Candidate(nil), len(q.Wrong)
		for _, c := range within(newer, cur, line, level) {
			left := q.left(c.Version)
			if left < least {
				best, least = nil, left
			}
			if left == least && left < len(q.Wrong) {
				best = append(best, c)
			}
		}
		if len(best) > 0 {
			slices.SortStableFunc(best, func(x, y version.Candidate) int { return prefer(cur, y.Version, x.Version) })
			first := best[len(best)-1].Version
			return slices.DeleteFunc(best, func(c version.Candidate) bool { return version.Between(first, c.Version, line) > version.Patch })
		}
	}
	return nil
}

// left counts what is wrong with a version of that which is wrong with the one in use.
func (q Question) left(v version.Version) (n int) {
	for _, wrong := range q.Wrong {
		if wrong(v) {
			n++
		}
	}
	return n
}
