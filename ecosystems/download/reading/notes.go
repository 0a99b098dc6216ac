package reading

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// An Annotation is a comment that names the project of the version in the next line:
// "# renovate: datasource=github-releases depName=tianon/gosu" (Renovate docs,
// "Custom Manager Support using Regex").
type Annotation struct {
	Datasource, Name, extract string
	From, To                  int // the byte offsets of the line that it is about
	Used                      bool
}

var (
	annotationLine = lazyregexp.New(`^\s*(?:#|//|--|;|<!--|/\*)+\s*renovate:\s*(.*)$`)
	keyValue       = lazyregexp.New(`(\w+)=(\S+)`)
)

// Annotations returns the annotations of a file.
func Annotations(src string) (list []*Annotation) {
	var open *Annotation // the one that waits for its line
	at := 0
	for line := range strings.Lines(src) {
		start := at
		at += len(line)
		if m := annotationLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			a := &Annotation{}
			for _, kv := range keyValue.FindAllStringSubmatch(m[1], 20) {
				switch kv[1] {
				case "datasource":
					a.Datasource = kv[2]
				case "depName":
					if a.Name == "" { // packageName takes precedence, wherever it stands
						a.Name = kv[2]
					}
				case "packageName", "lookupName":
					a.Name = kv[2]
				case "extractVersion":
					a.extract = kv[2]
				}
			}
			open = a
			continue
		}
		if text := strings.TrimSpace(line); text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if open != nil && len(list) < maxLiterals {
			open.From, open.To = start, at
			list = append(list, open)
		}
		open = nil
	}
	return list
}

// Annotate sets the projects of groups from annotations.
func Annotate(groups []*Group, notes []*Annotation) {
	for _, a := range notes {
		project, t, ok := a.Project()
		for _, g := range groups {
			if g.Hidden || !slices.ContainsFunc(g.Places, func(p Place) bool { return p.Start >= a.From && p.End <= a.To }) {
				continue
			}
			a.Used = true
			if !ok || g.Project.Name == project.Name { // the address says as much
				continue
			}
			g.Annotation, g.Asked, g.AskedBy = a, project, t
			if g.Skip.Code == ecosystems.URL { // the comment says what the address does not
				g.Skip = ecosystems.Reason{}
			}
		}
	}
}

var extractPrefix = lazyregexp.New(`^\^?([A-Za-z0-9_/.-]*?)\(\?<version>`)

// datasources are the supported datasources of Renovate.
var datasources = map[string][2]string{
	"golang-version": {"go", "go.dev/dl"}, "node-version": {"node", "nodejs.org/dist"}, "node": {"node", "nodejs.org/dist"}, "python-version": {"python", "www.python.org/ftp/python"},
}

// Project returns the project of an annotation; false for an unsupported datasource.
func (a *Annotation) Project() (source.Project, spelling.Template, bool) {
	t := spelling.Template{Separator: '.', Optional: true}
	if m := extractPrefix.FindStringSubmatch(a.extract); m != nil {
		t = spelling.Template{Before: strings.ReplaceAll(m[1], `\`, ""), Separator: '.'}
	}
	if known, ok := datasources[a.Datasource]; ok {
		p, ok := source.ProjectOf(known[0], known[1])
		if known[0] == "go" {
			t = spelling.Template{Before: "go", Separator: '.'}
		}
		return p, t, ok
	}
	name := strings.TrimSuffix(strings.TrimPrefix(a.Name, "https://github.com/"), ".git")
	switch a.Datasource {
	case "github-releases", "github-tags", "github-release-attachments":
		p, ok := source.ProjectOf("github-release", "github.com/"+name)
		return p, t, ok && strings.Count(name, "/") == 1
	}
	return source.Project{}, t, false
}
