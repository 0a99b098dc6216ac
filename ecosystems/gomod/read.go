package gomod

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A reader parses one file.
type reader struct {
	file     string
	work     bool // the file is a go.work
	replaced []*modfile.Replace
	required []string // paths
	tools    []string // packages
	module   string   // path of the module itself
	excluded []module.Version
	goLine   string // "1.18"; "" for a go.work, where it does not limit the modules
	deps     []ecosystems.Dependency
}

// Extract returns the requirements, the replacements with a version, and the
// toolchain. It parses each statement separately with modfile, so that an invalid one
// does not affect others.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	data, err := fs.ReadFile(repo, file)
	if err != nil {
		return nil, err
	}
	r := &reader{file: file, work: path.Base(file) == "go.work"}
	if !r.work {
		r.goLine = unstated
	}
	if bytes.Count(data, []byte("\n")) > 5*ecosystems.MostPins { // files have few comments and blank lines
		return nil, ecosystems.ErrTooManyPins
	}
	list := statements(data)
	if len(list) > ecosystems.MostPins {
		return nil, ecosystems.ErrTooManyPins
	}
	for _, s := range list { // first, because a replace may follow the require that it affects
		r.collect(s)
	}
	for _, s := range list {
		r.add(s)
	}
	if base := path.Base(file); base != "go.mod" && !r.work {
		skipOtherName(r.deps, base)
	}
	skipPlaceholders(repo, file, r.deps)
	if err := readable(file, data, r.work); err != nil {
		for n := range r.deps {
			r.deps[n].Own = unreadable{cause(err)}
		}
	}
	return r.deps, nil
}

// An unreadable says why the file of a dependency cannot be parsed as a whole. Its
// dependencies are shown but cannot be edited.
type unreadable struct{ why string }

// readable parses a file as the go command does, and returns an error if any line is invalid.
func readable(file string, data []byte, work bool) error {
	if work {
		_, err := modfile.ParseWork(file, data, asWritten)
		return err
	}
	_, err := modfile.Parse(file, data, asWritten)
	return err
}

// skipOtherName skips the dependencies of a file with another name, because the go
// command uses it only with a flag.
func skipOtherName(deps []ecosystems.Dependency, base string) {
	for n := range deps {
		if deps[n].Skip.IsZero() {
			deps[n].Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "only go.mod and go.work are updated; go get -modfile=" + base + " moves it"}
		}
	}
}

// collect records the parts of a statement that affect other statements.
func (r *reader) collect(s statement) {
	f, err := parse(s, r.work)
	if err != nil {
		return // add reports it
	}
	if f.Go != nil && !r.work {
		r.goLine = f.Go.Version
	}
	r.replaced = append(r.replaced, f.Replace...)
	for _, x := range f.Exclude {
		r.excluded = append(r.excluded, x.Mod)
	}
	for _, t := range f.Tool {
		r.tools = append(r.tools, t.Path)
	}
	for _, q := range f.Require {
		r.required = append(r.required, q.Mod.Path)
	}
	if f.Module != nil {
		r.module = f.Module.Mod.Path
	}
}

// provides reports whether a module contains the package of a tool line; of several
// possible modules, the one with the longest path does. Such a module is a direct
// dependency, although the go command marks it as indirect (renovate #35078).
func (r *reader) provides(path string) bool {
	return slices.ContainsFunc(r.tools, func(tool string) bool {
		if !holds(path, tool) {
			return false
		}
		return !slices.ContainsFunc(append(slices.Clip(r.required), r.module), func(other string) bool {
			return len(other) > len(path) && holds(other, tool)
		})
	})
}

// holds reports whether a package path equals a module path or is below it.
func holds(module, pkg string) bool { return pkg == module || strings.HasPrefix(pkg, module+"/") }

// parse parses one statement with modfile.
func parse(s statement, work bool) (*modfile.File, error) {
	if s.trouble != "" {
		return nil, errors.New(s.trouble)
	}
	text := []byte(s.text() + " " + s.comment + "\n")
	if s.inside { // where a parenthesis at the end of a line does not open a block
		text = []byte(strings.Replace(s.text(), s.verb, s.verb+" (\n", 1) + " " + s.comment + "\n)\n")
	}
	if !work {
		return modfile.Parse("go.mod", text, asWritten)
	}
	w, err := modfile.ParseWork("go.work", text, asWritten)
	if err != nil {
		return nil, err
	}
	return &modfile.File{Replace: w.Replace, Toolchain: w.Toolchain}, nil
}

// asWritten accepts branches and incomplete versions, which the go command resolves.
func asWritten(_, text string) (string, error) { return text, nil }

// add adds the dependency of a statement, or the problem with it.
func (r *reader) add(s statement) {
	if s.verb == "retract" && s.trouble == "" {
		return // it retracts versions of the module itself, which is no dependency
	}
	f, err := parse(s, r.work)
	switch {
	case err != nil && s.trouble == "" && s.verb == "require" && len(s.words) == 2 && !semver.IsValid(unquote(s.words[1])):
		r.branch(s)
	case err != nil:
		r.malformed(s, err)
	case len(f.Require) == 1:
		r.require(s, f.Require[0])
	case len(f.Replace) == 1 && f.Replace[0].New.Version != "":
		r.replacement(s, f.Replace[0])
	case f.Toolchain != nil:
		r.toolchain(s, f.Toolchain.Name)
	}
}

