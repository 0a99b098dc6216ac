// Package download reads and edits the downloads in scripts of Dockerfiles. A
// version, the addresses with it, and the checksums of the files move together or
// not at all.
//
// It does not follow data through a shell. Instead, it searches for the values of a
// stage's checksums in the publisher's list for the version in use, and so finds
// the file of each. Package source/download looks up releases, package dockerfile
// parses instructions.
package download

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/download/keyfiles"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/internal/source/ospackages"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "download"

// Kind is the Package.Kind of downloads.
const Kind = "download"

// An Ecosystem reads and edits downloads. It implements ecosystems.Ecosystem,
// ecosystems.Prover, ecosystems.Dater and ecosystems.Limiter.
type Ecosystem struct {
	source *source.Client
	images dockerfile.Ecosystem
	others map[string]ecosystems.Ecosystem // by Kind: they know the other packages that scripts install

	modules sync.Map // by ecosystems.Package: the module of a Go package
}

// New returns the ecosystem. It looks up downloads with from, packages of Alpine
// and Debian with system, and packages of other kinds ("pypi", "go", "oci") in
// scripts and comments with others.
func New(from *source.Client, system *ospackages.Source, others map[string]ecosystems.Ecosystem) *Ecosystem {
	e := &Ecosystem{source: from, others: map[string]ecosystems.Ecosystem{ospackages.APK: ospackage{source: system}, ospackages.DEB: ospackage{source: system}}}
	maps.Copy(e.others, others)
	return e
}

// Info describes the ecosystem. Its own kind comes first, then those of the others.
func (e *Ecosystem) Info() ecosystems.Info {
	info := ecosystems.Info{
		Name: Name, Files: "Dockerfiles", Renovate: []string{"github-releases", "github-tags", "custom.regex", "regex"},
		Kinds: []ecosystems.Kind{{Word: Kind, Noun: "download", Plural: "downloads", Called: spoken}},
	}
	for _, word := range slices.Sorted(maps.Keys(e.others)) {
		info.Kinds = append(info.Kinds, e.others[word].Info().KindOf(word))
	}
	return info
}

// spoken returns the name of a project in a sentence, and a short form: github.com/tianon/gosu and gosu.
func spoken(name string) (full, short string) {
	return strings.TrimPrefix(name, "github.com/"), path.Base(name)
}

// Match reports whether a file is a Dockerfile by its name.
func (e *Ecosystem) Match(file string) bool { return e.images.Match(file) }

// ReadsAnnotations implements ecosystems.Annotator.
func (*Ecosystem) ReadsAnnotations() {}

// A detail is the Own of a dependency, for Edit and Pins.
type detail struct {
	group *reading.Group
	all   []*reading.Group // of the stage
	file  string
	src   string
}

// Extract reads a Dockerfile, or a text file with annotations.
func (e *Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil || !why.IsZero() {
		return nil, err // ecosystem dockerfile reports an unreadable file
	}
	notes := reading.Annotations(src)
	if !e.Match(file) {
		return e.annotated(file, src, notes), nil
	}
	f := dockerfile.Parse(file, src)
	if f.IsTemplate() {
		return nil, nil
	}
	var list []ecosystems.Dependency
	stages, installs := reading.Scan(f)
	all := reading.GroupsOf(stages)
	var shown []*reading.Group
	for n, groups := range all {
		stages[n].Keys = keyfiles.Of(repo, file, f, n)
		reading.Annotate(groups, notes)
		for _, g := range groups {
			switch n := slices.IndexFunc(shown, func(o *reading.Group) bool { return g.Repeats(o, groups) }); {
			case g.Hidden: // it has no version to show
			case n >= 0:
				shown[n].From = append(shown[n].From, g.From...)
			default:
				shown = append(shown, g)
				list = append(list, e.dependency(repo, file, src, g, groups))
			}
		}
	}
	for _, in := range installs {
		list = append(list, e.packages(file, in)...)
	}
	list = append(list, e.annotated(file, src, notes)...)
	for n := range list {
		d := &list[n]
		if generated(src) && d.Skip.IsZero() {
			d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the file is generated, and its head says not to edit it"}
		}
		d.Ignored = d.Ignored || ignored(src, d.At[0].Start)
	}
	slices.SortStableFunc(list, func(a, b ecosystems.Dependency) int { return a.At[0].Start - b.At[0].Start })
	return list, nil
}

