package check

import "github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"

// Values looks variables up as a script sees them: assignments of its own with
// one literal value, then ARG and ENV.
func (d *Docker) Values(s *runscript.Script) func(name string) (string, bool) {
	if lookup, ok := d.values[s]; ok {
		return lookup
	}
	own, twice := map[string]runscript.Word{}, map[string]bool{}
	for _, c := range s.Commands {
		for _, a := range c.Assigns {
			_, again := own[a.Name]
			twice[a.Name] = twice[a.Name] || again
			own[a.Name] = a.Value
		}
	}
	depth := 0
	var lookup func(name string) (string, bool)
	lookup = func(name string) (string, bool) {
		w, ok := own[name]
		if !ok {
			text, known, _ := d.Value(s.Index, name)
			return text, known
		}
		if depth >= maxNested || twice[name] {
			return "", false
		}
		depth++
		text, known := runscript.Expand(w, lookup)
		depth--
		return text, known
	}
	d.values[s] = lookup
	return lookup
}

// maxNested is how deep variables of a script are looked up inside of each other.
const maxNested = 5
