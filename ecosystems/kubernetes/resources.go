package kubernetes

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// imageKey reports whether a key of a resource holds a whole reference: image,
// CloudNativePG's imageName, and what ends in Image.
func imageKey(key string) bool {
	return key == "image" || key == "imageName" || strings.HasSuffix(key, "Image")
}

// scalar reads a key whose value is a text.
func (r *reader) scalar(m *yaml.Node, key string, value *yaml.Node, in nodeContext) {
	switch {
	case imageKey(key) && in.group == "monitoring.coreos.com":
		r.operated(m, value, in)
	case key == "image" && (in.group == "tekton.dev" || in.group == "argoproj.io") && !named(value):
		r.Image(value, in.platform) // the image of a step is always an image reference
	case imageKey(key):
		r.Likely(value, in.platform)
	case key == "reference" && r.Field(m, "pullPolicy") != nil: // the image of a volume
		r.Likely(value, in.platform)
	case key == "name" && r.Text(m, "kind") == "DockerImage": // of OpenShift: from, in builds and image streams
		r.Image(value, in.platform)
	case key == "package" && in.group == "pkg.crossplane.io":
		r.Likely(value, "")
	}
}

// named reports whether a text is a bare word, which may be the name of something else.
func named(n *yaml.Node) bool { return !strings.ContainsAny(n.Value, ":/@") }

// operated reads an image of the Prometheus operator. The resource repeats the
// version in another key, by which the operator configures the program, so both
// must change together.
func (r *reader) operated(m, value *yaml.Node, in nodeContext) {
	before := r.Count()
	r.Likely(value, in.platform)
	version := yamltext.Target(r.Field(m, "version"))
	if r.Count() == before || version == nil || version.Kind != yaml.ScalarNode {
		return
	}
	r.Mirror(version)
}

// built reports whether a key describes images that this repository builds and does not pull.
func built(key string, in nodeContext) bool {
	return in.group == "skaffold" && (key == "build" || key == "artifacts")
}
