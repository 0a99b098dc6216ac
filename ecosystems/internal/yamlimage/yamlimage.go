// Package yamlimage reads the images in YAML files: in one scalar, or with name,
// tag and digest in separate scalars.
//
// The ecosystems that use it know the keys of their files; the packages imageref
// and imagepin know references.
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
	found []ecosystems.Dependency
}

// maxFile limits a file, in bytes. Manifests of operators have schemas of several
// megabytes.
const maxFile = 8 << 20

// Open reads a file of the repository and parses the wanted documents (nil means
// all). If the file is no text, the reader has only a dependency with the reason.
func Open(repo fs.FS, file string, wanted func(document string) bool) (*Reader, error) {
	src, why, err := imagepin.LoadUpTo(repo, file, maxFile)
	if err != nil {
		return nil, err
	}
	r := &Reader{File: &yamltext.File{Path: file}}
	if !why.IsZero() {
		r.Add(imagepin.Trouble(path.Base(file), ecosystems.Span{File: file}, why))
		return r, nil
	}
	r.File = yamltext.Read(file, src, wanted)
	return r, nil
}

// Roots returns the roots of all documents that could be parsed, and adds a dependency with the error for each other one.
func (r *Reader) Roots() (roots []*yaml.Node) {
	for _, d := range r.Documents {
		switch {
		case d.Trouble != nil:
			why := d.Trouble.Reason
			if d.Trouble.Template {
				why = ecosystems.Reason{Code: ecosystems.Variable, Text: "a template fills this document in, and it is no YAML before that"}
			}
			r.Add(imagepin.Trouble(d.Trouble.Text, d.Trouble.At, why))
		case d.Root != nil:
			roots = append(roots, d.Root)
		}
	}
	return roots
}

// Add adds a dependency.
func (r *Reader) Add(d ecosystems.Dependency) { r.found = append(r.found, d) }

// Count returns how many dependencies were added so far.
func (r *Reader) Count() int { return len(r.found) }

// Mirror records that another scalar repeats the tag of the last added image, with
// or without its leading "v". It ignores a scalar with any other text.
func (r *Reader) Mirror(n *yaml.Node) {
	if at, ok := r.Scalar(n).Span(); ok {
		r.MirrorAt(at, r.Src[at.Start:at.End])
	}
}

// MirrorAt does the same as Mirror for a text that may be in another file.
func (r *Reader) MirrorAt(at ecosystems.Span, text string) {
	d := &r.found[len(r.found)-1]
	// With a digest alone, the tag is in a comment and has no place of its own.
	if !d.Skip.IsZero() || d.Pin.Text == "" || d.Pin.Digest != "" && len(d.At) < 2 {
		return
	}
	if text == d.Pin.Text || "v"+text == d.Pin.Text {
		d.At = append(d.At, at)
	}
}

// Found returns the collected dependencies, in order.
func (r *Reader) Found() []ecosystems.Dependency {
	if r.Exhausted() { // parts of the file are missing in the result
		line, at := r.Line(0)
		r.Add(imagepin.Trouble(imagepin.Clip(line), at, ecosystems.Reason{Code: ecosystems.Limit, Text: "it multiplies itself beyond what is looked at, so that not all of it was read"}))
	}
	return imagepin.Settle(r.Path, r.found)
}

// IsEmpty reports whether a value is absent, null or an empty text.
func IsEmpty(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && (n.Tag == "!!null" || n.Value == "")
}

// Values returns the value of a variable with its position; false if it is unknown.
type Values func(name string) (imagepin.Text, bool)

// Image adds the image in a scalar, if it is not empty.
func (r *Reader) Image(n *yaml.Node, platform string) { r.ImageWith(n, platform, nil) }

// ImageWith adds the image in a scalar, with the values of its variables.
func (r *Reader) ImageWith(n *yaml.Node, platform string, values Values) {
	if n = yamltext.Target(n); !IsEmpty(n) {
		r.Add(r.image(n, platform, values))
	}
}

// Likely adds the image in a scalar if it looks like one: it has a tag, a digest
// or a registry. It ignores other texts.
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

// stripped removes placeholders with the spaces inside.
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
	text := yamltext.Trimmed(s.Text)
	raw := text.String()
	place := imagepin.Place{Raw: raw, At: r.SpanOf(text, s), Platform: platform, Comment: r.Comment}
	d := imagepin.Read(Expand(text, values), place)
	d.Ignored = r.Ignored(s.Start) || r.Ignored(s.End) || d.At[0].File == r.Path && r.Ignored(d.At[0].Start)
	return d
}

// Broken returns the dependency for a node that cannot be read as an image.
func (r *Reader) Broken(n *yaml.Node, code, why string) ecosystems.Dependency {
	return r.BrokenAt(r.Offset(n), code, why)
}

// variable matches placeholders of other programs: $(params.x) and $(X) of Tekton
// and Kubernetes, ${X} and $X of shells, CI systems and envsubst.
var variable = lazyregexp.New(`\$\([^()]*\)|\$\{[^{}]*\}|\$[A-Za-z_][A-Za-z0-9_]*|\$\[\[.*?\]\]`)

// Expand replaces the variables of a text that values has, and marks the unknown ones.
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
