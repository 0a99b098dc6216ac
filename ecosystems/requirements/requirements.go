// Package requirements reads and edits pip's requirements and constraints files:
// every line with the position of its version, its hashes, and the indexes of
// the file.
//
// The format is that of pip's documentation ("Requirements File Format") and of
// PEP 508. Package pep440 parses versions, package pypi looks up releases. The
// package executes no part of a file and expands no environment variables: those
// are set where pip runs.
package requirements

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "requirements"

// An Ecosystem reads and edits requirements files. It implements
// ecosystems.Ecosystem. It serves one run, because it caches listings without a
// limit of age. It is safe for concurrent use.
type Ecosystem struct {
	source *pypi.Source
	python func(repo fs.FS, file string) string

	reading singleflight.Group // pages, each once at a time

	mu     sync.Mutex
	listed map[ecosystems.Package]listed
	pages  []page             // of the projects whose files were asked for last
	runs   map[[2]string]bool // by required and given Python
}

// New returns the ecosystem. python returns the Python of the Dockerfile nearest
// to a file, "3.11", or "" if unknown; nil means always unknown.
func New(source *pypi.Source, python func(repo fs.FS, file string) string) *Ecosystem {
	return &Ecosystem{source: source, python: python, listed: map[ecosystems.Package]listed{}, runs: map[[2]string]bool{}}
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "requirements files", Kinds: []ecosystems.Kind{pypi.Kind()},
		Beside: []string{".python-version", ".tool-versions", "runtime.txt", "Pipfile", "pyproject.toml", "setup.cfg"}, Includes: true,
		Dependabot: []string{"pip"}, Renovate: []string{"pip_requirements", "pip-compile", "pypi", "python"},
	}
}

// Match reports whether a file is a requirements file by its name: a .txt or .pip
// file with "requirements" or "constraints" in a name without spaces, or at any
// depth below a folder "requirements".
func (*Ecosystem) Match(file string) bool { return match(file) }

// nameWords are the characters of a matching name.
const nameWords = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+"

func match(file string) bool {
	base := path.Base(file)
	ending := path.Ext(base)
	if ending != ".txt" && ending != ".pip" {
		return false
	}
	stem := strings.TrimSuffix(base, ending)
	if strings.Contains("/"+path.Dir(file)+"/", "/requirements/") && !prose(stem) {
		return true
	}
	return strings.Trim(stem, nameWords) == "" && (strings.Contains(stem, "requirements") || strings.Contains(stem, "constraints"))
}

// prose reports whether a file is documentation by its name.
func prose(stem string) bool {
	return slices.Contains([]string{"README", "LICENSE", "LICENCE", "COPYING", "NOTICE", "CHANGES", "CHANGELOG", "NOTES"}, strings.ToUpper(stem))
}

// listed is the cached result of a lookup.
type listed struct {
	releases []version.Candidate
	err      error
}

// release returns the release of a version, which may have another spelling: 1.0 is published as 1.0.0.
func (l listed) release(v version.Version) (version.Candidate, bool) {
	return releaseOf(l.releases, v, func(c *version.Candidate) *version.Version { return &c.Version })
}

// releaseOf returns the element of a version, spelled as v or else equal to it.
func releaseOf[R any](list []R, v version.Version, of func(*R) *version.Version) (R, bool) {
	equal := -1
	for n := range list {
		w := of(&list[n])
		if w.Text == v.Text {
			return list[n], true
		}
		if equal < 0 && w.Track == v.Track && version.Compare(*w, v) == 0 {
			equal = n
		}
	}
	if equal < 0 {
		var none R
		return none, false
	}
	return list[equal], true
}

// list looks up a project once and caches the result, also an error.
func (e *Ecosystem) list(ctx context.Context, pkg ecosystems.Package) listed {
	known, ok := e.remembered(pkg)
	if !ok {
		_, _ = e.Versions(ctx, pkg) // caches the error too
		known, _ = e.remembered(pkg)
	}
	return known
}

// remembered returns the listing of a package if it was looked up before.
func (e *Ecosystem) remembered(pkg ecosystems.Package) (listed, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	known, ok := e.listed[pkg]
	return known, ok
}

// Versions returns the releases of a project in the first index that has it.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	p, err := e.source.Releases(ctx, pkg.Name, pkg.Index)
	var l ecosystems.Listing
	for _, r := range pypi.WithPublic(p.Releases) {
		l.Candidates = append(l.Candidates, version.Candidate{
			Version: r.Version, Published: r.Published, Withdrawn: r.Yanked, Runtime: r.RequiresPython, StandIn: r.Labelled,
		})
	}
	l.Candidates = version.Compact(l.Candidates)
	e.mu.Lock()
	e.listed[pkg] = listed{l.Candidates, err}
	e.mu.Unlock()
	if err != nil {
		return ecosystems.Listing{}, err
	}
	if p.Status != "" {
		l.Notes = append(l.Notes, status(pkg.Name, p))
	}
	return l, nil
}

func status(name string, p pypi.Project) ecosystems.Note {
	text := name + " is " + p.Status
	if p.Reason != "" {
		text += ": " + p.Reason
	}
	return ecosystems.Note{Code: p.Status, Text: text}
}

// Pins returns the target for a version: with the release's hashes if the line
// has hashes, and with notes about limits that could not be read.
func (e *Ecosystem) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	own, _ := d.Own.(*detail)
	to := ecosystems.Target{Version: v, Notes: own.notes()}
	if own == nil || own.hashes == nil {
		return to, nil
	}
	r, _, err := e.files(ctx, d.Package, v)
	if err != nil {
		return ecosystems.Target{}, err
	}
	to.Hashes = r.Hashes
	return to, nil
}
