package requirements

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// cheapestOf finds the least cost by trying every assignment.
func cheapestOf(choices []choice, clashes []clash) int {
	at := make([]int, len(choices))
	least := -1
	for {
		if !slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(at) }) {
			if cost := costOf(choices, at); least < 0 || cost < least {
				least = cost
			}
		}
		n := 0
		for ; n < len(at); n++ {
			if at[n]++; at[n] < choices[n].states {
				break
			}
			at[n] = 0
		}
		if n == len(at) {
			return least
		}
	}
}

func costOf(choices []choice, at []int) (cost int) {
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
		choices := make([]choice, n)
		for m := range choices {
			choices[m] = choice{states: 2 + r.IntN(3), urgent: r.IntN(5) == 0}
		}
		var clashes []clash
		for range r.IntN(6 * n) {
			c := clash{a: r.IntN(n), b: r.IntN(n+1) - 1}
			c.aIs = r.IntN(choices[c.a].states)
			if c.b != still {
				c.bIs = r.IntN(choices[c.b].states)
			}
			if c.a == c.b || c.aIs == stays && c.bIs == stays {
				continue
			}
			clashes = append(clashes, c)
		}
		at := settle(choices, clashes)
		if slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(at) }) {
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
	choices := make([]choice, n)
	for m := range choices {
		choices[m].states = 8
	}
	var clashes []clash
	for range 20 * n {
		if a, b := r.IntN(n), r.IntN(n); a != b {
			clashes = append(clashes, clash{a: a, b: b, aIs: 1 + r.IntN(7), bIs: r.IntN(8)})
		}
	}
	at := settle(choices, clashes)
	if slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(at) }) {
		t.Error("a clash is left")
	}
}
