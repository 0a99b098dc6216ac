package requirements

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// A clash is a conflict between two states of lines: line a must not have the
// state aIs while line b has bIs. At least one of them moves.
type clash struct {
	a, b     int                   // indexes of moves; still for a line that does not move, or if one line is enough
	aIs, bIs int                   // their states: stays, or the number of a target, best first
	pins     [2]*entry             // the lines
	tell     func(held int) string // returns the reason for holding a move
}

// still is the move of a line that does not move.
const still = -1

// The states of a line: unchanged, and the best target. Further targets follow.
const (
	stays = 0
	best  = 1
)

// maxStates limits the states of a line, including stays: a mask has 64 bits.
const maxStates = 64

// violated reports whether the states at, by move, have a clash.
func (c clash) violated(at []int) bool {
	return (c.a == still || at[c.a] == c.aIs) && (c.b == still || at[c.b] == c.bIs)
}

// A choice holds the possible states of one move.
type choice struct {
	states int         // their number, including stays
	closed pep508.Mask // excluded states
	urgent bool        // a security fix, which has priority
}

// The costs of a state. Not moving costs more than falling back, and falling
// back costs more than the number of skipped targets.
const (
	costStays  = 1_000_000
	costFalls  = 1_000
	costUrgent = 100
)

func (c choice) cost(state int) int {
	cost := 0
	switch {
	case state == stays:
		cost = costStays
	case state > best:
		cost = costFalls + state
	}
	if c.urgent {
		cost *= costUrgent
	}
	return cost
}

// domain returns the allowed states. A line may always stay.
func (c choice) domain() pep508.Mask {
	return pep508.Everywhere(min(c.states, maxStates))&^c.closed | 1
}

// cheapest returns the best state of a domain.
func cheapest(domain pep508.Mask) int {
	for n := best; n < maxStates; n++ {
		if domain&(1<<n) != 0 {
			return n
		}
	}
	return stays
}

// maxSearch limits the assignments that a search tries. After that, the best one so far is the result.
const maxSearch = 20_000

// settle returns a state for each move, without clashes and with the lowest cost.
// There is always a solution, because no clash exists if all lines stay. It solves
// independent groups of moves separately.
func settle(choices []choice, clashes []clash) []int {
	at := make([]int, len(choices))
	for n, c := range choices {
		at[n] = cheapest(c.domain())
	}
	for _, part := range parts(len(choices), clashes) {
		newSearch(choices, part).settle(at)
	}
	// A search that reached maxSearch may have held too many moves.
	for n, c := range choices {
		for state := best; state < maxStates && at[n] != best && (at[n] == stays || state < at[n]); state++ {
			was := at[n]
			if at[n] = state; c.domain()&(1<<state) == 0 || slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(at) }) {
				at[n] = was
			}
		}
	}
	return at
}

// parts groups the clashes, so that groups share no move (union-find).
func parts(n int, clashes []clash) [][]clash {
	group := make([]int, n)
	for i := range group {
		group[i] = i
	}
	root := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]]
			i = group[i]
		}
		return i
	}
	for _, c := range clashes {
		if c.a != still && c.b != still {
			group[root(c.a)] = root(c.b)
		}
	}
	byRoot := map[int]int{}
	var out [][]clash
	for _, c := range clashes {
		r := root(max(c.a, c.b))
		at, ok := byRoot[r]
		if !ok {
			at = len(out)
			byRoot[r] = at
			out = append(out, nil)
		}
		out[at] = append(out[at], c)
	}
	return out
}

// A search finds the best states for the moves of one part, by branch and bound.
type search struct {
	choices []choice
	clashes []clash
	moves   []int               // of the part
	against map[[2]int][][2]int // by move and state: the moves and states that clash with it
	at      []int               // the current states, by move
	best    []int               // the best states so far, in the order of moves
	cost    int                 // of best
	left    int                 // how many assignments may still be tried
}

func newSearch(choices []choice, clashes []clash) *search {
	s := &search{choices: choices, clashes: clashes, against: map[[2]int][][2]int{}, at: make([]int, len(choices)), left: maxSearch}
	seen := map[int]bool{}
	for _, c := range clashes {
		for _, m := range []int{c.a, c.b} {
			if m != still && !seen[m] {
				seen[m] = true
				s.moves = append(s.moves, m)
			}
		}
		if c.a != still && c.b != still && c.a != c.b {
			s.against[[2]int{c.a, c.aIs}] = append(s.against[[2]int{c.a, c.aIs}], [2]int{c.b, c.bIs})
			s.against[[2]int{c.b, c.bIs}] = append(s.against[[2]int{c.b, c.bIs}], [2]int{c.a, c.aIs})
		}
	}
	slices.Sort(s.moves)
	return s
}

// settle writes the best states to at.
func (s *search) settle(at []int) {
	s.best = make([]int, len(s.moves)) // initially all stay
	domains := make([]pep508.Mask, len(s.choices))
	for _, m := range s.moves {
		domains[m] = s.choices[m].domain()
		s.cost += s.choices[m].cost(stays)
	}
	s.look(domains)
	for n, m := range s.moves {
		at[m] = s.best[n]
	}
}

// look tries the best states of the domains. If two of them clash, it first fixes
// one of them and removes everything that clashes with it from the other
// domains; then it tries without that one.
func (s *search) look(domains []pep508.Mask) {
	for {
		cost := 0
		for _, m := range s.moves {
			s.at[m] = cheapest(domains[m])
			cost += s.choices[m].cost(s.at[m])
		}
		if s.left--; cost >= s.cost || s.left < 0 {
			return
		}
		c := s.next(domains)
		if c == nil {
			s.cost = cost
			for n, m := range s.moves {
				s.best[n] = s.at[m]
			}
			return
		}
		m, state := s.branch(c, domains)
		if one := domains[m] &^ (1 << state); one != 0 && !c.single() {
			if fixed := s.fix(domains, m, state); fixed != nil {
				s.look(fixed)
			}
		}
		if domains[m] &^= 1 << state; domains[m] == 0 {
			return
		}
	}
}

// single reports whether only one move can resolve a clash.
func (c clash) single() bool { return c.a == still || c.b == still || c.a == c.b }

// next returns a clash of the current states, preferably one that leaves no choice.
func (s *search) next(domains []pep508.Mask) *clash {
	var found *clash
	for n := range s.clashes {
		c := &s.clashes[n]
		if !c.violated(s.at) {
			continue
		}
		if c.single() || domains[c.a] == 1<<c.aIs || domains[c.b] == 1<<c.bIs {
			return c
		}
		if found == nil {
			found = c
		}
	}
	return found
}

// branch returns the move to branch on and its state. The move has other states.
func (s *search) branch(c *clash, domains []pep508.Mask) (move, state int) {
	if c.a == still || c.b != still && domains[c.a] == 1<<c.aIs {
		return c.b, c.bIs
	}
	return c.a, c.aIs
}

// fix returns the domains with one move fixed to a state; nil if another domain
// becomes empty.
func (s *search) fix(domains []pep508.Mask, move, state int) []pep508.Mask {
	out := slices.Clone(domains)
	out[move] = 1 << state
	for _, other := range s.against[[2]int{move, state}] {
		if out[other[0]] &^= 1 << other[1]; out[other[0]] == 0 {
			return nil
		}
	}
	return out
}
