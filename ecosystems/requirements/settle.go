package requirements

import "slices"

// A clash is two states of lines that do not go together: forbidden is that
// line a is in the state aMoved and line b in bMoved at once. One of them moves.
type clash struct {
	a, b           int // moves; still for a line that does not move, or where one line is enough
	aMoved, bMoved bool
	pins           [2]*entry             // the lines
	tell           func(held int) string // the sentence for the move that is held
}

// still is the number of a line that does not move.
const still = -1

// violated reports whether a clash exists where some moves are dropped.
func (c clash) violated(dropped []bool) bool {
	return (c.a == still || dropped[c.a] != c.aMoved) && (c.b == still || dropped[c.b] != c.bMoved)
}

// choices returns the moves whose dropping would end it.
func (c clash) choices() []int {
	var out []int
	if c.b != still && c.bMoved {
		out = append(out, c.b)
	}
	if c.a != still && c.aMoved && c.a != c.b {
		out = append(out, c.a)
	}
	return out
}

// maxSearch is how many states are looked at to find the fewest moves to drop; then the best found counts.
const maxSearch = 20_000

// settle returns which of n moves are dropped so that no clash is left, as few
// as may be. Every clash needs a move that can be dropped. Moves that have
// nothing to do with each other are settled apart.
func settle(n int, clashes []clash) []bool {
	dropped := make([]bool, n)
	for _, part := range parts(n, clashes) {
		s := &search{clashes: part, dropped: dropped, left: maxSearch}
		s.look()
		for _, m := range s.best {
			dropped[m] = true
		}
	}
	for m := range dropped { // a search that was cut short may have dropped too many
		if dropped[m] {
			dropped[m] = false
			dropped[m] = slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(dropped) })
		}
	}
	return dropped
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

// A search looks for the fewest moves to drop.
type search struct {
	clashes []clash
	dropped []bool
	now     []int // dropped so far
	best    []int
	found   bool
	left    int
}

func (s *search) look() {
	if s.found && (len(s.now) >= len(s.best) || s.left <= 0) {
		return
	}
	s.left--
	choices := s.next()
	if choices == nil {
		s.best, s.found = slices.Clone(s.now), true
		return
	}
	for _, m := range choices {
		s.dropped[m] = true
		s.now = append(s.now, m)
		s.look()
		s.now = s.now[:len(s.now)-1]
		s.dropped[m] = false
	}
}

// next returns the choices at a clash that is left: one without a choice first,
// and the move with more clashes before the other. nil where none is left.
func (s *search) next() []int {
	var best []int
	count := map[int]int{}
	for _, c := range s.clashes {
		if !c.violated(s.dropped) {
			continue
		}
		choices := c.choices()
		if best == nil || len(choices) < len(best) {
			best = choices
		}
		for _, m := range choices {
			count[m]++
		}
	}
	slices.SortStableFunc(best, func(x, y int) int { return count[y] - count[x] })
	return best
}