// dependency returns a dependency whose version is the word w.
func (r *reader) dependency(s statement, name string, w word) *ecosystems.Dependency {
	text := unquote(w)
	at := ecosystems.Span{File: r.file, Start: w.start, End: w.start + len(w.text)}
	inside := strings.Index(w.text, text)
	if inside >= 0 { // without its quotes
		at.Start, at.End = w.start+inside, w.start+inside+len(text)
	}
	d := ecosystems.Dependency{
		Name:    name,
		Package: ecosystems.Package{Kind: kind, Name: name},
		At:      []ecosystems.Span{at},
		Pin:     ecosystems.Pin{Text: text},
		Direct:  true,
		Ignored: s.ignored(),
	}
	if inside < 0 {
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the version is written with escapes"}
	}
	r.deps = append(r.deps, d)
	return &r.deps[len(r.deps)-1]
}

// setVersion sets the version of a module, if it is valid, and the language version that the file allows.
func (r *reader) setVersion(d *ecosystems.Dependency) {
	d.Pin.Runtime = r.goLine
	v, ok := gosemver.Parse(d.Pin.Text)
	if !ok && d.Skip.IsZero() {
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("%q is no complete version; the go command replaces it when it runs next", d.Pin.Text)}
	}
	d.Pin.Version = v
	if module.IsPseudoVersion(v.Text) { // tags older than its commit are no candidates, see Source
		d.Package.Index = v.Text
	}
}

func (r *reader) require(s statement, req *modfile.Require) {
	d := r.dependency(s, req.Mod.Path, s.words[1])
	d.Direct = !req.Indirect || r.provides(req.Mod.Path)
	d.Pin.Excludes = r.excludes(req.Mod.Path, req.Mod.Version)
	r.setVersion(d)
	if by := replacing(r.replaced, req.Mod); by != nil {
		d.Skip = ecosystems.Reason{Code: ecosystems.Replaced, Text: "replaced by " + by.New.Path}
	}
}

// replacing returns the replacement that applies to a requirement, nil for none. One for
// the exact version has precedence.
func replacing(list []*modfile.Replace, m module.Version) *modfile.Replace {
	var all *modfile.Replace
	for _, p := range list {
		if p.Old == m {
			return p
		}
		if p.Old.Path == m.Path && p.Old.Version == "" {
			all = p
		}
	}
	return all
}

// excludes returns a function that reports whether a version of a module is excluded
// for a pin: by the file, or because it is +incompatible and the pin is not.
func (r *reader) excludes(name, pin string) func(version.Version) bool {
	var texts []string
	for _, m := range r.excluded {
		if m.Path == name {
			texts = append(texts, m.Version)
		}
	}
	// Only a pin that is +incompatible may stay so (golang.org/issue/34165).
	legacy := gosemver.Incompatible(pin)
	return func(v version.Version) bool {
		return !legacy && v.Family == gosemver.Superseded || slices.Contains(texts, v.Text)
	}
}

func (r *reader) replacement(s statement, p *modfile.Replace) {
	// A branch or an incomplete version does not fit either, but setVersion explains it better.
	if err := checkVersion(p.New.Path, p.New.Version); err != nil && semver.Canonical(p.New.Version) == p.New.Version {
		r.malformed(s, fmt.Errorf("%s: %w", p.New.Path, err))
		return
	}
	// The path that is replaced is part of the index, because the candidates depend on it.
	d := r.dependency(s, p.New.Path, s.words[len(s.words)-1])
	d.Pin.Excludes = r.excludes(p.New.Path, p.New.Version)
	r.setVersion(d)
	pseudo, _ := readIndex(d.Package.Index)
	d.Package.Index = index(pseudo, p.Old.Path)
}

func (r *reader) toolchain(s statement, name string) {
	d := r.dependency(s, toolchain, s.words[0])
	v, ok := gosemver.ParseToolchain(name)
	switch {
	case name == "default":
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "default is whatever toolchain runs"}
	case !ok:
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("%q is no toolchain that is published", name)}
	}
	d.Pin.Version = v
}

// branch adds a requirement whose version is the name of a branch or commit.
func (r *reader) branch(s statement) {
	d := r.dependency(s, unquote(s.words[0]), s.words[1])
	d.Direct = !strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(s.comment, "//")), "indirect")
	d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("%q is a branch or commit; the go command replaces it when it runs next", d.Pin.Text)}
}

// malformed adds the problem with a line, at its position.
func (r *reader) malformed(s statement, err error) {
	if list, ok := errors.AsType[modfile.ErrorList](err); ok && len(list) > 0 {
		err = list[0].Err
		if list[0].ModPath != "" {
			err = fmt.Errorf("%s: %w", list[0].ModPath, err)
		}
	}
	r.deps = append(r.deps, ecosystems.Dependency{
		Name:    s.verb,
		At:      []ecosystems.Span{{File: r.file, Start: s.start, End: s.end}},
		Direct:  true,
		Skip:    ecosystems.Reason{Code: ecosystems.Malformed, Text: err.Error()},
		Ignored: s.ignored(),
	})
}

// unquote returns the text of a word without its quotes, if it has any.
func unquote(w word) string {
	if text, err := strconv.Unquote(w.text); err == nil && w.text[0] != '\'' {
		return text
	}
	return w.text
}
