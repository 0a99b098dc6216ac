package requirements

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// clashes returns the conflicts in a set that did not exist before the updates.
// It is pure: a release with unknown requirements has no conflicts. tried are the
// states that the moves were in so far.
func (s *set) clashes(line func(*entry) string, tried []pep508.Mask) []clash {
	m := &matcher{
		set: s, line: line, tried: tried, byName: map[string][]*entry{}, places: map[*entry]pep508.Mask{}, extras: map[*entry][]string{},
		counts: map[counted]pep508.Mask{},
	}
	for _, p := range s.pins {
		m.places[p] = p.marker.Where(s.envs, nil)
		if p.name != "" && len(m.byName[p.name]) < maxSame {
			m.byName[p.name] = append(m.byName[p.name], p)
			m.extras[p] = p.extras
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
		return q.source
	}
	if p.at.File != q.at.File {
		return p.at.File < q.at.File
	}
	return p.at.Start < q.at.Start
}

// A matcher compares the lines of a set.
type matcher struct {
	*set
	line   func(*entry) string
	tried  []pep508.Mask
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

// states returns the number of states of a line: unchanged, and each of its targets.
func (p *entry) states() int { return 1 + len(p.to) }

// state returns the n-th state of a line.
func (p *entry) state(n int) *state {
	if n == stays {
		return &p.was
	}
	return &p.to[n-1]
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
	queue := append([]*entry(nil), m.pins...)
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		for n := range p.states() {
			if p.move == still || m.tried[p.move]&(1<<n) != 0 {
				queue = append(queue, m.spread(p, p.state(n))...)
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
	for n := range p.states() {
		for _, d := range p.state(n).dists() {
			others[d.name] = true
		}
	}
	delete(others, p.name)
	for _, name := range slices.Sorted(maps.Keys(others)) {
		for _, q := range m.byName[name] {
			if !q.source {
				m.pair(p, q, true, m.unsatisfied, m.tellRequired)
			}
		}
	}
	if m.closed != "" && p.move != still {
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
// of one move share its state. asks says that only requirements of p can clash.
func (m *matcher) pair(p, q *entry, asks bool, clashes func(p, q *entry, ps, qs int) (dist, bool), tell func(p, q *entry, ps, qs int, d dist) func(int) string) {
	if p.move == still && q.move == still {
		return
	}
	if _, stood := clashes(p, q, stays, stays); stood {
		return
	}
	for ps := range p.states() {
		if asks && p.state(ps).dists() == nil {
			continue
		}
		for qs := range q.states() {
			// The first pair was compared above, and the others cannot occur.
			if ps == stays && qs == stays || p.move == q.move && ps != qs {
				continue
			}
			if d, bad := clashes(p, q, ps, qs); bad {
				m.out = append(m.out, clash{a: p.move, b: q.move, aIs: ps, bIs: qs, pins: [2]*entry{p, q}, tell: tell(p, q, ps, qs, d)})
			}
		}
	}
}

// unsatisfied reports whether p has a requirement that q does not satisfy in
// every environment in which both lines apply. It returns the requirement.
func (m *matcher) unsatisfied(p, q *entry, ps, qs int) (dist, bool) {
	s := p.state(ps)
	dists := s.dists()
	if dists == nil {
		return dist{}, false
	}
	both := m.focus(m.places[p], m.places[q])
	var lost pep508.Mask
	var why *dist
	for n, d := range dists {
		if d.name != q.name {
			continue
		}
		where := m.where(p, s, n)
		if where&both == 0 || q.state(qs).admits(d.clauses, q.versions) {
			continue
		}
		if lost |= where; why == nil {
			why = &dists[n]
		}
	}
	if both == 0 || both&^lost != 0 {
		return dist{}, false
	}
	return *why, true
}

// doubled compares two lines of one package, which must both be satisfied.
func (m *matcher) doubled(p, q *entry) {
	if m.places[p]&m.places[q] == 0 || p.source && q.source {
		return
	}
	m.pair(p, q, false, func(p, q *entry, ps, qs int) (dist, bool) {
		listed := p.versions
		if len(listed.releases) == 0 {
			listed = q.versions
		}
		return dist{}, !q.state(qs).admits(p.state(ps).clauses, listed)
	}, m.tellDoubled)
}

// unlistedOf adds a clash for a package that a release newly requires and no
// line lists, in a file that must list every package.
func (m *matcher) unlistedOf(p *entry) {
	names := m.names()
	before := map[string]bool{}
	for n, d := range p.was.dists() {
		if m.needs(p, &p.was, n) {
			before[d.name] = true
		}
	}
	for state := best; state < p.states(); state++ {
		s := p.state(state)
		for n, d := range s.dists() {
			if names[d.name] || before[d.name] || m.unlisted[d.name] || !m.needs(p, s, n) {
				continue
			}
			text := fmt.Sprintf("%s %s newly requires %s, which is not listed in %s", p.shown, s.version, d, m.closed)
			m.out = append(m.out, clash{a: p.move, b: still, aIs: state, pins: [2]*entry{p, p}, tell: func(int) string { return text }})
			break
		}
	}
}

// needs reports whether the n-th requirement applies in every environment in which its line does.
func (m *matcher) needs(p *entry, s *state, n int) bool {
	places := m.focus(m.places[p])
	return places != 0 && places&^m.where(p, s, n) == 0
}

// tellRequired returns the reason for holding the line that requires, or the required line.
func (m *matcher) tellRequired(p, q *entry, ps, qs int, d dist) func(int) string {
	return func(held int) string {
		if held == p.move {
			return fmt.Sprintf("%s %s requires %s, and %s %s", p.shown, p.state(ps).version, d, m.line(q), q.says(qs))
		}
		return fmt.Sprintf("%s %s, which requires %s", m.line(p), p.says(ps), d)
	}
}

func (m *matcher) tellDoubled(p, q *entry, ps, qs int, _ dist) func(int) string {
	return func(held int) string {
		if held != p.move {
			return fmt.Sprintf("%s %s", m.line(p), p.says(ps))
		}
		return fmt.Sprintf("%s %s", m.line(q), q.says(qs))
	}
}

// says describes what a line states about its package: "pins urllib3 1.20".
func (p *entry) says(state int) string {
	s := p.state(state)
	v, exact := s.clauses.Exact()
	verb := "pins"
	if state != stays {
		verb = "moves to"
	}
	switch {
	case p.source && !p.movable:
		return fmt.Sprintf("admits %s%s only", p.shown, spelled(s.clauses))
	case exact:
		return fmt.Sprintf("%s %s %s", verb, p.shown, v)
	case len(s.clauses) == 0:
		return "names " + p.shown
	}
	return fmt.Sprintf("%s %s%s", verb, p.shown, spelled(s.clauses))
}

// lineOf returns a place as FILE:LINE.
func lineOf(repo fs.FS, at ecosystems.Span) string {
	data, err := fs.ReadFile(repo, at.File)
	if err != nil {
		return at.File
	}
	line, _ := ecosystems.Position(data, at.Start)
	return fmt.Sprintf("%s:%d", at.File, line)
}

// The limits for one package: its lines in a set, and its extras.
const (
	maxSame   = 50
	maxExtras = 200
)

// union returns a and the elements of b that a lacks.
func union(a, b []string) []string {
	out := append([]string(nil), a...)
	have := map[string]bool{}
	for _, x := range a {
		have[x] = true
	}
	for _, x := range b {
		if !have[x] {
			have[x] = true
			out = append(out, x)
		}
	}
	return out
}
