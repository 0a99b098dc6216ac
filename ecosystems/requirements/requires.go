package requirements

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements/bounds"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// requires are the requirements of a release, or the error of the lookup.
type requires struct {
	dists  []dist
	extras []string // that the release provides; pip ignores all others
	err    error
}

// A dist is one requirement of a release (Requires-Dist, PEP 508).
type dist struct {
	name    string // of PEP 503
	clauses pep440.Specifiers
	extras  []string
	marker  pep508.Marker
}

// String returns the requirement for display: without extras and marker.
func (d dist) String() string {
	const most = 200 // the text comes from outside
	text := d.name + d.clauses.String()
	return text[:min(len(text), most)]
}

// requires looks up the requirements of a release.
func (e *Ecosystem) requires(ctx context.Context, pkg ecosystems.Package, v version.Version) requires {
	r, ok, err := e.files(ctx, pkg, v)
	switch {
	case err != nil:
		return requires{err: err}
	case !ok:
		return requires{err: fmt.Errorf("%s %s is not published", pkg.Name, v)}
	}
	m, err := e.source.Metadata(ctx, pkg.Name, r)
	if err != nil {
		return requires{err: err}
	}
	return requires{dists: dists(m.RequiresDist), extras: m.Extras}
}

// dists parses requirements. It skips malformed ones and direct references, which
// cannot be checked.
func dists(texts []string) []dist {
	var out []dist
	for _, text := range texts {
		if d, ok := parseDist(text); ok {
			out = append(out, d)
		}
	}
	return out
}

func parseDist(text string) (dist, bool) {
	r, err := pep508.Parse(text, len(text))
	if err != nil && strings.Contains(text, ".*") { // old releases have the invalid ">=3.6.*"
		head, marker, _ := strings.Cut(text, ";")
		text = pep508.Lenient(head) + ";" + marker
		r, err = pep508.Parse(text, len(text))
	}
	if err != nil || !r.Skip.IsZero() {
		return dist{}, false
	}
	return dist{name: pypi.Normal(r.Name), clauses: r.Specifiers, extras: r.Extras, marker: r.Marker}, true
}

// where returns the environments in which a requirement applies. Of the requested
// extras it uses those that the release provides.
func (r *requires) where(d dist, envs []pep508.Environment, extras []string) pep508.Mask {
	provided := slices.DeleteFunc(slices.Clone(extras), func(x string) bool { return !slices.Contains(r.extras, x) })
	return d.marker.Where(envs, provided)
}

// A state is a possible content of a line: the current one, or that for a target.
type state struct {
	clauses  pep440.Specifiers
	version  version.Version // the pinned one or the target; zero for a range
	requires *requires       // of version; nil if unknown or not looked up
}

// only returns the version of a state if it admits exactly one.
func (s state) only(published listed) (version.Version, bool) {
	if v, ok := s.clauses.Exact(); ok {
		return v, true
	}
	var one version.Version
	for _, r := range published.releases {
		switch {
		// pip takes a yanked release only for an exact pin (PEP 592).
		case r.Withdrawn != "" || !s.clauses.Contains(r.Version, s.clauses.Prereleases()):
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
func (s state) admits(clauses pep440.Specifiers, published listed) bool {
	if v, ok := s.clauses.Exact(); ok {
		return clauses.Contains(v, true)
	}
	if !s.version.IsZero() {
		return clauses.Contains(s.version, true)
	}
	if v, ok := clauses.Exact(); ok {
		return s.clauses.Contains(v, true)
	}
	return len(published.releases) == 0 || s.leaves(clauses, published) // without a listing there is no proof of a conflict
}

// leaves reports whether a published version satisfies the state and the clauses
// of several requirements.
func (s state) leaves(clauses pep440.Specifiers, published listed) bool {
	return slices.ContainsFunc(published.releases, func(r version.Candidate) bool {
		return s.clauses.Contains(r.Version, true) && clauses.Contains(r.Version, true)
	})
}

// after returns the clauses of a line after a move to a version.
func (d *detail) after(to version.Version) pep440.Specifiers {
	if len(d.clauses) == 0 {
		s, _ := pep440.ParseSpecifiers(bounds.Line(to)) // no error: Line returns valid text
		return s
	}
	moved, err := bounds.Move(d.clauses, to)
	if err != nil {
		return d.clauses // Edit will refuse the move
	}
	return moved
}
