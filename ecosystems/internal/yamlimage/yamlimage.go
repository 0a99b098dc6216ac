// Package yamlimage reads the images that YAML files name, in one scalar or
// with name, tag and digest in scalars of their own.
//
// Which keys name images is known to the kinds of files that use it, what a
// reference is to the packages imageref and imagepin.
package yamlimage

import (
	"io/fs"
	"path"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Reader collects the images of one file.
type Reader struct {
	*yamltext.File
	Ecosystem string // its name
	found     []ecosystems.Dependency
}

// maxFile is how much of a file is read, in bytes: manifests of operators hold
// schemas of several megabytes.
const maxFile = 8 << 20

// Open reads a file of the repository and the documents of it that are wanted
// (nil means all). Where it cannot be read as text, the reader holds nothing but
// the reason.
func Open(ecosystem string, repo fs.FS, file string, wanted func(document string) bool) (*Reader, error) {
	src, why, err := imagepin.LoadUpTo(repo, file, maxFile)
	if err != nil {
		return nil, err
	}
	r := &Reader{Ecosystem: ecosystem, File: &yamltext.File{Path: file}}
	if !why.IsZero() {
		r.Add(imagepin.Trouble(ecosystem, path.Base(file), ecosystems.Span{File: file}, why))
		return r, nil
	}
	r.File = yamltext.Read(file, src, wanted)
	return r, nil
}

// Roots returns what the documents hold that can be read. The trouble of the others is added.
func (r *Reader) Roots() (roots []*yaml.Node) {
	for _, d := range r.Documents {
		switch {
		case d.Trouble != nil:
			why := d.Trouble.Reason
			if d.Trouble.Template {
				why = ecosystems.Reason{Code: ecosystems.Variable, Text: "a template fills this document in, and it is no YAML before that"}
			}
			r.Add(imagepin.Trouble(r.Ecosystem, d.Trouble.Text, d.Trouble.At, why))
		case d.Root != nil:
			roots = append(roots, d.Root)
		}
	}
	return roots
}

// Add adds what was found by other means.
func (r *Reader) Add(d ecosystems.Dependency) { r.found = append(r.found, d) }

// Count returns how many images were added so far.
func (r *Reader) Count() int { return len(r.found) }

// Mirror says that the tag of the image that was added last stands in another
// scalar too, with or without its leading "v". Anything else that stands there
// is left alone.
func (r *Reader) Mirror(n *yaml.Node) {
	if at, ok := r.Scalar(n).Span(); ok {
		r.MirrorAt(at, r.Src[at.Start:at.End])
	}
}

// MirrorAt is Mirror for a text that may stand in another file.
func (r *Reader) MirrorAt(at ecosystems.Span, text string) {
	d := &r.found[len(r.found)-1]
	if !d.Skip.IsZero() || d.Pin.Text == "" || d.Pin.Digest != "" && len(d.At) < 2 {
		return
	}
	if text == d.Pin.Text || "v"+text == d.Pin.Text {
		d.At = append(d.At, at)
	}
}

// Found returns what was collected, in order.
func (r *Reader) Found() []ecosystems.Dependency {
	if r.Exhausted() {
		line, at := r.Line(0)
		r.Add(imagepin.Trouble(r.Ecosystem, yamltext.Clip(line), at, ecosystems.Reason{Code: ecosystems.Limit, Text: "it multiplies itself beyond what is looked at, so that not all of it was read"}))
	}
	return imagepin.Settle(r.Path, r.found)
}

// IsEmpty reports whether a value is none: absent, null or an empty text.
func IsEmpty(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "")
}

// Values returns what variables stand for, with its place; false where that is not known.
type Values func(name string) (imagepin.Text, bool)

// Image adds the image that a scalar names; nothing where it is empty.
func (r *Reader) Image(n *yaml.Node, platform string) { r.ImageWith(n, platform, nil) }

// ImageWith adds the image that a scalar names, with the values of variables in it.
func (r *Reader) ImageWith(n *yaml.Node, platform string, values Values) {
	if n = yamltext.Target(n); !IsEmpty(n) {
		r.Add(r.image(n, platform, values))
	}
}

