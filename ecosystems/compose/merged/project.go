// Package merged is what docker compose makes of the Compose files of a repository:
// projects with their services, overrides merged, includes and extends followed,
// every value with its place.
package merged

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/dotenv"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Project is the result of one or more files in docker compose: overrides are
// merged, and include and extends are followed inside the repository.
type Project struct {
	Files    []string // in the order of merging; the first one names the project
	Root     *Node    // the merged files, with services before extends
	Services []*Service
	Troubles []Trouble // the parts that could not be read; the rest is complete
}

// A Service is one service of a project, merged.
type Service struct {
	Name     string
	At       ecosystems.Span // of its first key
	Node     *Node           // a mapping
	Profiles []string
	Files    []string // the files that contribute to it, in order
}

// A Trouble is a place that could not be read.
type Trouble struct {
	At   ecosystems.Span
	Text string // one sentence
}

// The limits of one project.
const (
	mostFiles    = 64
	mostServices = 5_000
	mostLevels   = 8 // includes of includes, extends of extends
)

// The default names of the Compose file and its override (Compose, "The Compose
// application model").
var (
	defaultNames  = []string{"compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"}
	overrideNames = []string{"compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"}
)

// Projects groups the Compose files of a repository into projects: the default
// file of a folder with its override; a file with incomplete services with the
// default one; any other file alone. A file that another one includes is no project
// of its own.
func Projects(repo fs.FS, files []string) []*Project {
	l := &projectReader{repo: repo, files: map[string]*loaded{}}
	files = slices.Compact(slices.Sorted(slices.Values(files)))
	byFolder := map[string][]string{}
	for _, file := range files {
		byFolder[path.Dir(file)] = append(byFolder[path.Dir(file)], file)
	}
	var groups [][]string
	for _, dir := range slices.Sorted(maps.Keys(byFolder)) {
		groups = append(groups, l.groups(byFolder[dir])...)
	}
	var projects []*Project
	included := map[string]bool{}
	for _, group := range groups {
		p := l.project(group)
		for _, file := range p.Files[len(group):] {
			included[file] = true
		}
		projects = append(projects, p)
	}
	// At the end, because an including file may come after the included one.
	return slices.DeleteFunc(projects, func(p *Project) bool { return included[p.Files[0]] })
}

// A projectReader reads each file once.
type projectReader struct {
	repo  fs.FS
	files map[string]*loaded // by path and the folder of the .env
	merge merger
}

type loaded struct {
	root     *Node // nil if it could not be read
	troubles []Trouble
}

// groups groups the files of one folder into projects.
func (l *projectReader) groups(files []string) (groups [][]string) {
	first := func(names []string) string {
		for _, name := range names {
			for _, file := range files {
				if path.Base(file) == name {
					return file
				}
			}
		}
		return ""
	}
	main, over := first(defaultNames), first(overrideNames)
	switch { // the default project comes first
	case main != "" && over != "":
		groups = append(groups, []string{main, over})
	case main != "":
		groups = append(groups, []string{main})
	}
	for _, file := range files {
		switch {
		case file == main || file == over && main != "":
		case main != "" && l.layered(main, file):
			groups = append(groups, []string{main, file})
		default:
			groups = append(groups, []string{file})
		}
	}
	return groups
}

// layered reports whether a file needs main: one of its services has neither image
// nor build, and main has that service.
func (l *projectReader) layered(main, file string) bool {
	base, over := l.load(main, path.Dir(main)).root.Get("services"), l.load(file, path.Dir(file)).root.Get("services")
	if over == nil {
		return false
	}
	for _, f := range over.Fields {
		s := f.Value
		if s.Kind == Mapping && !s.Has("image") && !s.Has("build") && !s.Has("extends") && base.Get(f.Key) != nil {
			return true
		}
	}
	return false
}

// load reads one file, with the .env of a folder.
func (l *projectReader) load(file, dir string) *loaded {
	// The .env of another folder gives the same file other values.
	key := file + "\x00" + dir
	if known, ok := l.files[key]; ok {
		return known
	}
	out := &loaded{}
	l.files[key] = out // a failure is remembered too
	src, why, err := imagepin.Load(l.repo, file)
	switch {
	case err != nil:
		why = ecosystems.Reason{Code: ecosystems.Path, Text: "the file is not in the repository"}
	case why.IsZero():
		env := dotenv.Read(l.repo, path.Join(dir, ".env"))
		out.root, why = l.merge.documents(yamltext.Read(file, src, nil), &env)
	}
	if !why.IsZero() {
		out.troubles = []Trouble{{At: ecosystems.Span{File: file}, Text: why.Text}}
	}
	return out
}

// documents reads the documents of a file into one mapping, as Compose merges them.
func (m *merger) documents(file *yamltext.File, env *dotenv.Environment) (root *Node, why ecosystems.Reason) {
	b := &builder{file: file, env: env, known: map[*yaml.Node]*Node{}}
	for _, d := range file.Documents {
		switch {
		case d.Trouble != nil:
			why = d.Trouble.Reason
		case d.Filled:
			why = ecosystems.Reason{Code: ecosystems.Variable, Text: "a template fills the file in"}
		case d.Root != nil && d.Root.Kind == yaml.MappingNode:
			root = m.file(root, oldForm(b.node(d.Root, 0)))
		}
	}
	if b.much {
		why = ecosystems.Reason{Code: ecosystems.Limit, Text: "it has more nodes than are looked at"}
	}
	return root, why
}

