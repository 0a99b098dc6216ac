package requirements

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
)

// A clash is a conflict between two states of lines, of which at least one moves. If one
// line is enough, both are the same.
type clash struct {
	solve.Clash
	pins [2]*entry // the lines
	why  reason
}

// A reason returns the sentence for holding a move of a clash.
type reason func(held int) string

// clashes returns the conflicts in a set that did not exist before the updates.
// It is pure: a release with unknown requirements has no conflicts. tried are the
// states that the moves were in so far.
func (s *set) clashes(line func(*entry) string, tried []solve.Mask) []clash {
	m := &matcher{
		set: s, line: line, tried: tried, byName: map[string][]*entry{}, places: map[*entry]pep508.Mask{}, extras: map[*entry][]string{},
		counts: map[counted]pep508.Mask{},
	}
	for _, p := range s.pins {
		m.places[p] = p.marker.Where(s.envs, nil)
		if p.name != "" && len(m.byName[p.name]) < maxSame {
			m.byName[p.name] = append(m.byName[p.name], p)
			m.extras[p] = union(p.extras, nil)
		}
	}
	m.spreadExtras()
	for _, p := range s.pins {
		if !p.source {
			m.requirer(p)
			m.shared(p)
		}
		for _, q := range m.byName[p.name] {
			if p != q && p.name != "" && p.before(q) {
				m.doubled(p, q)
			}
		}
	}
	return m.out
}

// before orders two lines, so that each pair is compared once.
func (p *entry) before(q *entry) bool {
	if p.source != q.source {
		return q.source // so that the sentence names the line of the compiled file first
	}
	return cmp.Or(cmp.Compare(p.at.File, q.at.File), cmp.Compare(p.at.Start, q.at.Start)) < 0
}

// A matcher compares the lines of a set.
type matcher struct {
	*set
	line   func(*entry) string
	tried  []solve.Mask
	byName map[string][]*entry
	places map[*entry]pep508.Mask // the environments in which each line applies
	extras map[*entry][]string    // of the line, and of the releases that require it
	out    []clash

	requirers map[string][]*entry // by the required package; nil until first use
	counts    map[counted]pep508.Mask
}

// counted is the key of a requirement of a release with the requested extras.
type counted struct {
	of     *requires
	dist   int
	extras int // their number, which identifies them: extras are never removed
	pin    *entry
}

// where returns the environments in which the n-th requirement of a state applies.
func (m *matcher) where(p *entry, s *state, n int) pep508.Mask {
	key := counted{s.requires, n, len(m.extras[p]), p}
	w, ok := m.counts[key]
	if !ok {
		w = s.requires.where(s.requires.dists[n], m.envs, m.extras[p])
		m.counts[key] = w
	}
	return w
}

// spreadExtras adds the extras that releases require of others in the set
// ("kombu[redis]") until there is no new one. It considers all tried states.
func (m *matcher) spreadExtras() {
	for queue := slices.Clone(m.pins); len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		for n := range p.states {
			if p.move == solve.Still || m.tried[p.move].Has(n) {
				queue = append(queue, m.spread(p, &p.states[n])...)
			}
		}
	}
}

// spread adds the extras that one release requires of others, and returns the changed lines.
func (m *matcher) spread(p *entry, s *state) []*entry {
	var changed []*entry
	for n, d := range s.dists() {
		if len(d.extras) == 0 || m.where(p, s, n) == 0 {
			continue
		}
		for _, q := range m.byName[d.name] {
			if more := union(m.extras[q], d.extras); len(more) > len(m.extras[q]) && len(more) <= maxExtras {
				m.extras[q] = more
				changed = append(changed, q)
			}
		}
	}
	return changed
}

// requirer compares the requirements of a line with all other lines, in every pair of states.
func (m *matcher) requirer(p *entry) {
	others := map[string]bool{}
	for n := range p.states {
		for _, d := range p.states[n].dists() {
			others[d.name] = true
		}
	}
	delete(others, p.name) // "a[all]" requires "a[x]" to name the extras of others
	for _, name := range slices.Sorted(maps.Keys(others)) {
		for _, q := range m.byName[name] {
			if !q.source {
				m.pair(p, q, func(ps, qs int) reason { return m.unsatisfied(p, q, ps, qs) })
			}
		}
	}
	if m.closed != "" && p.move != solve.Still {
		m.unlistedOf(p)
	}
}

func (s *state) dists() []dist {
	if s.requires == nil {
		return nil
	}
	return s.requires.dists
}

