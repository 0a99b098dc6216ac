package requirements

import (
	"slices"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/python"
)

// Runs returns which releases of a dependency run on the Python for its line. That
// is the Python of the settings, else of the header of a compiled file, else of
// the project, restricted by the line's own marker.
func (e *Ecosystem) Runs(d ecosystems.Dependency, project string) ecosystems.Runtime {
	own, _ := d.Own.(*detail)
	if own == nil {
		own = &detail{} // a constraint of Poetry
	}
	python, floor := project, false
	if python == "" {
		python, floor = d.Pin.Runtime, own.floor
	}
	marked := own.marker.Pythons()
	if marked == 0 {
		marked = pep508.AnyPython() // a marker that holds on no known Python is no restriction
	}
	on, words := python, own.pythonSource(python, floor, project != "")
	if all := pep508.FromLine(python, floor); python == "" || all&marked == 0 || floor && marked != pep508.AnyPython() {
		if all&marked == 0 {
			all = pep508.AnyPython() // the line is not for the project's Python, so only its marker counts
		}
		on, words = e.decidingPython(d, all&marked, words)
	}
	if on == "" {
		return ecosystems.Runtime{}
	}
	return ecosystems.Runtime{Language: "Python", Where: words, Runs: func(candidate string) bool { return e.RunsOn(candidate, on) }}
}

// decidingPython returns the deciding Python of a line: the oldest, or the newest if
// there is no lower bound. If the release in use does not run on it, decidingPython
// takes the next one on which it does. It returns "" for a line without bounds.
func (e *Ecosystem) decidingPython(d ecosystems.Dependency, line pep508.Pythons, words string) (on, why string) {
	list := line.List()
	switch {
	case !line.OpenBelow():
	case !line.OpenAbove():
		slices.Reverse(list)
	default:
		return "", ""
	}
	on = list[0]
	known, _ := e.remembered(d.Package)
	if r, ok := known.release(d.Pin.Version); ok && !d.Pin.Version.IsZero() {
		// pip could not have installed the line on an older one.
		if n := slices.IndexFunc(list, func(python string) bool { return e.RunsOn(r.Runtime, python) }); n > 0 {
			on = list[n]
		}
	}
	if line == pep508.AnyPython() {
		return on, words
	}
	return on, "the line is for Python " + line.String()
}

// pythonSource returns which source determined the Python, as the beginning of a reason.
func (d *detail) pythonSource(python string, floor, settings bool) string {
	switch {
	case settings:
		return "the settings say Python " + python
	case d.compiled != nil && d.compiled.header.Python != "":
		return "the file is compiled for Python " + python
	case floor:
		return "the project supports Python " + python
	}
	return "the project runs on Python " + python
}

// of returns the Python that a file is for: that of its header, else the project's.
func (c *compiled) of(project python.Project) python.Project {
	if c == nil || c.header.Python == "" {
		return project
	}
	return python.Project{Version: c.header.Python, Floor: c.header.Universal}
}

// RunsOn does what python.RunsOn does and caches the results: thousands of
// releases share a few dozen texts.
func (e *Ecosystem) RunsOn(candidate, project string) bool {
	key := [2]string{candidate, project}
	e.mu.Lock() // also while RunsOn computes, which needs microseconds
	defer e.mu.Unlock()
	runs, known := e.runs[key]
	if !known {
		runs = python.RunsOn(candidate, project)
		e.runs[key] = runs
	}
	return runs
}
