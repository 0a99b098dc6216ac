// Package precommit reads and edits the configuration of pre-commit
// (https://pre-commit.com, "Adding pre-commit plugins to your project"): the
// revisions of hooks, and the additional Python packages of hooks.
//
// Package gitpin looks up and edits pins to git repositories, package
// requirements those to Python packages.
package precommit

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/bykind"
	"github.com/freshpin/freshpin/ecosystems/internal/gitpin"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "pre-commit"

// kind is the kind of package that a repository of hooks is.
const kind = "hooks"

// An Ecosystem reads and edits .pre-commit-config.yaml. It implements
// ecosystems.Ecosystem, ecosystems.Describer, ecosystems.Runner and
// ecosystems.Advised.
type Ecosystem struct {
	bykind.Of
	pip *requirements.Ecosystem
}

// New returns the ecosystem. It looks up the tags of repositories with source,
// and parses and looks up Python requirements with pip.
func New(source gitpin.Source, pip *requirements.Ecosystem) *Ecosystem {
	git := gitpin.NewLookup(source, func(pkg ecosystems.Package) string { return pkg.Index })
	return &Ecosystem{func(of string) bykind.Lookup {
		if of == kind {
			return git
		}
		return pip
	}, pip}
}

// Info describes the ecosystem.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "pre-commit configurations",
		Kinds: []ecosystems.Kind{{
			Word: kind, Noun: "pre-commit hook", Plural: "pre-commit hooks", Digests: true, Resolves: true, Canonical: strings.ToLower,
		}, pypi.Kind()},
		Dependabot: []string{"pre-commit"}, Renovate: []string{"pre-commit", "github-tags"},
	}
}

// Match reports whether a file is a configuration of pre-commit by its name.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	return base == ".pre-commit-config.yaml" || base == ".pre-commit-config.yml"
}

// Extract reads the list of repositories of a configuration, each with a revision.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil {
		return nil, err
	}
	if !why.IsZero() {
		return []ecosystems.Dependency{skipped(path.Base(file), ecosystems.Span{File: file}, why)}, nil
	}
	f := yamltext.Read(file, src, nil)
	var found, packages []ecosystems.Dependency
	for _, d := range f.Documents {
		if d.Trouble != nil {
			found = append(found, skipped(d.Trouble.Text, d.Trouble.At, d.Trouble.Reason))
			continue
		}
		list := f.List(d.Root, "repos")
		if d.Root != nil && d.Root.Kind == yaml.SequenceNode { // the first version of the format
			list = d.Root.Content
		}
		for _, one := range list {
			if d, ok := hooks(f, yamltext.Target(one)); ok {
				found = append(found, d)
			}
			packages = append(packages, e.additional(f, yamltext.Target(one))...)
		}
	}
	if len(found)+len(packages) > ecosystems.MostPins {
		return nil, ecosystems.ErrTooManyPins
	}
	if len(packages) > 0 {
		e.pip.ApplyProject(repo, file, packages, "", nil)
	}
	return imagepin.Settle(file, append(found, packages...)), nil
}

