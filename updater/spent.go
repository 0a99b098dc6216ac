package updater

import (
	"sync"
	"sync/atomic"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

// A spent counts what one run has used of its limits.
type spent struct {
	lookups int
	held    atomic.Int64 // candidates in memory
	looks   atomic.Int64 // comparisons of candidates with pins
	crowd   sync.Mutex   // see near
}

// looksOfCandidate times the limit on candidates is the limit on comparisons with
// pins. Without it, a file with a thousand pins on an image with a hundred thousand
// tags would take an hour of processor time.
const looksOfCandidate = 15

// mayCompare counts the comparisons for a pin, and returns an error beyond the limit.
func (r *run) mayCompare(l *listing, pin version.Version) error {
	n := 0
	for _, key := range groupsOf(pin) {
		n += len(l.groups[key])
	}
	most, is := plan.Limit(r.Limits.Candidates, 600_000)
	if !is || r.spent.looks.Add(int64(n)) <= int64(most)*looksOfCandidate {
		return nil
	}
	return plan.OverLimit("candidates", "%s is not compared with its %d versions: too many pins of this run are on packages with so many", l.pkg.Name, n)
}

// mayLookUp counts a lookup, and returns an error beyond the limit.
func (r *run) mayLookUp(pkg ecosystems.Package) error {
	if most, is := plan.Limit(r.Limits.Lookups, 10_000); is && r.spent.lookups >= most {
		return plan.OverLimit("lookups", "%s is not looked up: more than %d packages in one run", pkg.Name, most)
	}
	r.spent.lookups++
	return nil
}

// mayHold counts the candidates of a listing, and returns an error beyond the limit.
func (r *run) mayHold(l *listing) error {
	n := len(l.result.Candidates)
	most, is := plan.Limit(r.Limits.Candidates, 600_000)
	if !is || r.spent.held.Add(int64(n)) <= int64(most) {
		return nil
	}
	// Dropped, so that one huge listing does not use up the limit for all others.
	r.spent.held.Add(int64(-n))
	l.result, l.groups = ecosystems.Listing{}, nil
	return plan.OverLimit("candidates", "%s has %d versions: more than %d in one run", l.pkg.Name, n, most)
}
