package requirements

import (
	"fmt"
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
)

// pythons is a set of lines of Python: bit n is that of the n-th minor.
type pythons uint64

// newestPython is far beyond what exists, so that an open end is told from a bound.
const newestPython = 30

// minors returns the lines of Python that a set can hold, in order.
func minors() []string {
	all := []string{"2.6", "2.7"}
	for n := range newestPython + 1 {
		all = append(all, fmt.Sprintf("3.%d", n))
	}
	return all
}

func anyPython() pythons { return 1<<len(minors()) - 1 }

// from returns the lines from one on, or that one alone.
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

// pythons returns the lines of Python on which a marker may hold, whatever the
// system and the extras: what is compared with something else may hold.
func (m marker) pythons() pythons {
	const most = 200 // nobody writes longer ones, and each is tried often
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

// micros returns the third components that tell the releases of a line apart for a marker.
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

// mayHold evaluates a marker with every comparison that is not about the Python taken as true.
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

// openBelow reports whether nothing tells the oldest Python of a set: "below
// 3.8", and what separates Python 3 from Python 2 alone.
func (p pythons) openBelow() bool {
	list := p.list()
	return list[0] == "2.6" || list[0] == "3.0" || list[0] == "3.1"
}

func (p pythons) openAbove() bool { return p&from(fmt.Sprintf("3.%d", newestPython), false) != 0 }

// Runs returns what of the releases of a dependency runs where its line counts.
// The Python is that of the settings, else that of the header of a compiled
// file, else the project's; the line's own marker narrows it.
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
		marked = anyPython() // it counts nowhere that is known
	}
	on, words := python, own.said(python, floor, project != "")
	if all := from(python, floor); python == "" || all&marked == 0 || floor && marked != anyPython() {
		if all&marked == 0 {
			all = anyPython() // another part of the file is for the project's Python
		}
		on, words = e.narrowed(d, all&marked, words)
	}
	if on == "" {
		return ecosystems.Runtime{}
	}
	return ecosystems.Runtime{Language: "Python", Where: words, Runs: func(candidate string) bool { return e.RunsOn(candidate, on) }}
}

// narrowed returns the Python that decides among those of a line: the oldest of
// them, or the newest where nothing tells the oldest; there the first on which
// the release in use runs. It is "" where they are not bounded.
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
		if n := slices.IndexFunc(list, func(python string) bool { return e.RunsOn(r.RequiresPython, python) }); n > 0 {
			on = list[n]
		}
	}
	if line == anyPython() {
		return on, words
	}
	return on, "the line is for Python " + line.String()
}

// String returns the lines of a set: "3.7 and older", "3.8 to 3.9".
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

// said tells who says what the Python is.
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

// remembered returns what is known of a project without asking.
func (e *Ecosystem) remembered(pkg ecosystems.Package) listed {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.listed[pkg]
}

// A project's Python, and whether older and newer ones count as well.
type runtime struct {
	python string // "3.11", "3.11.4"; "" where unknown
	floor  bool   // it is the oldest of those that the project supports
}

// of returns the Python that a file is for: that of its header before the project's.
func (c *compiled) of(project runtime) runtime {
	if c == nil || c.python == "" {
		return project
	}
	return runtime{c.python, c.universal}
}
