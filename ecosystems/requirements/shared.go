package requirements

import (
	"fmt"

	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// shared adds clashes of two lines with requirements for a third, a range that
// does not move: each requirement alone may admit a version of it, and both
// together none.
func (m *matcher) shared(q *entry) {
	if _, one := q.was.only(q.versions); one || q.move != still || q.source || len(q.versions.releases) == 0 {
		return
	}
	requirers := m.requirersOf(q)
	for n, p := range requirers {
		for _, o := range requirers[n+1:] {
			m.pair(p, o, true, func(p, o *entry, ps, qs int) (dist, bool) {
				d, _, bad := m.jointly(p, o, q, ps, qs)
				return d, bad
			}, func(p, o *entry, ps, qs int, _ dist) func(int) string {
				d, e, _ := m.jointly(p, o, q, ps, qs)
				return func(held int) string {
					if held != p.move {
						return m.tellShared(o, p, qs, ps, e, d)
					}
					return m.tellShared(p, o, ps, qs, d, e)
				}
			})
		}
	}
}

func (m *matcher) tellShared(p, o *entry, ps, qs int, d, e dist) string {
	return fmt.Sprintf("%s %s requires %s, and %s %s, which requires %s", p.shown, p.state(ps).version, d, m.line(o), o.says(qs), e)
}

// requirersOf returns the lines that require a package in any of their states.
func (m *matcher) requirersOf(q *entry) []*entry {
	if m.requirers == nil {
		m.requirers = map[string][]*entry{}
		for _, p := range m.pins {
			m.requires(p)
		}
	}
	return m.requirers[q.name]
}

// requires records the packages that a line requires.
func (m *matcher) requires(p *entry) {
	for state := range p.states() {
		for _, d := range p.state(state).dists() {
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
	s := p.state(state)
	for n, d := range s.dists() {
		if d.name == q.name && places != 0 && places&^m.where(p, s, n) == 0 {
			out = append(out, d)
		}
	}
	return out
}

// jointly returns two requirements that together admit no version of the range q,
// although each alone does.
func (m *matcher) jointly(p, o, q *entry, ps, qs int) (dist, dist, bool) {
	places := m.focus(m.places[p], m.places[o], m.places[q])
	for _, d := range m.counting(p, q, ps, places) {
		for _, e := range m.counting(o, q, qs, places) {
			both := append(append(pepSet(nil), d.clauses...), e.clauses...)
			if q.was.admits(d.clauses, q.versions) && q.was.admits(e.clauses, q.versions) && !q.was.leaves(both, q.versions) {
				return d, e, true
			}
		}
	}
	return dist{}, dist{}, false
}

// leaves reports whether a published version satisfies the state and the clauses
// of several requirements.
func (s state) leaves(clauses pepSet, published listed) bool {
	for _, r := range published.releases {
		if s.clauses.Contains(r.Version, true) && clauses.Contains(r.Version, true) {
			return true
		}
	}
	return false
}
