// Package solve chooses among the targets of moves, given which pairs of them exclude
// each other: no pair of the result does, and as much as possible moves as far as possible.
package solve

import "slices"

// Still is the move of a line that does not move.
const Still = -1

// The states of a move: not made, and made to its best target. Further targets follow.
const (
	Stays = 0
	Best  = 1
)

// MaxStates limits the states of a move, including Stays: a Mask has 64 bits.
const MaxStates = 64

// A Mask is a set of states: bit n stands for the n-th.
type Mask uint64

// Has reports whether a set has a state.
func (m Mask) Has(state int) bool { return m&(1<<state) != 0 }

// A Side is a move in one of its states.
type Side struct{ Move, State int }

// in reports whether a side is so in the states at, by move. One that is Still always is.
func (s Side) in(at []int) bool { return s.Move == Still || at[s.Move] == s.State }

// A Clash says that two sides exclude each other. One of them may be Still, or both
// the same: then the other alone is excluded.
type Clash struct{ A, B Side }

// Violated reports whether the states at, by move, have both sides.
func (c Clash) Violated(at []int) bool { return c.A.in(at) && c.B.in(at) }

// single reports whether only one move can resolve a clash.
func (c Clash) single() bool {
	return c.A.Move == Still || c.B.Move == Still || c.A.Move == c.B.Move
}

// A Choice holds the possible states of one move.
type Choice struct {
	States int  // their number, including Stays
	Closed Mask // excluded states
	Urgent bool // a security fix, which has priority
}

// The costs of a state. Not moving costs more than falling back, and falling
// back costs more than the number of skipped targets.
const (
	costStays  = 1_000_000
	costFalls  = 1_000
	costUrgent = 100
)

func (c Choice) cost(state int) int {
	cost := 0
	switch {
	case state == Stays:
		cost = costStays
	case state > Best:
		cost = costFalls + state
	}
	if c.Urgent {
		cost *= costUrgent
	}
	return cost
}

// domain returns the allowed states. A move may always stay unmade.
func (c Choice) domain() Mask {
	all := Mask(1)<<min(c.States, MaxStates) - 1
	return all&^c.Closed | 1<<Stays
}

// cheapest returns the best state of a domain.
func cheapest(domain Mask) int {
	for n := Best; n < MaxStates; n++ {
		if domain.Has(n) {
			return n
		}
	}
	return Stays
}

// maxSearch limits the assignments that a search tries. After that, the best one so far is the result.
const maxSearch = 20_000

// Settle returns a state for each move, without clashes and with the lowest cost.
// No clash may exist if no move is made, so there is always a solution. It solves
// independent groups of moves separately.
func Settle(choices []Choice, clashes []Clash) []int {
	at := make([]int, len(choices))
	for n, c := range choices {
		at[n] = cheapest(c.domain())
	}
	for _, part := range parts(len(choices), clashes) {
		newSearch(choices, part).settle(at)
	}
	improve(choices, clashes, at)
	return at
}

// improve gives each move the best state that the others allow: a search that
// reached maxSearch may have held too many.
func improve(choices []Choice, clashes []Clash, at []int) {
	clash := func(c Clash) bool { return c.Violated(at) }
	for n, c := range choices {
		was := at[n]
		for state := Best; state < MaxStates && (was == Stays || state < was); state++ {
			if !c.domain().Has(state) {
				continue
			}
			if at[n] = state; !slices.ContainsFunc(clashes, clash) {
				break
			}
			at[n] = was
		}
	}
}

// parts groups the clashes, so that groups share no move (union-find).
func parts(n int, clashes []Clash) [][]Clash {
	group := make([]int, n)
	for i := range group {
		group[i] = i
	}
	root := func(i int) int {
		for group[i] != i {
			group[i] = group[group[i]] // halves the path, so that long chains stay cheap
			i = group[i]
		}
		return i
	}
	for _, c := range clashes {
		if c.A.Move != Still && c.B.Move != Still {
			group[root(c.A.Move)] = root(c.B.Move)
		}
	}
	byRoot := map[int]int{}
	var out [][]Clash
	for _, c := range clashes {
		r := root(max(c.A.Move, c.B.Move)) // Still is below every move
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
	choices []Choice
	clashes []Clash
	moves   []int           // of the part
	against map[Side][]Side // what clashes with a side
	at      []int           // the current states, by move
	best    []int           // the best states so far, in the order of moves
	cost    int             // of best
	left    int             // how many assignments may still be tried
}

func newSearch(choices []Choice, clashes []Clash) *search {
	s := &search{choices: choices, clashes: clashes, against: map[Side][]Side{}, at: make([]int, len(choices)), left: maxSearch}
	for _, c := range clashes {
		s.moves = append(s.moves, c.A.Move, c.B.Move)
		if !c.single() {
			s.against[c.A] = append(s.against[c.A], c.B)
			s.against[c.B] = append(s.against[c.B], c.A)
		}
	}
	slices.Sort(s.moves)
	s.moves = slices.DeleteFunc(slices.Compact(s.moves), func(m int) bool { return m == Still })
	return s
}

// settle writes the best states to at.
func (s *search) settle(at []int) {
	s.best = make([]int, len(s.moves)) // initially all stay
	domains := make([]Mask, len(s.choices))
	for _, m := range s.moves {
		domains[m] = s.choices[m].domain()
		s.cost += s.choices[m].cost(Stays)
	}
	s.look(domains)
	for n, m := range s.moves {
		at[m] = s.best[n]
	}
}

// look tries the best states of the domains. If two of them clash, it first fixes
// one of them and removes everything that clashes with it from the other
// domains; then it tries without that one.
func (s *search) look(domains []Mask) {
	for {
		cost := 0
		for _, m := range s.moves {
			s.at[m] = cheapest(domains[m])
			cost += s.choices[m].cost(s.at[m])
		}
		// Smaller domains cost no less, so no assignment below this point is better.
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
		side := branch(*c, domains)
		if !c.single() {
			if fixed := s.fix(domains, side); fixed != nil {
				s.look(fixed)
			}
		}
		if domains[side.Move] &^= 1 << side.State; domains[side.Move] == 0 {
			return
		}
	}
}

// next returns a clash of the current states, preferably one that leaves no choice.
func (s *search) next(domains []Mask) *Clash {
	var found *Clash
	for n := range s.clashes {
		c := &s.clashes[n]
		if !c.Violated(s.at) {
			continue
		}
		if c.single() || fixed(c.A, domains) || fixed(c.B, domains) {
			return c
		}
		if found == nil {
			found = c
		}
	}
	return found
}

// fixed reports whether a side is the only state that is left to its move.
func fixed(s Side, domains []Mask) bool { return domains[s.Move] == 1<<s.State }

// branch returns the side of a clash to branch on: one whose move has other states.
func branch(c Clash, domains []Mask) Side {
	if c.A.Move == Still || c.B.Move != Still && fixed(c.A, domains) {
		return c.B
	}
	return c.A
}

// fix returns the domains with one move fixed to a state; nil if another domain
// becomes empty.
func (s *search) fix(domains []Mask, to Side) []Mask {
	out := slices.Clone(domains)
	out[to.Move] = 1 << to.State
	for _, other := range s.against[to] {
		if out[other.Move] &^= 1 << other.State; out[other.Move] == 0 {
			return nil
		}
	}
	return out
}
