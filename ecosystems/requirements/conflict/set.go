package conflict

import (
	"cmp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/requirements/solve"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Entry is one line of a set: a requirement, a constraint, or a line of the
// source of a compiled file.
type Entry struct {
	Name     string // in the form of PEP 503; "" for a package that is not from an index
	Shown    string // as written
	Package  ecosystems.Package
	At       ecosystems.Span
	Extras   []string
	Marker   pep508.Marker
	Move     int     // the index of its move, or solve.Still
	States   []State // by state of the move: the current one, then that for each of its targets
	Askable  bool    // the package may be looked up
	Source   bool    // a line of a compiled file's source: it limits and is not installed
	Movable  bool    // a line of a source that Freshpin updates too
	Versions []version.Candidate
}

// Was returns the current state of a line, before any move.
func (p *Entry) Was() *State { return &p.States[solve.Stays] }

// Now returns the state of a line in the states at, by move.
func (p *Entry) Now(at []int) *State {
	if p.Move == solve.Still {
		return p.Was()
	}
	return &p.States[at[p.Move]]
}

// A Set holds the lines that pip installs in one run: a file and all included files.
type Set struct {
	Pins []*Entry
	Surroundings
	Closed   string          // why every package must be listed: "a file with hashes", "a compiled file"; "" if not
	Unlisted map[string]bool // packages that a compiled file never lists
}

// Names returns the packages of a set, including those that are not from an index.
func (s *Set) Names() map[string]bool {
	names := map[string]bool{}
	for _, p := range s.Pins {
		if !p.Source {
			names[cmp.Or(p.Name, pypi.Normal(p.Shown))] = true
		}
	}
	return names
}

// Alone reports whether a set has one package, which cannot conflict with another.
func (s *Set) Alone() bool { return s.Closed == "" && len(s.Names()) < 2 }

// Requires are the requirements of a release, or the error of the lookup.
type Requires struct {
	Dists  []Dist
	Extras []string // that the release provides; pip ignores all others
	Err    error
}

// A Dist is one requirement of a release (Requires-Dist, PEP 508).
type Dist struct {
	name    string // of PEP 503
	clauses pep440.Specifiers
	extras  []string
	marker  pep508.Marker
}

// String returns the requirement for display: without extras and marker.
func (d Dist) String() string {
	const most = 200 // the text comes from outside
	text := d.name + d.clauses.String()
	return text[:min(len(text), most)]
}

// Parse parses the requirements of a release. It skips malformed ones and direct
// references, which cannot be checked.
func Parse(texts []string) []Dist {
	var out []Dist
	for _, text := range texts {
		if d, ok := parseDist(text); ok {
			out = append(out, d)
		}
	}
	return out
}

func parseDist(text string) (Dist, bool) {
	r, err := pep508.Parse(text, len(text))
	if err != nil && strings.Contains(text, ".*") { // old releases have the invalid ">=3.6.*"
		head, marker, _ := strings.Cut(text, ";")
		text = pep508.Lenient(head) + ";" + marker
		r, err = pep508.Parse(text, len(text))
	}
	if err != nil || !r.Skip.IsZero() {
		return Dist{}, false
	}
	return Dist{name: pypi.Normal(r.Name), clauses: r.Specifiers, extras: r.Extras, marker: r.Marker}, true
}

// where returns the environments in which a requirement applies. Of the requested
// extras it uses those that the release provides.
func (r *Requires) where(d Dist, envs []pep508.Environment, extras []string) pep508.Mask {
	provided := slices.DeleteFunc(slices.Clone(extras), func(x string) bool { return !slices.Contains(r.Extras, x) })
	return d.marker.Where(envs, provided)
}

// A State is a possible content of a line: the current one, or that for a target.
type State struct {
	Clauses  pep440.Specifiers
	Version  version.Version // the pinned one or the target; zero for a range
	Requires *Requires       // of Version; nil if unknown or not looked up
}

func (s *State) dists() []Dist {
	if s.Requires == nil {
		return nil
	}
	return s.Requires.Dists
}

// Only returns the version of a state if it admits exactly one.
func (s State) Only(published []version.Candidate) (version.Version, bool) {
	if v, ok := s.Clauses.Exact(); ok {
		return v, true
	}
	var one version.Version
	for _, r := range published {
		switch {
		// pip takes a yanked release only for an exact pin (PEP 592).
		case r.Withdrawn != "" || !s.Clauses.Contains(r.Version, s.Clauses.Prereleases()):
		case !one.IsZero():
			return version.Version{}, false
		default:
			one = r.Version
		}
	}
	return one, !one.IsZero()
}

// admits reports whether some version satisfies both the state and further
// clauses. For a range it tries the published versions. For a range that moves,
// only its target counts, because the move is made for it.
func (s State) admits(clauses pep440.Specifiers, published []version.Candidate) bool {
	if v, ok := s.Clauses.Exact(); ok {
		return clauses.Contains(v, true)
	}
	if !s.Version.IsZero() {
		return clauses.Contains(s.Version, true)
	}
	if v, ok := clauses.Exact(); ok {
		return s.Clauses.Contains(v, true)
	}
	return len(published) == 0 || s.leaves(clauses, published) // without a listing there is no proof of a conflict
}

// leaves reports whether a published version satisfies the state and the clauses
// of several requirements.
func (s State) leaves(clauses pep440.Specifiers, published []version.Candidate) bool {
	return slices.ContainsFunc(published, func(r version.Candidate) bool {
		return s.Clauses.Contains(r.Version, true) && clauses.Contains(r.Version, true)
	})
}
