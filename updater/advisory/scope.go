package advisory

import (
	"cmp"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A scope is what a record says about one package, with its versions read once.
type scope struct {
	texts  map[string]bool   // that are listed, as they are written
	listed []version.Version // the same, in order
	ranges [][]point
}

// scopeOf reads what a record says about a package. The evaluation is that of
// the schema, "Evaluation": a version is affected that is listed, or lies
// inside of a range. Ranges of commits say nothing about versions.
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
	if s.texts[v.Text] {
		return true
	}
	if _, found := slices.BinarySearchFunc(s.listed, v, version.Compare); found {
		return true
	}
	return slices.ContainsFunc(s.ranges, func(points []point) bool { return contains(points, v) })
}

// fixes returns the versions that fix it, in order.
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

// A point is an event at its version.
type point struct {
	at    version.Version
	first bool // before every version
	kind  int
}

// The kinds of points, in the order in which those at one version count.
const (
	isIntroduced = iota
	isFixed
	isLast
	isLimit
)

// contains reports whether a version lies inside of a range.
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

// points returns the events in the order of their versions. What cannot be read
// as a version says nothing.
func (r Range) points(read Reader) []point {
	var list []point
	for _, e := range r.Events {
		for kind, text := range []string{e.Introduced, e.Fixed, e.LastAffected, e.Limit} {
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
