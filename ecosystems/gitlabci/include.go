package gitlabci

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

var _ ecosystems.Follower = (*Ecosystem)(nil)

const maxIncluded = 150 // files, GitLab's own default limit

// Follow returns the files of the repository that a pipeline includes, as paths
// from its root. A "*" in an include matches any part of a name.
func (*Ecosystem) Follow(repo fs.FS, file string) (files []string) {
	in, err := yamlimage.Open(repo, file, nil)
	if err != nil {
		return nil
	}
	for _, root := range in.Roots() {
		for _, name := range local(in, in.Field(root, "include")) {
			for _, to := range found(repo, name) {
				if to != file && !slices.Contains(files, to) && len(files) < maxIncluded {
					files = append(files, to)
				}
			}
		}
	}
	return files
}

// local returns the paths inside the repository that an include names.
func local(in *yamlimage.Reader, n *yaml.Node) (names []string) {
	n = yamltext.Target(n)
	switch {
	case n == nil:
	case n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "://"):
		names = append(names, n.Value)
	case n.Kind == yaml.MappingNode && in.Field(n, "project") == nil:
		names = append(names, in.Text(n, "local"))
	case n.Kind == yaml.SequenceNode:
		for _, one := range n.Content {
			if t := yamltext.Target(one); t != nil && t.Kind != yaml.SequenceNode { // an alias could lead back to this list
				names = append(names, local(in, t)...)
			}
		}
	}
	return names
}

// found returns the regular YAML files that a path or pattern matches. It skips
// patterns with a variable or "**", which Go's Glob does not understand as GitLab does.
func found(repo fs.FS, name string) (files []string) {
	name = strings.TrimPrefix(name, "/")
	if name == "" || strings.ContainsAny(name, `$[?\`) || strings.Contains(name, "**") || !fs.ValidPath(name) {
		return nil
	}
	paths := []string{name}
	if strings.Contains(name, "*") {
		paths, _ = fs.Glob(repo, name) // no error: stars are the only special characters left
	}
	for _, p := range paths {
		info, err := fs.Stat(repo, p)
		ext := path.Ext(p)
		if err == nil && info.Mode().IsRegular() && (ext == ".yml" || ext == ".yaml") {
			files = append(files, p)
		}
	}
	return files
}
