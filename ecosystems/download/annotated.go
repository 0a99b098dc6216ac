package download

import (
	"regexp"
	"slices"
	"strings"

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

// annotate gives groups the projects that comments name, and makes groups of versions that stand in no address.
func annotate(st *stage, groups []*group, notes []*annotation) []*group {
	for _, a := range notes {
		project, t, ok := a.project()
		if !ok {
			continue
		}
		for _, g := range groups {
			if !slices.ContainsFunc(g.places, func(p place) bool { return p.start >= a.from && p.end <= a.to }) {
				continue
			}
			a.used = true
			if g.project.Name == project.Name {
				continue
			}
			g.annotation, g.project = a, project
			t.before = strings.TrimSuffix(t.before, "v") + t.before[len(strings.TrimSuffix(t.before, "v")):]
			g.template = t
			if g.skip.Code == "url" {
				g.skip.Code, g.skip.Text = "", ""
			}
		}
	}
	return groups
}

var extractPrefix = regexp.MustCompile(`^\^?([A-Za-z0-9_/.-]*?)\(\?<version>`)

// project returns what a datasource of Renovate asks about.
func (a *annotation) project() (source.Project, template, bool) {
	t := template{separator: '.', optional: true}
	if m := extractPrefix.FindStringSubmatch(a.extract); m != nil {
		t = template{before: m[1], separator: '.'}
	}
	name := strings.TrimSuffix(strings.TrimPrefix(a.name, "https://github.com/"), ".git")
	switch a.datasource {
	case "github-releases", "github-tags", "github-release-attachments":
		p, ok := source.ProjectOf("github-release", "github.com/"+name)
		return p, t, ok && strings.Count(name, "/") == 1
	}
	return source.Project{}, t, false
}
