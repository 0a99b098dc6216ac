package compose

import (
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/compose/merged"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

var _ ecosystems.Follower = (*Ecosystem)(nil)

// A reference is a place where a Compose file refers to another one: an element
// of include, or the file of extends.
type reference struct {
	node *yaml.Node // the path as written

	// The settings of include for reading the other file; nil for none.
	projectDirectory *yaml.Node
	envFile          *yaml.Node
	extends          bool // its services are interpolated with the environment of this file
}

// Follow returns the files of the repository that a Compose file includes or extends.
func (e *Ecosystem) Follow(repo fs.FS, file string) []string {
	r := open(repo, file, e.environment(repo, file))
	if r == nil {
		return nil
	}
	var files []string
	for _, ref := range r.references() {
		// A service may extend another one of its own file by naming the file.
		if to, why := r.resolve(ref); why.IsZero() && to != path.Clean(file) {
			files = append(files, to)
		}
	}
	return files
}

// unfollowed adds the references that are not followed, with the reasons.
func (r *reader) unfollowed() {
	for _, ref := range r.references() {
		_, why := r.resolve(ref)
		if why.IsZero() {
			continue
		}
		at := r.Offset(ref.node)
		span, name := ecosystems.Span{File: r.Path, Start: at, End: at}, imagepin.Clip(ref.node.Value)
		if s := r.Scalar(ref.node); s.OK {
			span.Start, span.End = s.Start, s.End
		}
		d := imagepin.Trouble(name, span, why)
		d.Ignored = r.Ignored(at)
		r.found = append(r.found, d)
	}
}

// references returns the references of the file to other files.
func (r *reader) references() []reference {
	var list []reference
	for _, root := range r.roots {
		if include := yamltext.Target(r.Field(root, "include")); include != nil && include.Kind == yaml.SequenceNode {
			for _, one := range include.Content {
				list = append(list, r.included(one)...)
			}
		}
		for _, section := range sections {
			services := yamltext.Target(r.Field(root, section))
			if services == nil || services.Kind != yaml.MappingNode {
				continue
			}
			for _, service := range r.values(services) {
				if file := yamltext.Target(r.Field(yamltext.Target(r.Field(service, "extends")), "file")); file != nil && file.Kind == yaml.ScalarNode {
					list = append(list, reference{node: file, extends: true})
				}
			}
		}
	}
	return list
}

// included reads one element of include: a path, or a mapping with one or more paths.
func (r *reader) included(n *yaml.Node) []reference {
	n = yamltext.Target(n)
	if n.Kind == yaml.ScalarNode {
		return []reference{{node: n}}
	}
	like := reference{projectDirectory: yamltext.Target(r.Field(n, "project_directory")), envFile: yamltext.Target(r.Field(n, "env_file"))}
	paths := yamltext.Target(r.Field(n, "path"))
	var list []reference
	add := func(p *yaml.Node) {
		if p = yamltext.Target(p); p != nil && p.Kind == yaml.ScalarNode {
			like.node = p
			list = append(list, like)
		}
	}
	if add(paths); paths != nil && paths.Kind == yaml.SequenceNode {
		for _, p := range paths.Content {
			add(p)
		}
	}
	return list
}

// resolve returns the file of the repository that a reference names, or why it is not followed.
func (r *reader) resolve(ref reference) (file string, why ecosystems.Reason) {
	// Where the text stands does not matter, because it is never edited.
	text, err := r.env.Interpolate(imagepin.Text{{Text: ref.node.Value}}, &imagepin.Source{}, 0)
	to := text.String()
	refuse := func(code, why string) (string, ecosystems.Reason) {
		return "", ecosystems.Reason{Code: code, Text: why}
	}
	switch {
	case err != nil:
		return refuse(ecosystems.Malformed, err.Error())
	case text.Unknown() != "":
		return refuse(ecosystems.Variable, "the file is named by a variable: "+text.Unknown())
	case imagepin.IsTemplate(to):
		return refuse(ecosystems.Variable, "a template fills the name of the file in")
	case merged.Remote.MatchString(to):
		return refuse(ecosystems.URL, "files are followed inside the repository only; what is fetched from elsewhere is updated there")
	}
	// On Windows, Compose files also have paths with backslashes.
	to = path.Join(path.Dir(r.Path), strings.ReplaceAll(to, `\`, "/"))
	if strings.HasPrefix(text.String(), "/") || !fs.ValidPath(to) || to == "." {
		return refuse(ecosystems.Path, "the file lies outside of the repository")
	}
	info, err := fs.Stat(r.repo, to)
	switch {
	case err != nil:
		return refuse(ecosystems.Path, "the file is not in the repository")
	case !info.Mode().IsRegular():
		return refuse(ecosystems.Path, "it is not a regular file")
	}
	return to, ecosystems.Reason{}
}
