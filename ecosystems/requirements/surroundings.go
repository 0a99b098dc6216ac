package requirements

import (
	"math/bits"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// surroundings are the environments for checking a set.
type surroundings struct {
	envs   []pep508.Environment
	chosen pep508.Mask // the project's environments; the others are for lines with another Python
}

// The minors of Python for lines that are not for the project's Python. Each has
// two environments.
const (
	oldestLine = 3
	newestLine = 20
)

// surroundings returns the environments of a set. Without a Python of the
// project, they are those in which every release of the set runs.
func (c *check) surroundings(s *set, python string) surroundings {
	chosen := pep508.Environments(python)
	if python == "" {
		possible := slices.DeleteFunc(slices.Clone(chosen), func(e pep508.Environment) bool {
			return slices.ContainsFunc(s.pins, func(p *entry) bool {
				r, ok := p.versions.release(p.states[min(solve.Best, len(p.states)-1)].version)
				return ok && p.askable && len(p.marker) == 0 && !c.RunsOn(r.Runtime, e.Python)
			})
		})
		if len(possible) > 0 {
			chosen = possible
		}
	}
	out := surroundings{chosen: pep508.Everywhere(len(chosen))}
	out.envs = append(slices.Clone(chosen), pep508.Minor(2, 7)...)
	for n := uint64(oldestLine); n <= newestLine; n++ {
		out.envs = append(out.envs, pep508.Minor(3, n)...)
	}
	return out
}

// focus returns the environments that decide about lines: the project's, in which
// all lines apply. If none of the lines applies in those, it returns the
// environments of the nearest Python in which all do, preferably an older one.
func (s surroundings) focus(lines ...pep508.Mask) pep508.Mask {
	places, project := lines[0], false
	for _, l := range lines {
		places &= l
		project = project || l&s.chosen != 0
	}
	if project || places == 0 {
		return places & s.chosen
	}
	first := bits.Len64(uint64(s.chosen))
	newest := s.envs[first-1].Python
	var below, above pep508.Mask
	for n := first; n+1 < len(s.envs); n += 2 {
		pair := places & (3 << n)
		switch {
		case pair == 0:
		case older(s.envs[n].Python, newest):
			below = pair
		case above == 0:
			above = pair
		}
	}
	if below != 0 {
		return below
	}
	return above
}

// older compares two Pythons.
func older(a, b string) bool {
	v, _ := pep440.Parse(a) // no error: both are of this program
	w, _ := pep440.Parse(b)
	return version.Compare(v, w) < 0
}
