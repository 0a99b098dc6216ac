package updater

import (
	"sync"
	"sync/atomic"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
	"github.com/freshpin/freshpin/updater/plan"
)

// A spent is what one run has used of its limits.
type spent struct {
	lookups int
	held    atomic.Int64 // candidates
	looks   atomic.Int64 // candidates compared with pins
	crowd   sync.Mutex   // see near
}

// looksOfCandidate is how often each candidate of the limit may be compared
// with a pin: a file with a thousand pins on one image of a hundred thousand
// tags would keep a processor busy for an hour.
const looksOfCandidate = 15

// mayCompare says why a pin is not compared with what is published, and counts it.
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

// mayLookUp says why a package is not asked about, and counts it.
func (r *run) mayLookUp(pkg ecosystems.Package) error {
	if most, is := plan.Limit(r.Limits.Lookups, 10_000); is && r.spent.lookups >= most {
		return plan.OverLimit("lookups", "%s is not looked up: more than %d packages in one run", pkg.Name, most)
	}
	r.spent.lookups++
	return nil
}

// mayHold says why a listing is not held, and counts its candidates.
func (r *run) mayHold(l *listing) error {
	n := len(l.result.Candidates)
	most, is := plan.Limit(r.Limits.Candidates, 600_000)
	if !is || r.spent.held.Add(int64(n)) <= int64(most) {
		return nil
	}
	r.spent.held.Add(int64(-n))
	l.result, l.groups = ecosystems.Listing{}, nil
	return plan.OverLimit("candidates", "%s has %d versions: more than %d in one run", l.pkg.Name, n, most)
}
