// Package conflict finds what keeps lines of requirements files from being installed
// together: a requirement of a release that another line does not satisfy, or two lines
// for one package. It makes no requests and reads no files.
package conflict

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
)

// A Clash is a conflict between two states of lines, of which at least one moves. If one
// line is enough, both are the same.
type Clash struct {
	solve.Clash
	Pins [2]*Entry // the lines
	Why  Reason
}

// A Reason returns the sentence for holding a move of a clash.
type Reason func(held int) string

// Clashes returns the conflicts in a set that did not exist before the updates.
// It is pure: a release with unknown requirements has no conflicts. tried are the
// states that the moves were in so far.
func (s *Set) Clashes(line func(*Entry) string, tried []solve.Mask) []Clash {
	m := &matcher{
		Set: s, line: line, tried: tried, byName: map[string][]*Entry{}, places: map[*Entry]pep508.Mask{}, extras: map[*Entry][]string{},
		counts: map[counted]pep508.Mask{},
	}
	for _, p := range s.Pins {
		m.places[p] = p.Marker.Where(s.envs, nil)
		if p.Name != "" && len(m.byName[p.Name]) < maxSame {
			m.byName[p.Name] = append(m.byName[p.Name], p)
			m.extras[p] = union(p.Extras, nil)
		}
	}
	m.spreadExtras()
	for _, p := range s.Pins {
		if !p.Source {
			m.requirer(p)
			m.shared(p)
		}
		for _, q := range m.byName[p.Name] {
			if p != q && p.Name != "" && p.before(q) {
				m.doubled(p, q)
			}
		}
	}
	return m.out
}

// before orders two lines, so that each pair is compared once.
func (p *Entry) before(q *Entry) bool {
	if p.Source != q.Source {
		return q.Source // so that the sentence names the line of the compiled file first
	}
	return cmp.Or(cmp.Compare(p.At.File, q.At.File), cmp.Compare(p.At.Start, q.At.Start)) < 0
}

// A matcher compares the lines of a set.
type matcher struct {
	*Set
	line   func(*Entry) string
	tried  []solve.Mask
	byName map[string][]*Entry
	places map[*Entry]pep508.Mask // the environments in which each line applies
	extras map[*Entry][]string    // of the line, and of the releases that require it
	out    []Clash

	requirers map[string][]*Entry // by the required package; nil until first use
	counts    map[counted]pep508.Mask
}

// counted is the key of a requirement of a release with the requested extras.
type counted struct {
	of     *Requires
	dist   int
	extras int // their number, which identifies them: extras are never removed
	pin    *Entry
}

// where returns the environments in which the n-th requirement of a state applies.
func (m *matcher) where(p *Entry, s *State, n int) pep508.Mask {
	key := counted{s.Requires, n, len(m.extras[p]), p}
	w, ok := m.counts[key]
	if !ok {
		w = s.Requires.where(s.Requires.Dists[n], m.envs, m.extras[p])
		m.counts[key] = w
	}
	return w
}

// spreadExtras adds the extras that releases require of others in the set
// ("kombu[redis]") until there is no new one. It considers all tried states.
func (m *matcher) spreadExtras() {
	for queue := slices.Clone(m.Pins); len(queue) > 0; queue = queue[1:] {
		p := queue[0]
		for n := range p.States {
			if p.Move == solve.Still || m.tried[p.Move].Has(n) {
				queue = append(queue, m.spread(p, &p.States[n])...)
			}
		}
	}
}

