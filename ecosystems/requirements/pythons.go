package requirements

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
)

// pythons is a set of release lines of Python: bit n stands for the n-th of minors.
type pythons uint64

// newestPython is far above all existing releases, so that an open range can be
// distinguished from a bounded one.
const newestPython = 30

// minors returns all release lines of Python that a set can hold, in order.
func minors() []string {
	all := []string{"2.6", "2.7"}
	for n := range newestPython + 1 {
		all = append(all, fmt.Sprintf("3.%d", n))
	}
	return all
}

func anyPython() pythons { return 1<<len(minors()) - 1 }

// from returns the line of a Python, with on also all newer ones.
func from(python string, on bool) pythons {
	v, ok := pep440.Parse(python)
	if !ok || len(v.Release) < 2 {
		return anyPython()
	}
	at := slices.Index(minors(), pep440.Join(v.Release[:2]))
	switch {
	case at < 0:
		return anyPython()
	case on:
		return anyPython() &^ (1<<at - 1)
	}
	return 1 << at
}

// pythons returns the lines of Python on which a marker may hold on any system
// and with any extras: all comparisons with other variables count as true.
func (m marker) pythons() pythons {
	const most = 200 // comparisons; real markers are shorter, and each is evaluated many times
	if len(m) == 0 || len(m) > most {
		return anyPython()
	}
	var out pythons
	micros := m.micros()
	for n, minor := range minors() {
		if slices.ContainsFunc(micros, func(micro uint64) bool { return m.mayHold(environment{fmt.Sprintf("%s.%d", minor, micro)}) }) {
			out |= 1 << n
		}
	}
	return out
}

// micros returns the third components for which a marker may have different values.
func (m marker) micros() []uint64 {
	out := []uint64{0, lastMicro}
	for _, c := range m {
		for _, o := range []operand{c.left, c.right} {
			if v, ok := pep440.Parse(o.text); ok && !o.variable && len(v.Release) > 2 {
				n := v.Release[2]
				out = append(out, n, n+1, max(n, 1)-1)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// mayHold evaluates a marker and takes every comparison that is not about Python as true.
func (m marker) mayHold(e environment) bool {
	var stack []bool
	for _, c := range m {
		n := len(stack)
		switch c.operator {
		case "and":
			stack = append(stack[:n-2], stack[n-2] && stack[n-1])
		case "or":
			stack = append(stack[:n-2], stack[n-2] || stack[n-1])
		default:
			stack = append(stack, !c.python() || c.holds(e, ""))
		}
	}
	return stack[0]
}

// python reports whether a comparison is about the version of Python.
func (c comparison) python() bool {
	for _, o := range []operand{c.left, c.right} {
		if o.variable && (o.text == "python_version" || o.text == "python_full_version") {
			return true
		}
	}
	return false
}

// list returns the lines of a set, the oldest first.
func (p pythons) list() []string {
	var out []string
	for n, minor := range minors() {
		if p&(1<<n) != 0 {
			out = append(out, minor)
		}
	}
	return out
}

// openBelow reports whether a set has no real lower bound: "below 3.8", and
// markers that only separate Python 3 from Python 2.
func (p pythons) openBelow() bool {
	list := p.list()
	return list[0] == "2.6" || list[0] == "3.0" || list[0] == "3.1"
}

func (p pythons) openAbove() bool { return p&from(fmt.Sprintf("3.%d", newestPython), false) != 0 }

// Runs returns which releases of a dependency run on the Python for its line. That
// is the Python of the settings, else of the header of a compiled file, else of
// the project, restricted by the line's own marker.
func (e *Ecosystem) Runs(d ecosystems.Dependency, project string) ecosystems.Runtime {
	own, _ := d.Own.(*detail)
	if own == nil {
		own = &detail{}
	}
	python, floor := project, false
	if python == "" {
		python, floor = d.Pin.Runtime, own.floor
	}
	marked := own.marker.pythons()
	if marked == 0 {
		marked = anyPython() // a marker that holds on no known Python restricts nothing
	}
	on, words := python, own.said(python, floor, project != "")
	if all := from(python, floor); python == "" || all&marked == 0 || floor && marked != anyPython() {
		if all&marked == 0 {
			all = anyPython() // the line is not for the project's Python, so only its marker counts
		}
		on, words = e.narrowed(d, all&marked, words)
	}
	if on == "" {
		return ecosystems.Runtime{}
	}
	return ecosystems.Runtime{Language: "Python", Where: words, Runs: func(candidate string) bool { return e.RunsOn(candidate, on) }}
}

// narrowed returns the deciding Python of a line: the oldest, or the newest if
// there is no lower bound. If the release in use does not run on it, narrowed
// takes the next one on which it does. It returns "" for a line without bounds.
func (e *Ecosystem) narrowed(d ecosystems.Dependency, line pythons, words string) (on, why string) {
	list := line.list()
	switch {
	case !line.openBelow():
	case !line.openAbove():
		slices.Reverse(list)
	default:
		return "", ""
	}
	on = list[0]
	if r, ok := e.remembered(d.Package).release(d.Pin.Version); ok && !d.Pin.Version.IsZero() {
		if n := slices.IndexFunc(list, func(python string) bool { return e.RunsOn(r.Runtime, python) }); n > 0 {
			on = list[n]
		}
	}
	if line == anyPython() {
		return on, words
	}
	return on, "the line is for Python " + line.String()
}

// String describes a set: "3.7 and older", "3.8 to 3.9".
func (p pythons) String() string {
	list := p.list()
	first, last := list[0], list[len(list)-1]
	switch {
	case first == last:
		return first
	case p.openAbove():
		return first + " and newer"
	case first == "2.6":
		return last + " and older"
	}
	return first + " to " + last
}

// said returns which source determined the Python, as the beginning of a reason.
func (d *detail) said(python string, floor, settings bool) string {
	switch {
	case settings:
		return "the settings say Python " + python
	case d.compiled != nil && d.compiled.python != "":
		return "the file is compiled for Python " + python
	case floor:
		return "the project supports Python " + python
	}
	return "the project runs on Python " + python
}

// remembered returns the listing of a package if it was looked up before.
func (e *Ecosystem) remembered(pkg ecosystems.Package) listed {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.listed[pkg]
}

// A runtime is the Python of a project.
type runtime struct {
	python string // "3.11", "3.11.4"; "" if unknown
	floor  bool   // it is the oldest Python that the project supports
}

// of returns the Python that a file is for: that of its header, else the project's.
func (c *compiled) of(project runtime) runtime {
	if c == nil || c.python == "" {
		return project
	}
	return runtime{c.python, c.universal}
}