// dependency returns the dependency for a group.
func (e *Ecosystem) dependency(repo fs.FS, file, src string, g *reading.Group, all []*reading.Group) ecosystems.Dependency {
	from, form := g.Project, g.Template
	if g.Annotation != nil {
		from, form = g.Asked, g.AskedBy
	}
	d := ecosystems.Dependency{
		Name: g.Name(), Direct: true, Skip: g.Skip,
		Package: ecosystems.Package{Kind: Kind, Name: from.Name, Index: from.Source + " " + form.String()},
		Own:     &detail{g, all, file, src},
	}
	for _, p := range g.Places {
		d.At = append(d.At, ecosystems.Span{File: file, Start: p.Start, End: p.End})
	}
	if len(d.At) == 0 {
		d.At = []ecosystems.Span{{File: file, Start: g.At, End: g.At}}
		if d.Skip.IsZero() {
			d.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "its version is put together when the script runs"}
		}
	} else {
		d.Pin.Text = src[d.At[0].Start:d.At[0].End]
	}
	d.Pin.NoDigest = "a download has checksums beside it, and no digest"
	v, ok := release.Parse(g.Version)
	switch {
	case ok:
		d.Pin.Version = v
	case d.Skip.IsZero():
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: g.Version + " is no version"}
	}
	if d.Skip.IsZero() && repo != nil {
		d.Skip = elsewhereSet(repo, file, g)
	}
	d.Ignored = slices.ContainsFunc(g.From, func(a *reading.Address) bool { return ignored(src, a.At) })
	return d
}

var doNotEdit = lazyregexp.New(`(?i)do not (?:manually )?(?:edit|modify)|is generated (?:via|by|from)|@generated`)

// generated reports whether the comments at the beginning of a file say that a program generates it.
func generated(src string) bool {
	for line := range strings.Lines(src[:min(len(src), 4096)]) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			return false
		}
		if doNotEdit.MatchString(line) {
			return true
		}
	}
	return false
}

// ignored reports whether the comment above a line, or above its instruction, tells Freshpin to ignore it.
func ignored(src string, at int) bool {
	at = min(at, len(src))
	start := strings.LastIndexByte(src[:at], '\n') + 1
	for start > 0 {
		above := src[:start-1]
		start = strings.LastIndexByte(above, '\n') + 1
		line := strings.TrimSpace(above[start:])
		switch {
		case strings.HasPrefix(line, "#"):
			if ecosystems.Ignores(line) {
				return true
			}
		case !strings.HasSuffix(line, `\`) && !strings.HasSuffix(line, "`"):
			return false
		}
	}
	return false
}

// Versions returns the published versions of a project in the notation of the file.
func (e *Ecosystem) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	if other := e.others[pkg.Kind]; other != nil {
		return e.listed(ctx, other, pkg)
	}
	from, form, _ := strings.Cut(pkg.Index, " ")
	t := spelling.ParseTemplate(form)
	project, ok := source.ProjectOf(from, pkg.Name)
	if !ok {
		return ecosystems.Listing{}, nil
	}
	all, err := e.source.Versions(ctx, project)
	if err != nil {
		return ecosystems.Listing{}, err
	}
	var l ecosystems.Listing
	seen := map[string]bool{}
	for _, r := range all {
		text, ok := t.Version(r.Tag)
		v, read := release.Parse(text)
		if !ok || !read || seen[text] {
			continue
		}
		seen[text] = true
		v.Pre = v.Pre || r.Pre // some projects mark pre-releases only at their release
		l.Candidates = append(l.Candidates, version.Candidate{Version: v, Published: version.Date(r.Published), Withdrawn: r.Withdrawn})
	}
	l.Candidates = version.Compact(l.Candidates)
	return l, nil
}

// Limit returns a function with the reason why a version contradicts another text of the file.
func (e *Ecosystem) Limit(d ecosystems.Dependency) func(version.Version) string {
	own, ok := d.Own.(*detail)
	if !ok || len(own.group.Lines) == 0 {
		return nil
	}
	return func(v version.Version) string { return own.group.Admits(v.Text) }
}
