package requirements

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// fewest finds the fewest moves to drop by trying all sets of them.
func fewest(n int, clashes []clash) int {
	best := n
	for set := range 1 << n {
		dropped := make([]bool, n)
		for i := range dropped {
			dropped[i] = set>>i&1 == 1
		}
		if !slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(dropped) }) {
			best = min(best, bits.OnesCount(uint(set)))
		}
	}
	return best
}

// TestSettle compares with trying all sets, on clashes made at random.
func TestSettle(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(9)
		var clashes []clash
		for range r.IntN(3 * n) {
			c := clash{a: r.IntN(n), b: r.IntN(n+1) - 1, aMoved: r.IntN(2) == 0}
			c.bMoved = c.b != still && r.IntN(2) == 0
			if c.a == c.b || !c.aMoved && !c.bMoved {
				continue
			}
			clashes = append(clashes, c)
		}
		dropped := settle(n, clashes)
		count := 0
		for _, d := range dropped {
			if d {
				count++
			}
		}
		if slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(dropped) }) {
			t.Errorf("seed %d: a clash is left in %v", seed, dropped)
		}
		if want := fewest(n, clashes); count != want {
			t.Errorf("seed %d: %d moves dropped, want %d", seed, count, want)
		}
	}
}

// TestSettleLarge: a search that has to be cut short still leaves no clash.
func TestSettleLarge(t *testing.T) {
	const n = 300
	r := rand.New(rand.NewPCG(1, 1))
	var clashes []clash
	for range 3 * n {
		if a, b := r.IntN(n), r.IntN(n); a != b {
			clashes = append(clashes, clash{a: a, b: b, aMoved: true, bMoved: r.IntN(2) == 0})
		}
	}
	dropped := settle(n, clashes)
	if slices.ContainsFunc(clashes, func(c clash) bool { return c.violated(dropped) }) {
		t.Error("a clash is left")
	}
}
