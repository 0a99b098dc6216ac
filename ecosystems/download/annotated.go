package download

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/download/shelltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var written = lazyregexp.New(`(?:^|[\s="':@(])([vV]?[0-9]+(?:\.[0-9]+)*[0-9A-Za-z.+_-]*)(?:$|[\s"',;)\\])`)

// annotated returns the dependencies for versions with an annotation that are in no address.
func (e *Ecosystem) annotated(file, src string, notes []*reading.Annotation) (list []ecosystems.Dependency) {
	for _, a := range notes {
		if a.Used {
			continue
		}
		m := written.FindStringSubmatchIndex(src[a.From:a.To])
		if m == nil || a.Name == "" && a.Datasource == "" {
			continue
		}
		at := a.From + m[2]
		if d, ok := e.annotation(file, src, a, shelltext.Placed(src[at:a.From+m[3]], at)); ok {
			d.Direct = true
			list = append(list, d)
		}
	}
	return list
}

// annotation returns the dependency for one version with an annotation.
func (e *Ecosystem) annotation(file, src string, a *reading.Annotation, v shelltext.Text) (ecosystems.Dependency, bool) {
	switch a.Datasource {
	case "pypi":
		found := e.requirements(file, reading.Install{Kind: reading.Pip, Words: []shelltext.Text{shelltext.Unplaced(a.Name+"==", nil).Add(v)}})
		return first(found)
	case "go":
		return plainPackage(reading.Install{Kind: reading.Golang}, shelltext.Unplaced(a.Name+"@", nil).Add(v))
	case "docker":
		return e.image(file, src, a, v)
	}
	project, t, ok := a.Project()
	if !ok {
		return ecosystems.Dependency{
			Name: a.Name, At: []ecosystems.Span{{File: file, Start: v.At[0], End: v.At[0] + len(v.S)}}, Pin: ecosystems.Pin{Text: v.S},
			Skip: ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("the datasource %q is none that is asked: docker, github-releases, github-tags, go, pypi", a.Datasource)},
		}, true
	}
	if t.Before == "" && (v.S[0] == 'v' || v.S[0] == 'V') {
		v = v.Slice(1, len(v.S))
	}
	g := &reading.Group{Project: project, Template: t, Asked: project, AskedBy: t, Version: v.S, Annotation: a, Stage: &reading.Stage{Words: map[string]bool{}}, At: v.At[0]}
	g.Places = []reading.Place{{Start: v.At[0], End: v.At[0] + len(v.S), Separator: '.', Named: true}}
	return e.dependency(nil, file, src, g, []*reading.Group{g}), true
}

func first(list []ecosystems.Dependency) (ecosystems.Dependency, bool) {
	if len(list) == 0 {
		return ecosystems.Dependency{}, false
	}
	return list[0], true
}

// image reads the tag of an image with the ecosystem of Dockerfiles.
func (e *Ecosystem) image(file, src string, a *reading.Annotation, v shelltext.Text) (ecosystems.Dependency, bool) {
	other := e.others[images]
	if other == nil || !imageName.MatchString(a.Name) || strings.Contains(src, "FROM "+a.Name+":$") {
		return ecosystems.Dependency{}, false
	}
	all := shelltext.Unplaced("FROM "+a.Name+":", nil).Add(v).Add(shelltext.Unplaced("\n", nil))
	own := packaged{at: all, name: "Dockerfile"}
	found, err := own.extract(other, "")
	if err != nil || len(found) != 1 {
		return ecosystems.Dependency{}, false
	}
	d := found[0]
	within := d
	own.inner = &within
	d.Own = &own
	own.place(&d, file)
	d.Pin.NoDigest = "the comment names a version alone, so no digest is written beside it"
	return d, true
}

const images = "oci"

var imageName = lazyregexp.New(`^[a-z0-9][a-z0-9._/:-]*$`)
