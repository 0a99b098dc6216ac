package updater

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Limits bound what strangers can make one plan cost, by what they write into
// their files. What lies beyond them fails, says so, and stops nothing else.
// For each of them 0 means the default, and a negative number none.
type Limits struct {
	FilePins   int // pins in one file; 0 means 5,000
	Pins       int // pins in all trees of a plan that are listed; 0 means 20,000
	Lookups    int // packages that are asked about for one plan; 0 means 10,000
	Candidates int // published versions that are held at once; 0 means 600,000
}

// unlistedFactor is how many pins may be read for each that is listed: a
// go.mod names what it needs itself, and far more that this drags along.
const unlistedFactor = 5

// limit returns the limit that counts, whether there is one.
func limit(set, otherwise int) (n int, is bool) {
	n = cmp.Or(set, otherwise)
	return n, n > 0
}

// A spent is what one run has used of its limits.
type spent struct {
	pins    int // listed
	read    int // listed or not
	lookups int
	held    atomic.Int64 // candidates
	looks   atomic.Int64 // candidates compared with pins
	crowd   sync.Mutex   // see near
}

// overLimit is the cause where a limit is reached, with the setting that raises it.
func overLimit(setting, format string, args ...any) error {
	return &fetch.Error{Code: fetch.Limit, Err: errors.New(fmt.Sprintf(format, args...) + " (limits." + setting + ")")}
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
	most, is := limit(r.Limits.Candidates, 600_000)
	if !is || r.spent.looks.Add(int64(n)) <= int64(most)*looksOfCandidate {
		return nil
	}
	return overLimit("candidates", "%s is not compared with its %d versions: too many pins of this run are on packages with so many", l.pkg.Name, n)
}

// mayRead says why the pins of a file are not looked at, and counts them.
func (r *run) mayRead(deps []ecosystems.Dependency) error {
	n, listed := len(deps), 0
	for i := range deps {
		if deps[i].Direct { // as far as can be told before the policy is asked
			listed++
		}
	}
	if most, is := limit(r.Limits.FilePins, 5_000); is && n > most {
		return overLimit("file_pins", "%d pins are more than the %d that one file may have: none of them is looked at", n, most)
	}
	most, is := limit(r.Limits.Pins, 20_000)
	if is && (r.spent.read+n > unlistedFactor*most || r.spent.pins+listed > most) {
		return overLimit("pins", "its %d pins are not looked at: more than %d in one run", n, most)
	}
	r.spent.read, r.spent.pins = r.spent.read+n, r.spent.pins+listed
	return nil
}

// mayLookUp says why a package is not asked about, and counts it.
func (r *run) mayLookUp(pkg ecosystems.Package) error {
	if most, is := limit(r.Limits.Lookups, 10_000); is && r.spent.lookups >= most {
		return overLimit("lookups", "%s is not looked up: more than %d packages in one run", pkg.Name, most)
	}
	r.spent.lookups++
	return nil
}

// mayHold says why a listing is not held, and counts its candidates.
func (r *run) mayHold(l *listing) error {
	n := len(l.result.Candidates)
	most, is := limit(r.Limits.Candidates, 600_000)
	if !is || r.spent.held.Add(int64(n)) <= int64(most) {
		return nil
	}
	r.spent.held.Add(int64(-n))
	l.result, l.groups = ecosystems.Listing{}, nil
	return overLimit("candidates", "%s has %d versions: more than %d in one run", l.pkg.Name, n, most)
}