// spread adds the extras that one release requires of others, and returns the changed lines.
func (m *matcher) spread(p *Entry, s *State) []*Entry {
	var changed []*Entry
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
func (m *matcher) requirer(p *Entry) {
	others := map[string]bool{}
	for n := range p.States {
		for _, d := range p.States[n].dists() {
			others[d.name] = true
		}
	}
	delete(others, p.Name) // a[all] may require a[x], which it satisfies itself
	for _, name := range slices.Sorted(maps.Keys(others)) {
		for _, q := range m.byName[name] {
			if !q.Source {
				m.pair(p, q, func(ps, qs int) Reason { return m.unsatisfied(p, q, ps, qs) })
			}
		}
	}
	if m.Closed != "" && p.Move != solve.Still {
		m.unlistedOf(p)
	}
}

// pair adds the clashes of two lines, unless they clash without any update. Lines
// of one move share its state. why returns nil if two states do not clash.
func (m *matcher) pair(p, q *Entry, why func(ps, qs int) Reason) {
	if p.Move == solve.Still && q.Move == solve.Still || why(solve.Stays, solve.Stays) != nil {
		return
	}
	for ps := range p.States {
		for qs := range q.States {
			// The first pair was compared above, and the others cannot occur.
			if ps == solve.Stays && qs == solve.Stays || p.Move == q.Move && ps != qs {
				continue
			}
			if no := why(ps, qs); no != nil {
				sides := solve.Clash{A: solve.Side{Move: p.Move, State: ps}, B: solve.Side{Move: q.Move, State: qs}}
				m.out = append(m.out, Clash{sides, [2]*Entry{p, q}, no})
			}
		}
	}
}

// unsatisfied returns why two states exclude each other: p has a requirement that q does
// not satisfy in every environment in which both lines apply. It returns nil if they do not.
func (m *matcher) unsatisfied(p, q *Entry, ps, qs int) Reason {
	s := &p.States[ps]
	dists := s.dists()
	if dists == nil {
		return nil
	}
	both := m.focus(m.places[p], m.places[q])
	var lost pep508.Mask
	var first *Dist
	for n, d := range dists {
		if d.name != q.Name {
			continue
		}
		where := m.where(p, s, n)
		if where&both == 0 || q.States[qs].admits(d.clauses, q.Versions) {
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
		if held == p.Move {
			return fmt.Sprintf("%s %s requires %s, and %s %s", p.Shown, s.Version, first, m.line(q), q.says(qs))
		}
		return fmt.Sprintf("%s %s, which requires %s", m.line(p), p.says(ps), first)
	}
}

// doubled compares two lines of one package, which must both be satisfied.
func (m *matcher) doubled(p, q *Entry) {
	if m.places[p]&m.places[q] == 0 || p.Source && q.Source {
		return
	}
	listed := p.Versions
	if len(listed) == 0 { // a line of a source is not looked up
		listed = q.Versions
	}
	m.pair(p, q, func(ps, qs int) Reason {
		if q.States[qs].admits(p.States[ps].Clauses, listed) {
			return nil
		}
		return func(held int) string {
			if held != p.Move {
				return fmt.Sprintf("%s %s", m.line(p), p.says(ps))
			}
			return fmt.Sprintf("%s %s", m.line(q), q.says(qs))
		}
	})
}

// unlistedOf adds a clash for a package that a release newly requires and no
// line lists, in a file that must list every package.
func (m *matcher) unlistedOf(p *Entry) {
	names := m.Names()
	before := map[string]bool{}
	for n, d := range p.Was().dists() {
		if m.needs(p, p.Was(), n) {
			before[d.name] = true
		}
	}
	for state := solve.Best; state < len(p.States); state++ {
		s := &p.States[state]
		for n, d := range s.dists() {
			if names[d.name] || before[d.name] || m.Unlisted[d.name] || !m.needs(p, s, n) {
				continue
			}
			text := fmt.Sprintf("%s %s newly requires %s, which is not listed in %s", p.Shown, s.Version, d, m.Closed)
			alone := solve.Clash{A: solve.Side{Move: p.Move, State: state}, B: solve.Side{Move: solve.Still}}
			m.out = append(m.out, Clash{alone, [2]*Entry{p, p}, func(int) string { return text }})
			break
		}
	}
}

// needs reports whether the n-th requirement applies in every environment in which its line does.
func (m *matcher) needs(p *Entry, s *State, n int) bool {
	places := m.focus(m.places[p])
	return places != 0 && places&^m.where(p, s, n) == 0
}

// says describes what a line states about its package: "pins urllib3 1.20".
func (p *Entry) says(state int) string {
	clauses := p.States[state].Clauses
	v, exact := clauses.Exact()
	verb := "pins"
	if state != solve.Stays {
		verb = "moves to"
	}
	switch {
	case p.Source && !p.Movable:
		return fmt.Sprintf("admits %s%s only", p.Shown, clauses)
	case exact:
		return fmt.Sprintf("%s %s %s", verb, p.Shown, v)
	case len(clauses) == 0:
		return "names " + p.Shown
	}
	return fmt.Sprintf("%s %s%s", verb, p.Shown, clauses)
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
