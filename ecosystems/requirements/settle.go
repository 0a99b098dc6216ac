package requirements

import "slices"

// A clash is two states of lines that do not go together: forbidden is that
// line a is in the state aIs and line b in bIs at once. One of them moves.
type clash struct {
	a, b     int                   // moves; still for a line that does not move, or where one line is enough
	aIs, bIs int                   // their states: stays, or the number of a target, the best one first
	pins     [2]*entry             // the lines
	tell     func(held int) string // the sentence for the move that is held
}

// still is the number of a line that does not move.
const still = -1

// The states of a line: as it is, and at the best of its targets. Others follow.
const (
	stays = 0
	best  = 1
)

// maxStates is how many states of a line are looked at, as it is among them.
const maxStates = 64

// violated reports whether a clash exists in an assignment of states to moves.
func (c clash) violated(at []int) bool {
	return (c.a == still || at[c.a] == c.aIs) && (c.b == still || at[c.b] == c.bIs)
}

// A choice is what one move may do.
type choice struct {
	states int  // how many it has, as it is among them
	closed mask // states that may not be taken
	urgent bool // it matters more than others
}

// The costs of a state: that a line stays counts more than that it falls back,
// and that more than how far.
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

// domain returns the states that may be taken. As it is a line may always be.
func (c choice) domain() mask { return everywhere(min(c.states, maxStates))&^c.closed | 1 }

// cheapest returns the best state of a domain.
func cheapest(domain mask) int {
	for n := best; n < maxStates; n++ {
		if domain&(1<<n) != 0 {
			return n
		}
	}
	return stays
}

// maxSearch is how many assignments are looked at to find the best one; then the best found counts.
const maxSearch = 20_000

// settle returns a state for each move so that no clash is left: as few lines
// stay as may be, then as few fall back, as little as may be. That all stay is
// no clash. Moves that have nothing to do with each other are settled apart.
func settle(choices []choice, clashes []clash) []int {
	at := make([]int, len(choices))
	for n, c := range choices {
		at[n] = cheapest(c.domain())
	}
	for _, part := range parts(len(choices), clashes) {
		newSearch(choices, part).settle(at)
	}
	for n, c := range choices { // a search that was cut short may have given up too much
		for state := best; state < maxStates && at[n] != best && (at[n] == stays || state < at[n]); state++ {
			was := at[n]
			if at[n] = state; c.domain()&(1<<state) == 0 || slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(at) }) {
				at[n] = was
			}
		}
	}
	return at
}

// parts returns the clashes in groups that share no move.
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

// A search looks for the best states of the moves of one part.
type search struct {
	choices []choice
	clashes []clash
	moves   []int // of the part
	against map[[2]int][][2]int
	at      []int // what is looked at
	best    []int // of the moves, in their order
	cost    int   // of the best
	left    int
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

// settle writes the best states into an assignment.
func (s *search) settle(at []int) {
	s.best = make([]int, len(s.moves)) // all stay
	domains := make([]mask, len(s.choices))
	for _, m := range s.moves {
		domains[m] = s.choices[m].domain()
		s.cost += s.choices[m].cost(stays)
	}
	s.look(domains)
	for n, m := range s.moves {
		at[m] = s.best[n]
	}
}

// look tries the best states of some domains. Where two of them clash it fixes
// one and takes what clashes with it from all others, then the other way round.
func (s *search) look(domains []mask) {
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

// single reports whether only one move can end a clash.
func (c clash) single() bool { return c.a == still || c.b == still || c.a == c.b }

// next returns a clash of the states that are looked at, one that leaves no choice first.
func (s *search) next(domains []mask) *clash {
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

// branch returns the move to branch on, and its state: one that has others.
func (s *search) branch(c *clash, domains []mask) (move, state int) {
	if c.a == still || c.b != still && domains[c.a] == 1<<c.aIs {
		return c.b, c.bIs
	}
	return c.a, c.aIs
}

// fix returns the domains where one move is in one state; nil where another one
// is left without any.
func (s *search) fix(domains []mask, move, state int) []mask {
	out := slices.Clone(domains)
	out[move] = 1 << state
	for _, other := range s.against[[2]int{move, state}] {
		if out[other[0]] &^= 1 << other[1]; out[other[0]] == 0 {
			return nil
		}
	}
	return out
}
