package yamlimage

import (
	"cmp"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/yamltext"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Parts are the scalars of an image in parts.
type Parts struct {
	Name        string     // with its registry: "quay.io/acme/app"
	Tag, Digest *yaml.Node // nil for none
	At          *yaml.Node // the position of the image if it has neither tag nor digest

	NoDigest string            // why no digest can be added; never ""
	NoTag    ecosystems.Reason // the meaning of a missing tag; unused if there is always a tag or a digest
}

// Parts adds an image in parts.
func (r *Reader) Parts(p Parts) { r.Add(r.parts(p)) }

func (r *Reader) parts(p Parts) ecosystems.Dependency {
	tag, digest := yamltext.Target(p.Tag), yamltext.Target(p.Digest)
	switch {
	case !IsEmpty(tag) && tag.Kind == yaml.ScalarNode:
		return r.tagged(p, tag, digest)
	case !IsEmpty(tag):
		return r.Broken(tag, ecosystems.Malformed, "not a tag")
	case !IsEmpty(digest):
		return r.digestAlone(p, digest)
	}
	d := r.Broken(p.At, p.NoTag.Code, p.NoTag.Text)
	return r.named(d, p, p.At)
}

// named sets the position and name of a dependency without a pin.
func (r *Reader) named(d ecosystems.Dependency, p Parts, n *yaml.Node) ecosystems.Dependency {
	if at, ok := r.Scalar(n).Span(); ok {
		d.At = []ecosystems.Span{at}
	}
	d.Name = p.Name
	if why := nameTrouble(p.Name); !why.IsZero() {
		d.Skip = why
		return d
	}
	ref, _ := imageref.Parse(p.Name)
	d.Package.Name, d.Pin.NoDigest = ref.Repository, p.NoDigest
	return d
}

// nameTrouble returns why the image with a name cannot be looked up; the zero Reason if it can.
func nameTrouble(name string) ecosystems.Reason {
	if imagepin.IsTemplate(name) || variable.MatchString(name) {
		return ecosystems.Reason{Code: ecosystems.Variable, Text: "the name of the image is filled in elsewhere"}
	}
	ref, err := imageref.Parse(name)
	if err != nil {
		return ecosystems.Reason{Code: ecosystems.Malformed, Text: "not the name of an image: " + err.Error()}
	}
	if ref.Tag != "" || ref.Digest != "" {
		return ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the name has a tag or a digest of its own, which contradicts the one beside it"}
	}
	return ecosystems.Reason{}
}

// tagged reads an image with a tag and possibly a digest.
func (r *Reader) tagged(p Parts, tag, digest *yaml.Node) ecosystems.Dependency {
	s := r.Scalar(tag)
	if !s.OK || s.Filled {
		return r.Broken(tag, ecosystems.Unsupported, "the tag is written over several lines, which is not followed up")
	}
	text := yamltext.Trimmed(s.Text)
	raw := text.String()
	root := &imagepin.Source{}
	whole := append(imagepin.Text{{Text: p.Name + ":", From: root}}, Expand(text, nil)...)
	for n := range whole {
		whole[n].From = root
	}
	place := imagepin.Place{Raw: p.Name + ":" + raw, At: r.SpanOf(text, s), Comment: r.Comment}
	d := imagepin.Read(whole, place)
	d.Ignored = r.Ignored(s.Start) || r.Ignored(s.End)
	if why := nameTrouble(p.Name); !why.IsZero() {
		d.Skip = why
		return d
	}
	// Helm would pull another tag than the file seems to name.
	if as := asRead(tag); as != raw && d.Skip.IsLookup() {
		d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: fmt.Sprintf("without quotes, %s is read as %s: put quotes around it", raw, as)}
	}
	if !d.Skip.IsLookup() {
		return d
	}
	if tag.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		d.Own = Plain{}
	}
	if d.Pin.Digest != "" { // after the tag, in one scalar
		if !IsEmpty(digest) {
			d.Skip = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "two digests are written, one behind the tag and one of its own"}
		}
		return d
	}
	d.Pin.NoDigest = cmp.Or(d.Pin.NoDigest, p.NoDigest)
	if !IsEmpty(digest) {
		return r.withDigest(d, digest)
	}
	return d
}

var hexDigest = lazyregexp.New(`^[0-9a-f]{64}$`)

// withDigest adds the digest in a separate scalar to an image with a tag.
func (r *Reader) withDigest(d ecosystems.Dependency, digest *yaml.Node) ecosystems.Dependency {
	value, at, why := r.digest(digest)
	if !why.IsZero() {
		d.Skip = why
		return d
	}
	d.Pin.Digest, d.Pin.NoDigest = value, ""
	d.At = append([]ecosystems.Span{d.At[0], at}, d.At[1:]...) // the digest comes before mirrors of the tag
	d.Ignored = d.Ignored || r.Ignored(at.Start)
	if d.Skip.Code == ecosystems.Unpinned { // the digest pins a tag without a version
		d.Skip = ecosystems.Reason{}
	}
	return d
}

// digest reads the scalar of a digest. Some charts write only its digits.
func (r *Reader) digest(n *yaml.Node) (value string, at ecosystems.Span, why ecosystems.Reason) {
	at, ok := r.Scalar(n).Span()
	value = n.Value
	if hexDigest.MatchString(value) {
		value = "sha256:" + value
	}
	switch _, err := imageref.Parse("x@" + value); {
	case imagepin.IsTemplate(value) || variable.MatchString(value):
		why = ecosystems.Reason{Code: ecosystems.Variable, Text: "the digest is filled in elsewhere"}
	case n.Kind != yaml.ScalarNode || err != nil:
		why = ecosystems.Reason{Code: ecosystems.Malformed, Text: "not a digest such as sha256:0123…: " + imagepin.Clip(n.Value)}
	case !ok:
		why = ecosystems.Reason{Code: ecosystems.Unsupported, Text: "the digest is written with escapes or over several lines"}
	}
	return value, at, why
}

// digestAlone reads an image with a digest and no tag. A comment may have the version.
func (r *Reader) digestAlone(p Parts, digest *yaml.Node) ecosystems.Dependency {
	value, at, why := r.digest(digest)
	if !why.IsZero() {
		d := r.Broken(digest, why.Code, why.Text)
		d.Name = p.Name
		return d
	}
	root := &imagepin.Source{}
	text := imagepin.Text{{Text: p.Name + "@" + strings.TrimSuffix(value, digest.Value), From: root}, {Text: digest.Value, From: root, File: at.File, Start: at.Start}}
	if value != digest.Value { // the file has only the digits, so the whole digest has no position
		d := r.Broken(digest, ecosystems.Unsupported, "a digest without its algorithm and without a tag")
		return r.named(d, p, digest)
	}
	d := imagepin.Read(text, imagepin.Place{Raw: p.Name + "@" + value, At: at, Comment: r.Comment})
	d.Ignored = r.Ignored(at.Start)
	if why := nameTrouble(p.Name); !why.IsZero() {
		d.Skip = why
	}
	return d
}

// asRead returns the value that other programs read for a scalar: 1.10 without
// quotes is the number 1.1.
func asRead(n *yaml.Node) string {
	if n.Tag == "!!str" || n.Style != 0 {
		return strings.TrimSpace(n.Value)
	}
	return plain(n.Value)
}

// plain returns the value that YAML reads for a text without quotes.
func plain(text string) (as string) {
	defer func() {
		if recover() != nil { // the YAML parser panics on some broken input
			as = ""
		}
	}()
	var v any
	if yaml.Unmarshal([]byte(text), &v) != nil {
		return ""
	}
	return fmt.Sprint(v)
}
