package policy

import (
	"cmp"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Fix holds the first versions that one advisory does not affect: on the same
// line, on the same MAJOR, and of all. Zero for none.
type Fix struct {
	Safe, Minor, Any version.Version
}

// firstFixes returns the Fix of each advisory.
func (q Input) firstFixes(newer []version.Candidate, cur version.Version, line version.Line) []Fix {
	list := make([]Fix, len(q.Affected))
	for n, wrong := range q.Affected {
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

// A fix is a candidate that at least one advisory does not affect.
type fix struct {
	version.Candidate
	level version.Level // of the update
	left  int           // how many advisories affect it
}

// fixes returns the candidates with at least one fix, grouped by line, in each
// the newest first. The smallest level comes first, then the fewest remaining
// advisories, then the nearest line.
func (q Input) fixes(newer []version.Candidate, cur version.Version, line version.Line) (lines [][]version.Candidate) {
	if len(q.Affected) == 0 {
		return nil
	}
	var all []fix
	for _, c := range within(newer, cur, line, version.Major) {
		if left := q.left(c.Version); left < len(q.Affected) {
			all = append(all, fix{c, max(version.Between(cur, c.Version, line), version.Patch), left})
		}
	}
	slices.SortStableFunc(all, func(x, y fix) int {
		return cmp.Or(cmp.Compare(x.level, y.level), cmp.Compare(x.left, y.left), prefer(cur, x.Version, y.Version))
	})
	for n, first := 0, 0; n < len(all); n++ {
		c, start := all[n], all[first]
		if n == 0 || c.level != start.level || c.left != start.left || version.Between(start.Version, c.Version, line) > version.Patch {
			lines, first = append(lines, nil), n
		}
		last := &lines[len(lines)-1]
		*last = append(*last, c.Candidate)
	}
	for _, l := range lines {
		slices.Reverse(l)
	}
	return lines
}

// left returns how many of the advisories affect v.
func (q Input) left(v version.Version) (n int) {
	for _, wrong := range q.Affected {
		if wrong(v) {
			n++
		}
	}
	return n
}
