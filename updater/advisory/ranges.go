package advisory

import (
	"cmp"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Reader reads a version as its ecosystem writes it; ok is false for what is none.
type Reader func(text string) (v version.Version, ok bool)

// Affects reports whether a version of a package is affected: it is listed, or
// inside of a range. The evaluation is that of the schema, "Evaluation".
func (r *Record) Affects(pkg Package, v version.Version, read Reader) bool {
	for n := range r.Affected {
		if a := &r.Affected[n]; a.Package == pkg && a.affects(v, read) {
			return true
		}
	}
	return false
}

func (a *Affected) affects(v version.Version, read Reader) bool {
	if a.lists(v, read) {
		return true
	}
	for _, r := range a.ranges() {
		if r.contains(v, read) {
			return true
		}
	}
	return false
}

// ranges returns those that speak of versions, not of commits.
func (a *Affected) ranges() []Range {
	return slices.DeleteFunc(slices.Clone(a.Ranges), func(r Range) bool { return r.Type == "GIT" })
}

// lists reports whether a version is named.
func (a *Affected) lists(v version.Version, read Reader) bool {
	return slices.ContainsFunc(a.Versions, func(text string) bool {
		listed, ok := read(text)
		return text == v.Text || ok && version.Compare(listed, v) == 0
	})
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

// contains reports whether a version is inside of a range.
func (r Range) contains(v version.Version, read Reader) bool {
	inside := false
	for _, p := range r.points(read) {
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
			var ok bool
			if p.at, ok = read(text); text != "" && (ok || p.first) {
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

// Fixes returns the versions that fix a package, in order, each once.
func (r *Record) Fixes(pkg Package, read Reader) []version.Version {
	var list []version.Version
	for n := range r.Affected {
		if r.Affected[n].Package != pkg {
			continue
		}
		for _, ra := range r.Affected[n].ranges() {
			for _, p := range ra.points(read) {
				if p.kind == isFixed {
					list = append(list, p.at)
				}
			}
		}
	}
	slices.SortFunc(list, version.Compare)
	return slices.CompactFunc(list, func(a, b version.Version) bool { return version.Compare(a, b) == 0 })
}

// Imports returns the packages of a Go module that are vulnerable; none where the record does not say.
func (r *Record) Imports(pkg Package) []Import {
	var list []Import
	for n := range r.Affected {
		if r.Affected[n].Package == pkg {
			list = append(list, r.Affected[n].Specific.Imports...)
		}
	}
	return list
}
