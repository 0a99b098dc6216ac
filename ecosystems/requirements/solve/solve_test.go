package solve

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// cheapestOf finds the least cost by trying every assignment.
func cheapestOf(choices []Choice, clashes []Clash) int {
	at := make([]int, len(choices))
	least := -1
	for {
		if !slices.ContainsFunc(clashes, func(c Clash) bool { return c.Violated(at) }) {
			if cost := costOf(choices, at); least < 0 || cost < least {
				least = cost
			}
		}
		n := 0
		for ; n < len(at); n++ {
			if at[n]++; at[n] < choices[n].States {
				break
			}
			at[n] = 0
		}
		if n == len(at) {
			return least
		}
	}
}

func costOf(choices []Choice, at []int) (cost int) {
	for n, c := range choices {
		cost += c.cost(at[n])
	}
	return cost
}

// TestSettle compares with trying all assignments, on clashes made at random.
func TestSettle(t *testing.T) {
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(6)
		choices := make([]Choice, n)
		for m := range choices {
			choices[m] = Choice{States: 2 + r.IntN(3), Urgent: r.IntN(5) == 0}
		}
		var clashes []Clash
		for range r.IntN(6 * n) {
			c := Clash{A: Side{Move: r.IntN(n)}, B: Side{Move: r.IntN(n+1) - 1}}
			c.A.State = r.IntN(choices[c.A.Move].States)
			if c.B.Move != Still {
				c.B.State = r.IntN(choices[c.B.Move].States)
			}
			if c.A.Move == c.B.Move || c.A.State == Stays && c.B.State == Stays {
				continue
			}
			clashes = append(clashes, c)
		}
		at := Settle(choices, clashes)
		if slices.ContainsFunc(clashes, func(c Clash) bool { return c.Violated(at) }) {
			t.Errorf("seed %d: a clash is left in %v", seed, at)
		}
		if got, want := costOf(choices, at), cheapestOf(choices, clashes); got != want {
			t.Errorf("seed %d: %v costs %d, want %d", seed, at, got, want)
		}
	}
}

// TestSettleLarge: a search that has to be cut short still leaves no clash, and nothing that could be better alone.
func TestSettleLarge(t *testing.T) {
	const n = 300
	r := rand.New(rand.NewPCG(1, 1))
	choices := make([]Choice, n)
	for m := range choices {
		choices[m].States = 8
	}
	var clashes []Clash
	for range 20 * n {
		if a, b := r.IntN(n), r.IntN(n); a != b {
			clashes = append(clashes, Clash{A: Side{a, 1 + r.IntN(7)}, B: Side{b, r.IntN(8)}})
		}
	}
	at := Settle(choices, clashes)
	if slices.ContainsFunc(clashes, func(c Clash) bool { return c.Violated(at) }) {
		t.Error("a clash is left")
	}
}
