package compose

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// service reads the images of one service: its own, those of its build, those that
// it mounts, and those of containers that run before it.
func (r *reader) service(n *yaml.Node, platform string) {
	if n = yamltext.Target(n); n == nil || n.Kind != yaml.MappingNode || n.Tag == "!reset" || r.depth > maxDepth {
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	platform = cmp.Or(r.platform(n), platform)
	build := r.present(n, "build")
	if image := r.present(n, "image"); image != nil {
		d := r.image(image, platform)
		// With build, image is the name that the result gets.
		if build != nil && d.Skip.Code != ecosystems.Malformed {
			d.Skip = ecosystems.Reason{Code: ecosystems.Builds, Text: "the service builds this image itself"}
		}
		r.add(d)
	}
	if build != nil && build.Kind == yaml.MappingNode {
		r.build(build)
	}
	for _, volume := range r.elements(n, "volumes") {
		if source := r.present(volume, "source"); source != nil && r.isImageVolume(volume) {
			r.add(r.image(source, ""))
		}
	}
	for _, hook := range r.elements(n, "pre_start") {
		r.service(hook, platform)
	}
}

// isImageVolume reports whether a volume mounts an image.
func (r *reader) isImageVolume(volume *yaml.Node) bool {
	kind := r.present(volume, "type")
	return kind != nil && kind.Kind == yaml.ScalarNode && kind.Value == "image"
}

// elements returns the mappings in the list of a key.
func (r *reader) elements(n *yaml.Node, key string) (list []*yaml.Node) {
	v := r.present(n, key)
	if v == nil || v.Kind != yaml.SequenceNode {
		return nil
	}
	for _, one := range v.Content {
		if one = yamltext.Target(one); one != nil && one.Kind == yaml.MappingNode {
			list = append(list, one)
		}
	}
	return list
}

// present returns the value of a key; nil if it is empty or has Compose's !reset.
func (r *reader) present(m *yaml.Node, key string) *yaml.Node {
	v := r.Field(m, key)
	if t := yamltext.Target(v); t == nil || v.Tag == "!reset" || t.Tag == "!reset" || t.Tag == "!!null" || t.Kind == yaml.ScalarNode && t.Value == "" {
		return nil
	}
	return yamltext.Target(v)
}

func (r *reader) add(d ecosystems.Dependency) {
	r.found = append(r.found, d)
	r.seen[d.At[0]] = true
}

// platform returns the platform of a service, "" for none.
func (r *reader) platform(m *yaml.Node) string {
	p := r.present(m, "platform")
	// A variable may select any platform, so the image must have all.
	if p == nil || p.Kind != yaml.ScalarNode || strings.Contains(p.Value, "$") {
		return ""
	}
	return p.Value
}

// image reads a scalar with an image.
func (r *reader) image(n *yaml.Node, platform string) ecosystems.Dependency {
	s := r.Scalar(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		return r.BrokenAt(r.Offset(n), ecosystems.Malformed, "not the name of an image")
	case !s.OK:
		return r.BrokenAt(r.Offset(n), ecosystems.Unsupported, "the image is written over several lines, which is not followed up")
	}
	return r.reference(s, yamltext.Trimmed(s.Text), platform)
}

// reference reads the image reference in a scalar.
func (r *reader) reference(s yamltext.Scalar, text imagepin.Text, platform string) ecosystems.Dependency {
	raw := text.String()
	if s.Filled {
		return r.BrokenAt(s.Start, ecosystems.Malformed, "a template fills it in: the image is not known here")
	}
	place := imagepin.Place{Raw: raw, At: r.SpanOf(text, s), Platform: platform, Comment: r.commentBehind}
	expanded, err := r.env.Interpolate(text, &imagepin.Source{}, 0)
	// The braces of a template are no error in a variable: Read gives the reason.
	if err != nil && !imagepin.IsTemplate(raw) {
		return r.BrokenAt(s.Start, ecosystems.Malformed, err.Error())
	}
	d := imagepin.Read(expanded, place)
	d.Ignored = r.Ignored(s.Start) || r.Ignored(s.End) || d.At[0].File != r.Path && r.env.Ignored(d.At[0].Start)
	return d
}

// commentBehind returns the comment at the end of the line of a span, which may be in the .env.
func (r *reader) commentBehind(at ecosystems.Span) (string, ecosystems.Span) {
	if at.File == r.Path {
		return r.Comment(at)
	}
	text, start := yamltext.CommentIn(r.env.Src, at.End)
	return text, ecosystems.Span{File: at.File, Start: start, End: start + len(text)}
}

// dropBuilt removes the entry of an image as built if another service pulls the
// same reference.
func (r *reader) dropBuilt() {
	pulled := map[ecosystems.Span]bool{}
	for _, d := range r.found {
		if d.Skip.Code != ecosystems.Builds {
			pulled[d.At[0]] = true
		}
	}
	kept := r.found[:0] // in place, because the loop is never behind the writes
	for _, d := range r.found {
		if d.Skip.Code != ecosystems.Builds || !pulled[d.At[0]] {
			kept = append(kept, d)
		}
	}
	r.found = kept
}

// fragment reads the images in an x- field that no service merges.
func (r *reader) fragment(n *yaml.Node, depth int) {
	if !r.Step() || depth > maxDepth {
		return
	}
	if n.Kind == yaml.SequenceNode {
		for _, child := range n.Content {
			r.fragment(child, depth+1)
		}
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Value != "image" || value.Kind != yaml.ScalarNode || value.Value == "" || value.Tag == "!!null" {
			r.fragment(value, depth+1)
			continue
		}
		if d := r.image(value, r.platform(n)); !r.seen[d.At[0]] { // an anchor that services use is already found
			if r.present(n, "build") != nil {
				d.Skip = ecosystems.Reason{Code: ecosystems.Builds, Text: "who uses this fragment builds the image"}
			}
			r.add(d)
		}
	}
}
