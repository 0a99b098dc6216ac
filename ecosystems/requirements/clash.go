package requirements

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
)

// clashes returns what does not go together in a set, as far as it did before.
// It is pure: what is not known by now says nothing. fallen are the moves that
// were dropped before.
func (s *set) clashes(line func(*entry) string, fallen map[int]bool) []clash {
	m := &matcher{set: s, line: line, byName: map[string][]*entry{}, places: map[*entry]mask{}, extras: map[*entry][]string{}}
	for _, p := range s.pins {
		m.places[p] = p.marker.where(s.envs, nil)
		if p.name != "" && len(m.byName[p.name]) < maxSame {
			m.byName[p.name] = append(m.byName[p.name], p)
			m.extras[p] = p.extras
		}
	}
	m.spreadExtras(fallen)
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

// before orders two lines, so that each pair is looked at once.
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
	byName map[string][]*entry
	places map[*entry]mask     // where each line counts
	extras map[*entry][]string // asked for by the line, and by the releases that require it
	out    []clash

	requirers map[string][]*entry // by the package required; nil until it is asked for
}

// states returns those that a line may be in: as it is, and moved.
func (p *entry) states() []bool {
	if p.move == still {
		return []bool{false}
	}
	return []bool{false, true}
}

func (p *entry) state(moved bool) state {
	if moved {
		return p.is
	}
	return p.was
}

// spreadExtras adds the extras that releases ask of others in the set
// ("kombu[redis]"), until nothing is new: those that the moves lead to, and
// those in use where a move has been dropped.
func (m *matcher) spreadExtras(fallen map[int]bool) {
	queue := append([]*entry(nil), m.pins...)
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		queue = append(queue, m.spread(p, p.is)...)
		if fallen[p.move] {
			queue = append(queue, m.spread(p, p.was)...)
		}
	}
}

// spread adds the extras that one release asks of others, and returns those to which it did.
func (m *matcher) spread(p *entry, s state) []*entry {
	var changed []*entry
	for _, d := range s.dists() {
		if len(d.extras) == 0 || s.requires.where(d, m.envs, m.extras[p]) == 0 {
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

// requirer compares what a line requires with all others, in every pair of states.
func (m *matcher) requirer(p *entry) {
	others := map[string]bool{}
	for _, moved := range p.states() {
		for _, d := range p.state(moved).dists() {
			others[d.name] = true
		}
	}
	delete(others, p.name)
	for _, name := range slices.Sorted(maps.Keys(others)) {
		for _, q := range m.byName[name] {
			if !q.source {
				m.pair(p, q, m.unsatisfied, m.tellRequired)
			}
		}
	}
	if m.hashed && p.move != still {
		m.unlisted(p)
	}
}

func (s state) dists() []dist {
	if s.requires == nil {
		return nil
	}
	return s.requires.dists
}

// pair adds the clashes of two lines, unless they clash as they are. Lines that
// move as one are in one state.
func (m *matcher) pair(p, q *entry, clashes func(p, q *entry, moved, other bool) (dist, bool), tell func(p, q *entry, moved, other bool, d dist) func(int) string) {
	if p.move == still && q.move == still {
		return
	}
	if _, stood := clashes(p, q, false, false); stood {
		return
	}
	for _, moved := range p.states() {
		for _, other := range q.states() {
			if !moved && !other || p.move == q.move && moved != other {
				continue
			}
			if d, bad := clashes(p, q, moved, other); bad {
				m.out = append(m.out, clash{a: p.move, b: q.move, aMoved: moved, bMoved: other, pins: [2]*entry{p, q}, tell: tell(p, q, moved, other, d)})
			}
		}
	}
}

// unsatisfied reports whether p requires something that q does not admit, in
// every environment in which both lines count. It returns the requirement.
func (m *matcher) unsatisfied(p, q *entry, moved, other bool) (dist, bool) {
	both := m.places[p] & m.places[q]
	var lost mask
	var why *dist
	s := p.state(moved)
	dists := s.dists()
	for n, d := range dists {
		if d.name != q.name {
			continue
		}
		where := s.requires.where(d, m.envs, m.extras[p])
		if where&both == 0 || q.state(other).admits(d.clauses, q.versions) {
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

// doubled compares two lines of one package, of which both have to be satisfied.
func (m *matcher) doubled(p, q *entry) {
	if m.places[p]&m.places[q] == 0 || p.source && q.source {
		return
	}
	m.pair(p, q, func(p, q *entry, moved, other bool) (dist, bool) {
		listed := p.versions
		if len(listed.releases) == 0 {
			listed = q.versions
		}
		return dist{}, !q.state(other).admits(p.state(moved).clauses, listed)
	}, m.tellDoubled)
}

// unlisted adds what a release newly requires and no line lists, where every line has to have its hash.
func (m *matcher) unlisted(p *entry) {
	names := m.names()
	before := map[string]bool{}
	for _, d := range p.was.dists() {
		if m.needs(p, p.was, d) {
			before[d.name] = true
		}
	}
	for _, d := range p.is.dists() {
		if names[d.name] || before[d.name] || !m.needs(p, p.is, d) {
			continue
		}
		text := fmt.Sprintf("%s %s newly requires %s, which is not listed in a file with hashes", p.shown, p.is.version, d)
		m.out = append(m.out, clash{a: p.move, b: still, aMoved: true, pins: [2]*entry{p, p}, tell: func(int) string { return text }})
		return
	}
}

// needs reports whether a requirement counts wherever its line does.
func (m *matcher) needs(p *entry, s state, d dist) bool {
	return m.places[p] != 0 && m.places[p]&^s.requires.where(d, m.envs, m.extras[p]) == 0
}

// tellRequired says why one of two lines is held: the line that requires, or the one required.
func (m *matcher) tellRequired(p, q *entry, moved, other bool, d dist) func(int) string {
	return func(held int) string {
		if held == p.move {
			return fmt.Sprintf("%s %s requires %s, and %s %s", p.shown, p.state(moved).version, d, m.line(q), q.says(other))
		}
		return fmt.Sprintf("%s %s, which requires %s", m.line(p), p.says(moved), d)
	}
}

func (m *matcher) tellDoubled(p, q *entry, moved, other bool, _ dist) func(int) string {
	return func(held int) string {
		if held != p.move {
			return fmt.Sprintf("%s %s", m.line(p), p.says(moved))
		}
		return fmt.Sprintf("%s %s", m.line(q), q.says(other))
	}
}

// says tells what a line says of its package: "pins urllib3 1.20".
func (p *entry) says(moved bool) string {
	s := p.state(moved)
	v, exact := s.clauses.Exact()
	verb := "pins"
	if moved && p.move != still {
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

// lineOf names the line of a place.
func lineOf(repo fs.FS, at ecosystems.Span) string {
	data, err := fs.ReadFile(repo, at.File)
	if err != nil {
		return at.File
	}
	line, _ := ecosystems.Position(data, at.Start)
	return fmt.Sprintf("%s:%d", at.File, line)
}

// The limits of what is compared for one package: its lines in a set, and its extras.
const (
	maxSame   = 50
	maxExtras = 200
)

// union adds those of b that a lacks.
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
