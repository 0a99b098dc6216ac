package check

import "github.com/freshpin/freshpin/ecosystems/dockerfile/runscript"

// Values returns a function that looks up variables as a script sees them: first
// the script's own assignments with one literal value, then ARG and ENV.
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
		// Which of two assignments holds depends on the flow of the script, which is not followed.
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

// maxNested limits how deeply the values of variables refer to other variables.
const maxNested = 5