// specified matches a name with a comparison, which only Python requirements
// have. Hooks in other languages write eslint@8.1.0 or rubocop:1.2.
var specified = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\]\s*)?(?:[=~!<>]=|[<>])`)

// additional reads the additional_dependencies of a repository's hooks, as far
// as they are Python requirements with a version.
func (e *Ecosystem) additional(f *yamltext.File, n *yaml.Node) (found []ecosystems.Dependency) {
	for _, hook := range f.List(n, "hooks") {
		if language := f.Text(hook, "language"); language != "" && language != "python" {
			continue
		}
		for _, one := range f.List(hook, "additional_dependencies") {
			if one = yamltext.Target(one); one == nil || one.Kind != yaml.ScalarNode || !specified.MatchString(one.Value) {
				continue
			}
			s := f.Scalar(one)
			at, ok := s.Span()
			if !ok || s.Filled {
				continue // a template or escapes: too rare to report
			}
			d := e.pip.Inline(f.Src, at)
			d.Ignored = d.Ignored || f.Ignored(s.Start)
			found = append(found, d)
		}
	}
	return found
}

// Runs returns which releases of a package run on the project's Python.
func (e *Ecosystem) Runs(d ecosystems.Dependency, project string) ecosystems.Runtime {
	if d.Package.Kind == kind {
		return ecosystems.Runtime{}
	}
	return e.pip.Runs(d, project)
}

// Advised implements ecosystems.Advised, for packages.
func (e *Ecosystem) Advised(ctx context.Context, pkg ecosystems.Package, v version.Version) (ecosystems.Subject, bool) {
	if pkg.Kind == kind {
		return ecosystems.Subject{}, false
	}
	return e.pip.Advised(ctx, pkg, v)
}

// ReadVersion implements ecosystems.Advised.
func (e *Ecosystem) ReadVersion(pkg ecosystems.Package, text string) (version.Version, bool) {
	if pkg.Kind == kind { // no database of advisories names hooks; their release notes are compared
		v := gittag.Parse(text)
		return v, !v.IsName()
	}
	return e.pip.ReadVersion(pkg, text)
}

// hooks reads one repository. It reports false for one without a revision, such
// as "local" and "meta".
func hooks(f *yamltext.File, n *yaml.Node) (ecosystems.Dependency, bool) {
	if n == nil || n.Kind != yaml.MappingNode {
		return ecosystems.Dependency{}, false
	}
	name, rev := strings.TrimSpace(f.Text(n, "repo")), f.At(n, "rev")
	if rev == nil {
		rev = f.At(n, "sha") // before pre-commit 1.0
	}
	if name == "" || name == "local" || name == "meta" || rev == nil || rev.Tag == "!!null" || rev.Kind == yaml.ScalarNode && rev.Value == "" {
		return ecosystems.Dependency{}, false
	}
	s := f.Scalar(rev)
	span, ok := s.Span()
	at := ecosystems.Span{File: f.Path, Start: f.Offset(rev)}
	if at.End = at.Start; s.OK {
		at.Start, at.End = s.Start, s.End
	}
	address, known := gitrefs.Address(name)
	why := ecosystems.Reason{}
	switch {
	case imagepin.IsTemplate(name) || s.Filled || imagepin.IsTemplate(rev.Value):
		why = ecosystems.Reason{Code: ecosystems.Variable, Text: "a template fills it in: the revision is not known here"}
	case rev.Kind != yaml.ScalarNode:
		why = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the revision is no text"}
	case !ok || strings.TrimSpace(rev.Value) != rev.Value:
		why = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the revision is written with escapes or over several lines"}
	case strings.HasPrefix(name, ".") || strings.HasPrefix(name, "/") || strings.HasPrefix(name, "file:"):
		why = ecosystems.Reason{Code: ecosystems.Path, Text: "a path of this machine"}
	case !known:
		why = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "not the address of a repository that is reached over https"}
	}
	if !why.IsZero() {
		d := skipped(imagepin.Clip(name), at, why)
		d.Ignored = f.Ignored(at.Start)
		return d, true
	}
	_, short, _ := strings.Cut(strings.TrimSuffix(address, ".git"), "://")
	p := gitpin.Place{
		Name: short, Package: ecosystems.Package{Kind: kind, Name: strings.ToLower(short), Index: address},
		Ref: rev.Value, At: span, Lead: "frozen: ", // as pre-commit autoupdate --freeze has it
	}
	return gitpin.Read(p.Beside(f, rev, s)), true
}

// skipped returns a dependency that cannot be updated, with the reason.
func skipped(name string, at ecosystems.Span, why ecosystems.Reason) ecosystems.Dependency {
	return ecosystems.Dependency{
		Name: name, Package: ecosystems.Package{Kind: kind}, At: []ecosystems.Span{at}, Direct: true, Skip: why,
	}
}