// Likely adds the image that a scalar names where it looks like one: a tag, a
// digest or a registry stands in it. Anything else is taken for something else.
func (r *Reader) Likely(n *yaml.Node, platform string) {
	if n = yamltext.Target(n); IsEmpty(n) || n.Kind != yaml.ScalarNode {
		return
	}
	text := strings.TrimSpace(n.Value)
	ref, err := imageref.Parse(text)
	plain := err == nil && (ref.Tag != "" || ref.Digest != "" || strings.Count(ref.Name, "/") > 1)
	filled := (imagepin.IsTemplate(text) || variable.MatchString(text)) && !strings.Contains(text, "://") && !strings.ContainsAny(strings.TrimSpace(stripped(text)), " \n")
	if plain || filled && text != "" {
		r.Add(r.image(n, platform, nil))
	}
}

// stripped takes away what is filled in, with the spaces inside.
func stripped(text string) string {
	return variable.ReplaceAllString(braces.ReplaceAllString(text, ""), "")
}

var braces = lazyregexp.New(`\{\{.*?\}\}|\[\[.*?\]\]|<[^>]*>`)

func (r *Reader) image(n *yaml.Node, platform string, values Values) ecosystems.Dependency {
	if n.Kind != yaml.ScalarNode {
		return r.Broken(n, ecosystems.Malformed, "not the name of an image")
	}
	s := r.Scalar(n)
	if !s.OK || s.Filled {
		return r.Broken(n, ecosystems.Unsupported, "the image is written over several lines, which is not followed up")
	}
	text := Trimmed(s.Text)
	raw := text.String()
	place := imagepin.Place{Ecosystem: r.Ecosystem, Raw: raw, At: r.span(text, s), Platform: platform, Comment: r.Comment}
	d := imagepin.Read(Expand(text, values), place)
	d.Ignored = r.Ignored(s.Start) || r.Ignored(s.End) || d.At[0].File == r.Path && r.Ignored(d.At[0].Start)
	return d
}

// Broken is the dependency for a node that is not read as an image.
func (r *Reader) Broken(n *yaml.Node, code, why string) ecosystems.Dependency {
	at := r.Offset(n)
	line, span := r.Line(at)
	if code != ecosystems.Limit && imagepin.IsTemplate(line) {
		code, why = ecosystems.Variable, "a template fills it in: the image is not known here"
	}
	d := imagepin.Trouble(r.Ecosystem, yamltext.Clip(line), span, ecosystems.Reason{Code: code, Text: why})
	d.Ignored = r.Ignored(at)
	return d
}

// span returns where a text stands, from its first byte to its last.
func (r *Reader) span(text imagepin.Text, s yamltext.Scalar) ecosystems.Span {
	at := ecosystems.Span{File: r.Path, Start: s.Start, End: s.End}
	if n := len(text); n > 0 && text[0].File != "" && text[n-1].File != "" {
		at.Start, at.End = text[0].Start, text[n-1].Start+len(text[n-1].Text)
	}
	return at
}

// Trimmed takes away the white space around a text; a block scalar ends in a line break.
func Trimmed(t imagepin.Text) imagepin.Text {
	s := t.String()
	start := len(s) - len(strings.TrimLeft(s, " \t\r\n"))
	return t.Slice(start, max(start, len(strings.TrimRight(s, " \t\r\n"))))
}

// variable finds what other programs fill in: $(params.x) and $(X) of Tekton
// and Kubernetes, ${X} and $X of shells, CI systems and envsubst.
var variable = lazyregexp.New(`\$\([^()]*\)|\$\{[^{}]*\}|\$[A-Za-z_][A-Za-z0-9_]*|\$\[\[.*?\]\]`)

// Expand marks the variables of a text, and replaces those whose values are known.
func Expand(text imagepin.Text, values Values) imagepin.Text {
	whole, root := text.String(), &imagepin.Source{}
	var out imagepin.Text
	literal := func(start, end int) {
		for _, p := range text.Slice(start, end) {
			p.From = root
			out = out.Append(p)
		}
	}
	at := 0
	for _, m := range variable.FindAllStringIndex(whole, -1) {
		literal(at, m[0])
		at = m[1]
		name := strings.Trim(whole[m[0]:m[1]], "${}()[]")
		here := &imagepin.Source{Variable: name, Outer: root, Elsewhere: name + " is a variable, which may be used in other places"}
		if values != nil {
			if value, ok := values(name); ok {
				out = append(out, value.Graft(here)...)
				continue
			}
		}
		out = append(out, imagepin.Piece{From: here, Unknown: whole[m[0]:m[1]] + " is filled in elsewhere, so its value is not known here"})
	}
	literal(at, len(whole))
	return out
}
