package conflict

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
)

// shared adds clashes of two lines with requirements for a third, a range that
// does not move: each requirement alone may admit a version of it, and both
// together none.
func (m *matcher) shared(q *Entry) {
	// Two that ask for a line with one version clash with that line, not with each other.
	if _, one := q.Was().Only(q.Versions); one || q.Move != solve.Still || q.Source || len(q.Versions) == 0 {
		return
	}
	requirers := m.requirersOf(q)
	for n, p := range requirers {
		for _, o := range requirers[n+1:] {
			m.pair(p, o, func(ps, qs int) Reason { return m.jointly(p, o, q, ps, qs) })
		}
	}
}

// requirersOf returns the lines that require a package in any of their states.
func (m *matcher) requirersOf(q *Entry) []*Entry {
	if m.requirers == nil {
		m.requirers = map[string][]*Entry{} // on first use: without a range that does not move, they are not needed
		for _, p := range m.Pins {
			m.requires(p)
		}
	}
	return m.requirers[q.Name]
}

// requires records the packages that a line requires.
func (m *matcher) requires(p *Entry) {
	for n := range p.States {
		for _, d := range p.States[n].dists() {
			known := m.requirers[d.name]
			if !p.Source && d.name != p.Name && len(known) < maxSame && (len(known) == 0 || known[len(known)-1] != p) {
				m.requirers[d.name] = append(known, p)
			}
		}
	}
}

// counting returns the requirements of p for q that apply in all of the environments.
func (m *matcher) counting(p, q *Entry, state int, places pep508.Mask) []Dist {
	var out []Dist
	s := &p.States[state]
	for n, d := range s.dists() {
		if d.name == q.Name && places != 0 && places&^m.where(p, s, n) == 0 {
			out = append(out, d)
		}
	}
	return out
}

// jointly returns why two lines exclude each other: requirements of theirs together
// admit no version of the range q, although each alone does. It returns nil if none do.
func (m *matcher) jointly(p, o, q *Entry, ps, os int) Reason {
	if p.States[ps].dists() == nil || o.States[os].dists() == nil {
		return nil // most states are never looked up
	}
	places := m.focus(m.places[p], m.places[o], m.places[q])
	for _, d := range m.counting(p, q, ps, places) {
		for _, e := range m.counting(o, q, os, places) {
			both := slices.Concat(d.clauses, e.clauses)
			if !q.Was().admits(d.clauses, q.Versions) || !q.Was().admits(e.clauses, q.Versions) || q.Was().leaves(both, q.Versions) {
				continue
			}
			return func(held int) string {
				if held != p.Move {
					return m.tellShared(o, p, os, ps, e, d)
				}
				return m.tellShared(p, o, ps, os, d, e)
			}
		}
	}
	return nil
}

// tellShared says what two lines require of a third; the first is held.
func (m *matcher) tellShared(p, o *Entry, ps, os int, d, e Dist) string {
	return fmt.Sprintf("%s %s requires %s, and %s %s, which requires %s", p.Shown, p.States[ps].Version, d, m.line(o), o.says(os), e)
}