// oldForm converts the first version of the format, with services at the top level, to the later one.
func oldForm(n *Node) *Node {
	if n.Get("services") != nil || n.Get("version") != nil || n.Get("include") != nil {
		return n
	}
	services := &Node{Kind: Mapping, At: n.At}
	for _, f := range n.Fields {
		if f.Value.Kind == Mapping && (f.Value.Has("image") || f.Value.Has("build")) {
			services.Fields = append(services.Fields, f)
		}
	}
	if len(services.Fields) == 0 {
		return n
	}
	return &Node{Kind: Mapping, At: n.At, Fields: []Field{{Key: "services", At: n.At, Value: services}}}
}

// project merges a group of files.
func (l *projectReader) project(group []string) *Project {
	l.merge.steps = 0
	p := &Project{Files: slices.Clone(group)}
	m := &merging{l: l, p: p, files: map[string]bool{}, byName: map[string]*Service{}}
	for _, file := range group {
		m.files[file] = true
	}
	for _, file := range group {
		m.add(file, path.Dir(group[0]), 0)
	}
	return p
}

// A merging is a project while its files are merged.
type merging struct {
	l      *projectReader
	p      *Project
	files  map[string]bool
	byName map[string]*Service
}

func (m *merging) add(file, dir string, level int) {
	doc := m.l.load(file, dir)
	m.p.Troubles = append(m.p.Troubles, doc.troubles...)
	if doc.root == nil {
		return
	}
	m.include(doc.root.Get("include"), file, level) // first, because the file overrides what it includes
	m.p.Root = m.l.merge.file(m.p.Root, doc.root)
	services := doc.root.Get("services")
	if services == nil {
		return
	}
	for _, f := range services.Fields {
		if f.Value.Kind == Mapping && f.Value.Tag != "!reset" && len(m.p.Services) < mostServices {
			m.service(f, file, dir)
		}
	}
}

func (m *merging) service(f Field, file, dir string) {
	node, files := m.l.extended(f.Value, file, dir, nil)
	s := m.byName[f.Key]
	if s == nil {
		s = &Service{Name: f.Key, At: f.At}
		m.byName[f.Key] = s
		m.p.Services = append(m.p.Services, s)
	}
	s.Node = m.l.merge.service(s.Node, node)
	s.Files = append(s.Files, append(files, file)...)
	s.Profiles = nil
	for _, profile := range s.Node.Get("profiles").Elements() {
		s.Profiles = append(s.Profiles, profile.String())
	}
}

// include adds the files that a file includes.
func (m *merging) include(list *Node, file string, level int) {
	for _, one := range list.Elements() {
		paths, dir := one.Elements(), ""
		if one.Kind == Mapping {
			paths, dir = one.Get("path").Elements(), one.Get("project_directory").String()
		}
		for i, p := range paths {
			to, ok := within(path.Dir(file), p)
			if !ok || m.files[to] || level >= mostLevels || len(m.files) >= mostFiles { // files may include each other
				continue
			}
			// The first path of an include decides about the folder of the project.
			if i == 0 && dir == "" {
				dir = path.Dir(to)
			} else if i == 0 {
				dir = path.Join(path.Dir(file), dir)
			}
			m.files[to] = true
			m.p.Files = append(m.p.Files, to)
			m.add(to, dir, level+1)
		}
	}
}

// within returns the file of the repository at a path relative to a folder; false if it is outside.
func within(dir string, n *Node) (string, bool) {
	text := n.String()
	if n == nil || n.Open || text == "" || Remote.MatchString(text) || strings.HasPrefix(text, "/") {
		return "", false
	}
	to := path.Join(dir, strings.ReplaceAll(text, `\`, "/"))
	return to, fs.ValidPath(to) && to != "."
}

// extended returns a service merged with the services that it extends, and their files.
func (l *projectReader) extended(s *Node, file, dir string, above []string) (*Node, []string) {
	extends := s.Get("extends")
	name, from := extends.String(), file
	if extends != nil && extends.Kind == Mapping {
		name = extends.Get("service").String()
		if other := extends.Get("file"); !other.Empty() {
			to, ok := within(path.Dir(file), other)
			if !ok {
				return s, nil
			}
			from = to
		}
	}
	key := from + "\x00" + name
	// Compose rejects services that extend each other.
	if name == "" || slices.Contains(above, key) || len(above) >= mostLevels {
		return s, nil
	}
	base := l.load(from, dir).root.Get("services", name)
	if base == nil || base.Kind != Mapping {
		return s, nil
	}
	merged, files := l.extended(base, from, dir, append(above, key))
	if from != file {
		files = append(files, from)
	}
	return l.merge.service(merged, s), files
}

// Source returns the text of a Compose file. It returns an error if the file is no text.
func Source(repo fs.FS, file string) (string, error) {
	src, why, err := imagepin.Load(repo, file)
	if err == nil && !why.IsZero() {
		err = fmt.Errorf("%s: %s", file, why.Text)
	}
	return src, err
}

// Remote matches what Compose reads from other places: Git repositories and OCI artifacts.
var Remote = lazyregexp.New(`^(?:[a-z][a-z0-9+.-]*://|git@|github\.com/)`)
