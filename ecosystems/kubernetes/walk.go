package kubernetes

import (
	"cmp"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/yamlimage"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// A reader walks over the manifests of one file.
type reader struct {
	*yamlimage.Reader
	seen map[visit]bool
	repo fs.FS
	file string

	sources map[string]string // the addresses of Flux's chart repositories, by name; nil before the first search
}

// A visit is a node and the place where it was read. Anchors lead to a node many
// times, and it is read once for each place.
type visit struct {
	node *yaml.Node
	in   nodeContext
}

// A nodeContext is the context of a node.
type nodeContext struct {
	group    string // of the resource: "apps", "monitoring.coreos.com"; "" for the core
	kind     string // "Deployment"
	platform string // of the pod: "linux/arm64"; "" if it names none
	depth    int
}

const maxDepth = 100 // of mappings and lists inside of a resource

// untouched are the kinds whose text is data or a schema, not references to images.
var untouched = map[string]bool{
	"ConfigMap": true, "Secret": true, "SealedSecret": true, "CustomResourceDefinition": true, "APIService": true,
	"ConstraintTemplate": true, "ClusterPolicy": true, "Policy": true, "Kustomization": true, "Component": true,
}

// object reads a resource. A mapping without apiVersion and kind is none.
func (r *reader) object(n *yaml.Node) {
	if version, kind := r.Text(n, "apiVersion"), r.Text(n, "kind"); version != "" && kind != "" {
		r.resource(n, version, kind, 0)
	}
}

func (r *reader) resource(n *yaml.Node, version, kind string, depth int) {
	group, _, found := strings.Cut(version, "/")
	if !found {
		group = ""
	}
	if untouched[kind] && group != "skaffold" {
		return
	}
	if r.installed(n, group, kind) {
		return
	}
	in := nodeContext{group: group, kind: kind, depth: depth}
	for _, p := range r.Pairs(n) {
		switch p.Key {
		case "metadata", "status", "apiVersion", "kind":
		default:
			r.pair(n, p, in)
		}
	}
}

// node reads whatever stands below a resource.
func (r *reader) node(n *yaml.Node, in nodeContext) {
	n = yamltext.Target(n)
	// The depth is no part of the key: aliases reach a node at many depths, and
	// reading it for each of them takes exponential time.
	at := visit{n, in}
	at.in.depth = 0
	if n == nil || r.seen[at] || !r.Step() {
		return
	}
	if in.depth++; in.depth > maxDepth {
		r.Add(r.Broken(n, ecosystems.Limit, "what stands here is nested too deep to be looked at"))
		return
	}
	r.seen[at] = true
	switch n.Kind {
	case yaml.SequenceNode:
		for _, child := range n.Content {
			r.node(child, in)
		}
	case yaml.MappingNode:
		if version, kind := r.Text(n, "apiVersion"), r.Text(n, "kind"); version != "" && kind != "" {
			r.resource(n, version, kind, in.depth) // an element of a List, or a resource inside of another
			return
		}
		in.platform = cmp.Or(r.platform(n), in.platform)
		for _, p := range r.Pairs(n) {
			r.pair(n, p, in)
		}
	}
}

// pair reads one key of a mapping.
func (r *reader) pair(m *yaml.Node, p yamltext.Pair, in nodeContext) {
	value := yamltext.Target(p.Value)
	switch {
	case containerLists[p.Key] && value != nil && value.Kind == yaml.SequenceNode:
		for _, c := range value.Content {
			r.container(yamltext.Target(c), in)
		}
	case p.Key == "metadata" || p.Key == "annotations" || p.Key == "labels" || built(p.Key, in):
	case p.Key == "env" && value != nil && value.Kind == yaml.SequenceNode:
		r.environment(value)
	case value != nil && value.Kind == yaml.ScalarNode:
		r.scalar(m, p.Key, value, in)
	default:
		r.node(value, in)
	}
}

// containerLists are the keys of pods that hold lists of containers.
var containerLists = map[string]bool{"containers": true, "initContainers": true, "ephemeralContainers": true}

// container reads an element of a list of containers. Its image must be a
// reference; anything else is reported as malformed.
func (r *reader) container(n *yaml.Node, in nodeContext) {
	at := visit{n, in}
	at.in.depth = 0
	if n == nil || n.Kind != yaml.MappingNode || !r.Step() || r.seen[at] {
		return
	}
	r.seen[at] = true
	if image := yamltext.Target(r.Field(n, "image")); image != nil && strings.HasPrefix(image.Value, "ko://") {
		r.Add(r.Broken(image, ecosystems.Builds, "ko builds this image"))
	} else {
		r.Image(image, in.platform)
	}
	for _, p := range r.Pairs(n) {
		if p.Key != "image" {
			r.pair(n, p, in)
		}
	}
}

// environment reads variables that name images for an operator to run, such as
// RELATED_IMAGE_APP of the Operator Lifecycle Manager.
func (r *reader) environment(list *yaml.Node) {
	for _, one := range list.Content {
		if name := r.Text(one, "name"); strings.HasPrefix(name, "RELATED_IMAGE_") || strings.HasSuffix(name, "_IMAGE") {
			r.Likely(r.Field(one, "value"), "")
		}
	}
}

// platform returns the platform that a pod selects, "" for none.
func (r *reader) platform(pod *yaml.Node) string {
	selector := r.At(pod, "nodeSelector")
	arch := cmp.Or(r.Text(selector, "kubernetes.io/arch"), r.Text(selector, "beta.kubernetes.io/arch"))
	if arch == "" || strings.ContainsAny(arch, "{$") {
		return ""
	}
	return cmp.Or(r.Text(selector, "kubernetes.io/os"), r.Text(selector, "beta.kubernetes.io/os"), "linux") + "/" + arch
}
