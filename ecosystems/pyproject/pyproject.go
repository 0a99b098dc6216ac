// Package pyproject reads and edits the requirements of pyproject.toml: those of
// projects (PEP 621), dependency groups (PEP 735), build systems (PEP 518), of
// uv, PDM and Hatch, and the constraints of Poetry as far as they are exact.
//
// It parses TOML for positions only. Package requirements, on which it is built,
// parses requirements and looks up releases.
package pyproject

import (
	"context"
	"io/fs"
	"path"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/pyproject/uvcommand"
	"github.com/freshpin/freshpin/ecosystems/requirements"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "pyproject"

// An Ecosystem reads and edits pyproject.toml. Like requirements.Ecosystem, it
// serves one run.
type Ecosystem struct {
	pip *requirements.Ecosystem
	uv  *uvcommand.Tool
}

var (
	_ ecosystems.Ecosystem = (*Ecosystem)(nil)
	_ ecosystems.Runner    = (*Ecosystem)(nil)
	_ ecosystems.Advised   = (*Ecosystem)(nil)
	_ ecosystems.Describer = (*Ecosystem)(nil)
	_ ecosystems.Limiter   = (*Ecosystem)(nil)
	_ ecosystems.Finisher  = (*Ecosystem)(nil)
)

// New returns the ecosystem. pip parses and looks up requirements; uv renews
// locks, and nil means that no lock is renewed.
func New(pip *requirements.Ecosystem, uv *uvcommand.Tool) *Ecosystem { return &Ecosystem{pip, uv} }

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "pyproject.toml files", Kinds: []ecosystems.Kind{pypi.Kind()},
		Tool:   ecosystems.Tool{Command: "uv", Version: []string{"--version"}, Get: "install uv from https://docs.astral.sh/uv", Files: uvLock + " files"},
		Beside: append([]string{".python-version", "uv.toml"}, locks...), Dependabot: []string{"pip", "uv"}, Renovate: []string{"pep621", "poetry", "pypi", "python"},
	}
}

// Match reports whether a file is a pyproject.toml.
func (*Ecosystem) Match(file string) bool { return path.Base(file) == "pyproject.toml" }

// Extract reads a pyproject.toml.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil {
		return nil, err
	}
	if !why.IsZero() {
		d := imagepin.Trouble(path.Base(file), ecosystems.Span{File: file}, why)
		d.Package = ecosystems.Package{}
		return []ecosystems.Dependency{d}, nil
	}
	r := &reader{pip: e.pip, file: file, src: src, sources: map[string]ecosystems.Reason{}, free: map[int]bool{}}
	r.read()
	if len(r.found) > ecosystems.MostPins {
		return nil, ecosystems.ErrTooManyPins
	}
	r.sourced()
	e.pip.ApplyProject(repo, file, r.found, r.main, r.further)
	if lock, why := lockFor(repo, file); lock != "" {
		for n := range r.found {
			if !r.free[n] {
				r.found[n].Own = locked{lock, why, r.found[n].Own}
			}
		}
	}
	return r.found, nil
}

// Versions returns the releases of a project.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	return e.pip.Versions(ctx, pkg)
}

// Pins returns v as the target: requirements in a pyproject.toml have no hashes.
func (e *Ecosystem) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return e.pip.Pins(ctx, unlocked(d), v)
}

// Edit moves the bounds of a requirement so that they admit the target.
func (e *Ecosystem) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	d = unlocked(d)
	if p, ok := d.Own.(poetry); ok {
		return p.edit(d, to)
	}
	return e.pip.Edit(d, to)
}

// Runs returns which releases of a dependency run on the project's Python.
func (e *Ecosystem) Runs(d ecosystems.Dependency, project string) ecosystems.Runtime {
	return e.pip.Runs(unlocked(d), project)
}

// Advised implements ecosystems.Advised.
func (e *Ecosystem) Advised(ctx context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	return e.pip.Advised(ctx, pkg, v)
}

// ReadVersion implements ecosystems.Advised.
func (e *Ecosystem) ReadVersion(pkg ecosystems.Package, text string) (version.Version, bool) {
	return e.pip.ReadVersion(pkg, text)
}

// Describe returns links to what people read about a move.
func (e *Ecosystem) Describe(ctx context.Context, d ecosystems.Dependency, to ecosystems.Target) (ecosystems.Links, error) {
	return e.pip.Describe(ctx, unlocked(d), to)
}