// pair adds the clashes of two lines, unless they clash without any update. Lines
// of one move share its state. why returns nil if two states do not clash.
func (m *matcher) pair(p, q *entry, why func(ps, qs int) reason) {
	if p.move == solve.Still && q.move == solve.Still || why(solve.Stays, solve.Stays) != nil {
		return
	}
	for ps := range p.states {
		for qs := range q.states {
			// The first pair was compared above, and the others cannot occur.
			if ps == solve.Stays && qs == solve.Stays || p.move == q.move && ps != qs {
				continue
			}
			if no := why(ps, qs); no != nil {
				sides := solve.Clash{A: solve.Side{Move: p.move, State: ps}, B: solve.Side{Move: q.move, State: qs}}
				m.out = append(m.out, clash{sides, [2]*entry{p, q}, no})
			}
		}
	}
}

// unsatisfied returns why two states exclude each other: p has a requirement that q does
// not satisfy in every environment in which both lines apply. It returns nil if they do not.
func (m *matcher) unsatisfied(p, q *entry, ps, qs int) reason {
	s := &p.states[ps]
	dists := s.dists()
	if dists == nil {
		return nil
	}
	both := m.focus(m.places[p], m.places[q])
	var lost pep508.Mask
	var first *dist
	for n, d := range dists {
		if d.name != q.name {
			continue
		}
		where := m.where(p, s, n)
		if where&both == 0 || q.states[qs].admits(d.clauses, q.versions) {
			continue
		}
		if lost |= where; first == nil {
			first = &dists[n]
		}
	}
	// If only some environments are lost, the project may run in the others.
	if both == 0 || both&^lost != 0 {
		return nil
	}
	return func(held int) string {
		if held == p.move {
			return fmt.Sprintf("%s %s requires %s, and %s %s", p.shown, s.version, first, m.line(q), q.says(qs))
		}
		return fmt.Sprintf("%s %s, which requires %s", m.line(p), p.says(ps), first)
	}
}

// doubled compares two lines of one package, which must both be satisfied.
func (m *matcher) doubled(p, q *entry) {
	if m.places[p]&m.places[q] == 0 || p.source && q.source {
		return
	}
	listed := p.versions
	if len(listed.releases) == 0 { // a line of a source is not looked up
		listed = q.versions
	}
	m.pair(p, q, func(ps, qs int) reason {
		if q.states[qs].admits(p.states[ps].clauses, listed) {
			return nil
		}
		return func(held int) string {
			if held != p.move {
				return fmt.Sprintf("%s %s", m.line(p), p.says(ps))
			}
			return fmt.Sprintf("%s %s", m.line(q), q.says(qs))
		}
	})
}

// unlistedOf adds a clash for a package that a release newly requires and no
// line lists, in a file that must list every package.
func (m *matcher) unlistedOf(p *entry) {
	names := m.names()
	before := map[string]bool{}
	for n, d := range p.was().dists() {
		if m.needs(p, p.was(), n) {
			before[d.name] = true
		}
	}
	for state := solve.Best; state < len(p.states); state++ {
		s := &p.states[state]
		for n, d := range s.dists() {
			if names[d.name] || before[d.name] || m.unlisted[d.name] || !m.needs(p, s, n) {
				continue
			}
			text := fmt.Sprintf("%s %s newly requires %s, which is not listed in %s", p.shown, s.version, d, m.closed)
			alone := solve.Clash{A: solve.Side{Move: p.move, State: state}, B: solve.Side{Move: solve.Still}}
			m.out = append(m.out, clash{alone, [2]*entry{p, p}, func(int) string { return text }})
			break
		}
	}
}

// needs reports whether the n-th requirement applies in every environment in which its line does.
func (m *matcher) needs(p *entry, s *state, n int) bool {
	places := m.focus(m.places[p])
	return places != 0 && places&^m.where(p, s, n) == 0
}

// says describes what a line states about its package: "pins urllib3 1.20".
func (p *entry) says(state int) string {
	clauses := p.states[state].clauses
	v, exact := clauses.Exact()
	verb := "pins"
	if state != solve.Stays {
		verb = "moves to"
	}
	switch {
	case p.source && !p.movable:
		return fmt.Sprintf("admits %s%s only", p.shown, clauses)
	case exact:
		return fmt.Sprintf("%s %s %s", verb, p.shown, v)
	case len(clauses) == 0:
		return "names " + p.shown
	}
	return fmt.Sprintf("%s %s%s", verb, p.shown, clauses)
}

// lineOf returns a place in the text of its file as FILE:LINE.
func lineOf(data []byte, at ecosystems.Span) string {
	line, _ := ecosystems.Position(data, at.Start)
	return fmt.Sprintf("%s:%d", at.File, line)
}

// The limits for one package: its lines in a set, and its extras.
const (
	maxSame   = 50
	maxExtras = 200
)

// union returns the elements of both lists, each once. The lists may be long: they come
// from outside.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
