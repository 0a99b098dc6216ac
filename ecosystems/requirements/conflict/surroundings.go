package conflict

import (
	"math/bits"
	"slices"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Surroundings are the environments for checking a set.
type Surroundings struct {
	envs   []pep508.Environment
	chosen pep508.Mask // the project's environments; the others are for lines with another Python
}

// The minors of Python for lines that are not for the project's Python. Each has
// two environments.
const (
	oldestLine = 3
	newestLine = 20
)

// Surround sets the environments of a set for the Python of the project. If that is
// "", they are those in which every release of the set runs, as far as runs reports it.
func (s *Set) Surround(python string, runs func(p *Entry, python string) bool) {
	chosen := pep508.Environments(python)
	if python == "" {
		possible := slices.DeleteFunc(slices.Clone(chosen), func(e pep508.Environment) bool {
			return slices.ContainsFunc(s.Pins, func(p *Entry) bool { return len(p.Marker) == 0 && !runs(p, e.Python) })
		})
		if len(possible) > 0 {
			chosen = possible
		}
	}
	s.chosen = pep508.Everywhere(len(chosen))
	s.envs = slices.Concat(chosen, pep508.Minor(2, 7))
	for n := uint64(oldestLine); n <= newestLine; n++ {
		s.envs = append(s.envs, pep508.Minor(3, n)...)
	}
}

// focus returns the environments that decide about lines: the project's, in which
// all lines apply. If none of the lines applies in those, it returns the
// environments of the nearest Python in which all do, preferably an older one.
func (s Surroundings) focus(lines ...pep508.Mask) pep508.Mask {
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
