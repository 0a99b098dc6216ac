package download

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// An annotation is a comment that names what the version in the next line is of:
// "# renovate: datasource=github-releases depName=tianon/gosu" (Renovate docs,
// "Custom Manager Support using Regex").
type annotation struct {
	datasource, name, extract string
	from, to                  int // bytes of the line that it is about
	used                      bool
}

var (
	annotationLine = regexp.MustCompile(`^\s*(?:#|//|--|;|<!--|/\*)+\s*renovate:\s*(.*)$`)
	keyValue       = regexp.MustCompile(`(\w+)=(\S+)`)
)

// annotations reads the comments of a file.
func annotations(src string) (list []*annotation) {
	var open []*annotation
	at := 0
	for line := range strings.Lines(src) {
		start := at
		at += len(line)
		if m := annotationLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			a := &annotation{}
			for _, kv := range keyValue.FindAllStringSubmatch(m[1], 20) {
				switch kv[1] {
				case "datasource":
					a.datasource = kv[2]
				case "depName":
					if a.name == "" {
						a.name = kv[2]
					}
				case "packageName", "lookupName":
					a.name = kv[2]
				case "extractVersion":
					a.extract = kv[2]
				}
			}
			open = append(open[:0], a)
			continue
		}
		if text := strings.TrimSpace(line); text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		for _, a := range open {
			a.from, a.to = start, at
			if len(list) < maxLiterals {
				list = append(list, a)
			}
		}
		open = open[:0]
	}
	return list
}

// annotate gives groups the projects that comments name.
func annotate(groups []*group, notes []*annotation) {
	for _, a := range notes {
		project, t, ok := a.project()
		for _, g := range groups {
			if g.hidden || !slices.ContainsFunc(g.places, func(p place) bool { return p.start >= a.from && p.end <= a.to }) {
				continue
			}
			a.used = true
			if !ok || g.project.Name == project.Name {
				continue
			}
			g.annotation, g.asked, g.askedBy = a, project, t
			if g.skip.Code == ecosystems.URL {
				g.skip = ecosystems.Reason{}
			}
		}
	}
}

var extractPrefix = regexp.MustCompile(`^\^?([A-Za-z0-9_/.-]*?)\(\?<version>`)

// datasources are those of Renovate that a source of ours answers for.
var datasources = map[string][2]string{
	"golang-version": {"go", "go.dev/dl"}, "node-version": {"node", "nodejs.org/dist"}, "node": {"node", "nodejs.org/dist"}, "python-version": {"python", "www.python.org/ftp/python"},
}

// project returns what a datasource of Renovate asks about.
func (a *annotation) project() (source.Project, template, bool) {
	t := template{separator: '.', optional: true}
	if m := extractPrefix.FindStringSubmatch(a.extract); m != nil {
		t = template{before: strings.ReplaceAll(m[1], `\`, ""), separator: '.'}
	}
	if known, ok := datasources[a.datasource]; ok {
		p, ok := source.ProjectOf(known[0], known[1])
		if known[0] == "go" {
			t = template{before: "go", separator: '.'}
		}
		return p, t, ok
	}
	name := strings.TrimSuffix(strings.TrimPrefix(a.name, "https://github.com/"), ".git")
	switch a.datasource {
	case "github-releases", "github-tags", "github-release-attachments":
		p, ok := source.ProjectOf("github-release", "github.com/"+name)
		return p, t, ok && strings.Count(name, "/") == 1
	}
	return source.Project{}, t, false
}

var written = regexp.MustCompile(`(?:^|[\s="':@(])([vV]?[0-9]+(?:\.[0-9]+)*[0-9A-Za-z.+_-]*)(?:$|[\s"',;)\\])`)

// noted makes the dependencies of versions that comments name and that stand in no address.
func (e *Ecosystem) noted(file, src string, notes []*annotation) (list []ecosystems.Dependency) {
	for _, a := range notes {
		if a.used {
			continue
		}
		m := written.FindStringSubmatchIndex(src[a.from:a.to])
		if m == nil || a.name == "" && a.datasource == "" {
			continue
		}
		at := a.from + m[2]
		if d, ok := e.note(file, src, a, stand(src[at:a.from+m[3]], at)); ok {
			d.Ecosystem, d.Direct = Name, true
			list = append(list, d)
		}
	}
	return list
}

// note makes the dependency of one version that a comment names.
func (e *Ecosystem) note(file, src string, a *annotation, v text) (ecosystems.Dependency, bool) {
	switch a.datasource {
	case "pypi":
		found := e.requirements(file, install{kind: pip, words: []text{made(a.name+"==", nil).add(v)}})
		return first(found)
	case "go":
		return plainPackage(install{kind: golang}, made(a.name+"@", nil).add(v))
	case "docker":
		return e.image(file, src, a, v)
	}
	project, t, ok := a.project()
	if !ok {
		return ecosystems.Dependency{
			Name: a.name, At: []ecosystems.Span{{File: file, Start: v.at[0], End: v.at[0] + len(v.s)}}, Pin: ecosystems.Pin{Text: v.s},
			Skip: ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("the datasource %q is none that is asked: docker, github-releases, github-tags, go, pypi", a.datasource)},
		}, true
	}
	if t.before == "" && (v.s[0] == 'v' || v.s[0] == 'V') {
		v = v.slice(1, len(v.s))
	}
	g := &group{project: project, template: t, asked: project, askedBy: t, version: v.s, annotation: a, stage: &stage{words: map[string]bool{}}, at: v.at[0]}
	g.places = []place{{v.at[0], v.at[0] + len(v.s), '.', true}}
	return e.dependency(nil, file, src, g, []*group{g}), true
}

func first(list []ecosystems.Dependency) (ecosystems.Dependency, bool) {
	if len(list) == 0 {
		return ecosystems.Dependency{}, false
	}
	return list[0], true
}

// image reads the tag of an image as FROM has it, in the room of Dockerfiles.
func (e *Ecosystem) image(file, src string, a *annotation, v text) (ecosystems.Dependency, bool) {
	room := e.room(images)
	if room == nil || !imageName.MatchString(a.name) || strings.Contains(src, "FROM "+a.name+":$") {
		return ecosystems.Dependency{}, false
	}
	all := made("FROM "+a.name+":", nil).add(v).add(made("\n", nil))
	own := packaged{at: all, name: "Dockerfile", content: all.s}
	found, err := room.Extract(own.repo(""), own.name)
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

var imageName = regexp.MustCompile(`^[a-z0-9][a-z0-9._/:-]*$`)
