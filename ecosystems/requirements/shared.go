package requirements

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
)

// shared adds clashes of two lines with requirements for a third, a range that
// does not move: each requirement alone may admit a version of it, and both
// together none.
func (m *matcher) shared(q *entry) {
	// Two that ask for a line with one version clash with that line, not with each other.
	if _, one := q.was().only(q.versions); one || q.move != solve.Still || q.source || len(q.versions.releases) == 0 {
		return
	}
	requirers := m.requirersOf(q)
	for n, p := range requirers {
		for _, o := range requirers[n+1:] {
			m.pair(p, o, func(ps, qs int) reason { return m.jointly(p, o, q, ps, qs) })
		}
	}
}

// requirersOf returns the lines that require a package in any of their states.
func (m *matcher) requirersOf(q *entry) []*entry {
	if m.requirers == nil {
		m.requirers = map[string][]*entry{} // late, because few sets have a range that does not move
		for _, p := range m.pins {
			m.requires(p)
		}
	}
	return m.requirers[q.name]
}

// requires records the packages that a line requires.
func (m *matcher) requires(p *entry) {
	for n := range p.states {
		for _, d := range p.states[n].dists() {
			known := m.requirers[d.name]
			if !p.source && d.name != p.name && len(known) < maxSame && (len(known) == 0 || known[len(known)-1] != p) {
				m.requirers[d.name] = append(known, p)
			}
		}
	}
}

// counting returns the requirements of p for q that apply in all of the environments.
func (m *matcher) counting(p, q *entry, state int, places pep508.Mask) []dist {
	var out []dist
	s := &p.states[state]
	for n, d := range s.dists() {
		if d.name == q.name && places != 0 && places&^m.where(p, s, n) == 0 {
			out = append(out, d)
		}
	}
	return out
}

// jointly returns why two lines exclude each other: requirements of theirs together
// admit no version of the range q, although each alone does. It returns nil if none do.
func (m *matcher) jointly(p, o, q *entry, ps, os int) reason {
	if p.states[ps].dists() == nil || o.states[os].dists() == nil {
		return nil // most states are never looked up
	}
	places := m.focus(m.places[p], m.places[o], m.places[q])
	for _, d := range m.counting(p, q, ps, places) {
		for _, e := range m.counting(o, q, os, places) {
			both := slices.Concat(d.clauses, e.clauses)
			if !q.was().admits(d.clauses, q.versions) || !q.was().admits(e.clauses, q.versions) || q.was().leaves(both, q.versions) {
				continue
			}
			return func(held int) string {
				if held != p.move {
					return m.tellShared(o, p, os, ps, e, d)
				}
				return m.tellShared(p, o, ps, os, d, e)
			}
		}
	}
	return nil
}

// tellShared says what two lines require of a third; the first is held.
func (m *matcher) tellShared(p, o *entry, ps, os int, d, e dist) string {
	return fmt.Sprintf("%s %s requires %s, and %s %s, which requires %s", p.shown, p.states[ps].version, d, m.line(o), o.says(os), e)
}
