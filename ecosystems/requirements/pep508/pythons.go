package pep508

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
)

// Pythons is a set of release lines of Python: bit n stands for the n-th of minors.
type Pythons uint64

// minors returns all release lines of Python that a set can hold, in order.
func minors() []string {
	all := []string{"2.6", "2.7"}
	for n := range newestPython + 1 {
		all = append(all, fmt.Sprintf("3.%d", n))
	}
	return all
}

// AnyPython returns the set of all lines.
func AnyPython() Pythons { return 1<<len(minors()) - 1 }

// FromLine returns the line of a Python, with on also all newer ones.
func FromLine(python string, on bool) Pythons {
	v, ok := pep440.Parse(python)
	if !ok || len(v.Release) < 2 {
		return AnyPython()
	}
	at := slices.Index(minors(), pep440.Join(v.Release[:2]))
	switch {
	case at < 0:
		return AnyPython()
	case on:
		return AnyPython() &^ (1<<at - 1)
	}
	return 1 << at
}

// Pythons returns the lines of Python on which a marker may hold on any system
// and with any extras: all comparisons with other variables count as true.
func (m Marker) Pythons() Pythons {
	const most = 200 // comparisons; real markers are shorter, and each is evaluated many times
	if len(m) == 0 || len(m) > most {
		return AnyPython()
	}
	var out Pythons
	micros := m.micros()
	for n, minor := range minors() {
		if slices.ContainsFunc(micros, func(micro uint64) bool { return m.mayHold(Environment{fmt.Sprintf("%s.%d", minor, micro)}) }) {
			out |= 1 << n
		}
	}
	return out
}

// micros returns the third components for which a marker may have different values.
func (m Marker) micros() []uint64 {
	out := []uint64{0, lastMicro}
	for _, c := range m {
		for _, o := range []operand{c.left, c.right} {
			if v, ok := pep440.Parse(o.text); ok && !o.variable && len(v.Release) > 2 {
				// Between the numbers that a marker names, its value does not change.
				n := v.Release[2]
				out = append(out, n, n+1, max(n, 1)-1)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mayHold evaluates a marker and takes every comparison that is not about Python as true.
func (m Marker) mayHold(e Environment) bool {
	return m.evaluate(func(c comparison) bool {
		return !c.hasVariable("python_version", "python_full_version") || c.holds(e, "")
	})
}

// List returns the lines of a set, the oldest first.
func (p Pythons) List() []string {
	var out []string
	for n, minor := range minors() {
		if p&(1<<n) != 0 {
			out = append(out, minor)
		}
	}
	return out
}

// OpenBelow reports whether a set has no real lower bound: "below 3.8", and
// markers that only separate Python 3 from Python 2.
func (p Pythons) OpenBelow() bool {
	list := p.List()
	// No project runs on Python 3.0 or 3.1, so a bound there means "not Python 2".
	return list[0] == "2.6" || list[0] == "3.0" || list[0] == "3.1"
}

// OpenAbove reports whether a set has no upper bound.
func (p Pythons) OpenAbove() bool { return p&FromLine(fmt.Sprintf("3.%d", newestPython), false) != 0 }

// String describes a set: "3.7 and older", "3.8 to 3.9".
func (p Pythons) String() string {
	list := p.List()
	first, last := list[0], list[len(list)-1]
	switch {
	case first == last:
		return first
	case p.OpenAbove():
		return first + " and newer"
	case first == "2.6":
		return last + " and older"
	}
	return first + " to " + last
}

// newestPython is far above all existing releases, so that an open range can be
// distinguished from a bounded one.
const newestPython = 30
