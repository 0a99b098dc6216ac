package advisory

import (
	"cmp"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A scope holds the affected versions of one package according to one record, parsed once.
type scope struct {
	texts  map[string]bool   // the listed versions, as written
	listed []version.Version // the same, parsed and sorted
	ranges [][]point
}

// scopeOf reads the affected versions of a package (OSV schema, "Evaluation"): a
// version is affected if it is listed or within a range. Ranges of commits are
// ignored.
func scopeOf(r *Record, pkg Package, read Reader) *scope {
	s := &scope{texts: map[string]bool{}}
	for n := range r.Affected {
		a := &r.Affected[n]
		if a.Package.key() != pkg.key() {
			continue
		}
		for _, text := range a.Versions {
			s.texts[text] = true
			if v, ok := read(text); ok {
				s.listed = append(s.listed, v)
			}
		}
		for _, one := range a.Ranges {
			if one.Type != "GIT" {
				s.ranges = append(s.ranges, one.points(read))
			}
		}
	}
	slices.SortFunc(s.listed, version.Compare)
	return s
}

// holds reports whether a version is affected.
func (s *scope) holds(v version.Version) bool {
	// A listed version need not be one that read can parse.
	if s.texts[v.Text] {
		return true
	}
	if _, found := slices.BinarySearchFunc(s.listed, v, version.Compare); found {
		return true
	}
	return slices.ContainsFunc(s.ranges, func(points []point) bool { return contains(points, v) })
}

// fixes returns the fixed versions, in order.
func (s *scope) fixes() (list []version.Version) {
	for _, points := range s.ranges {
		for _, p := range points {
			if p.kind == isFixed {
				list = append(list, p.at)
			}
		}
	}
	slices.SortFunc(list, version.Compare)
	return list
}

// A point is an event with its parsed version.
type point struct {
	at    version.Version
	first bool // before every version
	kind  int
}

// The kinds of points, in the order of evaluation at one version.
const (
	isIntroduced = iota
	isFixed
	isLast
	isLimit
)

// contains reports whether a version is within a range.
func contains(points []point, v version.Version) bool {
	inside := false
	for _, p := range points {
		switch c := p.compare(v); {
		case p.kind == isIntroduced && c <= 0:
			inside = true
		case p.kind == isFixed && c <= 0, p.kind == isLast && c < 0:
			inside = false
		case p.kind == isLimit && c <= 0:
			return false
		}
	}
	return inside
}

func (p point) compare(v version.Version) int {
	if p.first {
		return -1
	}
	return version.Compare(p.at, v)
}

// points returns the events of a range ordered by version. It skips events whose
// version cannot be parsed.
func (r Range) points(read Reader) []point {
	var list []point
	for _, e := range r.Events {
		for kind, text := range []string{e.Introduced, e.Fixed, e.LastAffected, e.Limit} {
			// "0" is before every version, also before pre-releases of 0.
			p := point{kind: kind, first: kind == isIntroduced && text == "0"}
			if text == "" {
				continue
			}
			var ok bool
			if p.at, ok = read(text); ok || p.first {
				list = append(list, p)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b point) int {
		switch {
		case a.first != b.first && a.first:
			return -1
		case a.first != b.first:
			return 1
		case a.first:
			return 0
		}
		return cmp.Or(version.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind))
	})
	return list
}
