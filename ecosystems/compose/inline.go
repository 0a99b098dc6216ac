package compose

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
)

// build reads the images of a build: in an inline Dockerfile, in additional
// contexts, and in build arguments.
func (r *reader) build(n *yaml.Node) {
	if inline := r.present(n, "dockerfile_inline"); inline != nil && inline.Kind == yaml.ScalarNode {
		r.inline(inline)
	}
	if contexts := r.present(n, "additional_contexts"); contexts != nil {
		for _, c := range contexts.Content {
			r.context(yamltext.Target(c))
		}
	}
	args := r.present(n, "args")
	for _, p := range r.Pairs(args) {
		r.argument(p.Key, yamltext.Target(p.Value), 0)
	}
	if args != nil && args.Kind == yaml.SequenceNode {
		for _, one := range args.Content {
			one = yamltext.Target(one)
			if name, _, ok := strings.Cut(one.Value, "="); ok {
				r.argument(name, one, len(name)+len("="))
			}
		}
	}
}

// argument reads a build argument with the name of an image, from byte start of
// its scalar on. It skips values that are no reference, because other arguments
// may have such names too.
func (r *reader) argument(name string, n *yaml.Node, start int) {
	if n == nil || n.Kind != yaml.ScalarNode || !imagepin.Argument(name, n.Value[start:]) {
		return
	}
	s := r.Scalar(n)
	if !s.OK {
		return
	}
	d := r.reference(s, yamltext.Trimmed(s.Text.Slice(start, len(n.Value))), "")
	if d.Skip.Code == ecosystems.Malformed {
		return // the name of the argument was misleading
	}
	if d.Pin.Digest == "" {
		d.Pin.NoDigest = cmp.Or(d.Pin.NoDigest, "what the Dockerfile puts behind "+name+" is not known here")
	}
	r.add(d)
}

const imageScheme = "docker-image://"

// context reads an additional context: "docker-image://alpine:3.20", or "base=docker-image://alpine:3.20" in a list.
func (r *reader) context(n *yaml.Node) {
	if n == nil || n.Kind != yaml.ScalarNode {
		return
	}
	i := strings.Index(n.Value, imageScheme)
	s := r.Scalar(n)
	if i < 0 || !s.OK || i > 0 && n.Value[i-1] != '=' { // elsewhere the scheme is part of another address
		return
	}
	r.add(r.reference(s, yamltext.Trimmed(s.Text.Slice(i+len(imageScheme), len(n.Value))), ""))
}

// inline reads an inline Dockerfile. Compose replaces its own variables in it
// first, so references with such variables are not updated.
func (r *reader) inline(n *yaml.Node) {
	s := r.Scalar(n)
	// Other styles join or escape lines, so positions in the Dockerfile would be wrong.
	if n.Style != yaml.LiteralStyle || !s.OK {
		r.add(r.BrokenAt(r.Offset(n), ecosystems.Unsupported, "a Dockerfile inline is read as a literal block only, behind a |"))
		return
	}
	root := &imagepin.Source{}
	text, err := r.env.Interpolate(s.Text, root, 0)
	if err != nil {
		r.add(r.BrokenAt(s.Start, ecosystems.Malformed, err.Error()))
		return
	}
	for _, d := range dockerfile.Read(r.Path, text.String()) {
		r.add(r.moved(d, text, s, root))
	}
}

// moved returns a dependency of the inline Dockerfile with its position in the Compose file.
func (r *reader) moved(d ecosystems.Dependency, text imagepin.Text, s yamltext.Scalar, root *imagepin.Source) ecosystems.Dependency {
	spans := make([]ecosystems.Span, 0, len(d.At))
	for _, at := range d.At {
		to, ok := place(text.Slice(at.Start, at.End), root)
		if !ok {
			at := r.near(text.Slice(at.Start, at.End), s)
			why := ecosystems.Reason{Code: ecosystems.Variable, Text: "a variable of Compose takes part in this line of the Dockerfile"}
			return imagepin.Trouble(d.Name, at, why)
		}
		spans = append(spans, to)
	}
	d.At = spans
	if c := d.Pin.Comment; c != nil {
		to, ok := place(text.Slice(c.Start, c.End), root)
		if d.Pin.Comment = &to; !ok { // a variable is in the comment, so it stays
			d.Pin.Comment = nil
		}
	}
	return d
}

// place returns the position of a text if it is in the literal block itself.
func place(text imagepin.Text, root *imagepin.Source) (ecosystems.Span, bool) {
	if len(text) == 0 {
		return ecosystems.Span{}, false
	}
	at := ecosystems.Span{File: text[0].File, Start: text[0].Start}
	for _, p := range text {
		if p.From != root || p.File == "" {
			return ecosystems.Span{}, false
		}
		at.End = p.Start + len(p.Text)
	}
	return at, true
}

// near returns an approximate position for a text that is not contiguous.
func (r *reader) near(text imagepin.Text, s yamltext.Scalar) ecosystems.Span {
	for _, p := range text {
		if p.File == r.Path && p.Text != "" {
			return ecosystems.Span{File: r.Path, Start: p.Start, End: p.Start + len(p.Text)}
		}
	}
	return ecosystems.Span{File: r.Path, Start: s.Start, End: s.End}
}
