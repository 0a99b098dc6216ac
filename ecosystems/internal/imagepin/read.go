package imagepin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Place describes a reference apart from its text.
type Place struct {
	Raw      string          // as written in the file, with variables
	At       ecosystems.Span // the position of Raw
	Platform string          // "linux/arm64"; "" for none
	Ignored  bool            // a comment tells Freshpin to ignore it

	// Comment returns the comment beside a span, from its "#", and its position;
	// nil if the format has no comments.
	Comment func(ecosystems.Span) (text string, at ecosystems.Span)
}

// placeholder matches placeholders of template languages: {{ x }}, {% x %},
// <% x %>, %%X%%, %X%, @X@, __X__, <x>, #{x}, [[ x ]].
var placeholder = lazyregexp.New(`\{\{|#\{\w|\[\[|\{%|<%|%%\w|%[A-Z_]+%|@[A-Z_]+@|__[A-Z][A-Z0-9_]*__|<[A-Za-z]`)

// IsTemplate reports whether a text has a placeholder of a template language.
func IsTemplate(text string) bool {
	return (strings.ContainsAny(text, "{[<%@") || strings.Contains(text, "__")) && placeholder.MatchString(text)
}

// Read returns the dependency for a reference. If it cannot be updated, Skip has
// the reason; Read guesses nothing.
func Read(text Text, p Place) ecosystems.Dependency {
	d := ecosystems.Dependency{
		Name:    p.Raw,
		Package: ecosystems.Package{Kind: kind},
		At:      []ecosystems.Span{p.At},
		Pin:     ecosystems.Pin{Platform: p.Platform},
		Direct:  true,
		Ignored: p.Ignored,
	}
	whole := text.String()
	if IsTemplate(whole) || IsTemplate(p.Raw) {
		return skip(d, ecosystems.Variable, "a template fills it in: the image is not known here")
	}
	if why := text.Unknown(); why != "" {
		return unknown(d, text, p, why)
	}
	ref, err := imageref.Parse(whole)
	// BuildKit and Compose replace variables once, not in the values of variables.
	if name := text.dollar(); err != nil && name != "" {
		return variable(d, p, fmt.Sprintf("what %s supplies has a $ in it, which is replaced nowhere", name))
	}
	if err != nil {
		return skip(d, ecosystems.Malformed, "not an image reference: "+err.Error())
	}
	d.Name, d.Package.Name = ref.Name, ref.Repository
	switch {
	case ref.Digest != "" && ref.Tag != "":
		return tagAndDigest(d, text, ref, p)
	case ref.Digest != "":
		return digestAlone(d, text, ref, p)
	case ref.Tag != "":
		return tagAlone(d, text, ref, p)
	}
	return unpinned(d, text, ref)
}

func skip(d ecosystems.Dependency, code, why string) ecosystems.Dependency {
	d.Skip = ecosystems.Reason{Code: code, Text: why}
	return d
}

// variable skips a reference with a known name and an unknown pin, which is shown as written.
func variable(d ecosystems.Dependency, p Place, why string) ecosystems.Dependency {
	d.Pin.Text, d.At = rawPin(p)
	return skip(d, ecosystems.Variable, why)
}

// rawPin returns the pin as written, with ${X}, and its position.
func rawPin(p Place) (string, []ecosystems.Span) {
	masked := mask(p.Raw)
	i := strings.LastIndexByte(masked, '/') + 1
	sep := strings.IndexAny(masked[i:], ":@")
	if sep < 0 {
		return "", []ecosystems.Span{p.At}
	}
	at := p.At
	if at.End-at.Start == len(p.Raw) { // without escapes and continued lines, offsets are those of the file
		at.Start += i + sep + 1
	}
	return p.Raw[i+sep+1:], []ecosystems.Span{at}
}

// mask replaces the content of ${…} by letters, so that colons and slashes in it
// do not look like those of the reference.
func mask(raw string) string {
	out, depth := []byte(raw), 0
	for i := range out {
		switch {
		case raw[i] == '{' && (depth > 0 || i > 0 && raw[i-1] == '$'):
			depth++
		case raw[i] == '}' && depth > 0:
			depth--
		case depth == 0:
			continue
		}
		out[i] = 'x'
	}
	return string(out)
}

// unknown reads the known parts of a reference with an unknown variable.
func unknown(d ecosystems.Dependency, text Text, p Place, why string) ecosystems.Dependency {
	const stand = "0" // replaces an unknown value; it is valid in every part of a name and a tag
	var filled strings.Builder
	first := -1
	for _, piece := range text {
		if piece.Unknown != "" {
			if first < 0 {
				first = filled.Len()
			}
			filled.WriteString(stand)
			continue
		}
		filled.WriteString(piece.Text)
	}
	name, _, _ := strings.Cut(filled.String(), "@") // "0" is no digest
	ref, err := imageref.Parse(name)
	if err != nil || first <= ref.NameEnd { // the variable is in the name
		return skip(d, ecosystems.Variable, why)
	}
	d.Name, d.Package.Name = ref.Name, ref.Repository
	return variable(d, p, why)
}

func unpinned(d ecosystems.Dependency, text Text, ref imageref.Ref) ecosystems.Dependency {
	name := text.Slice(0, ref.NameEnd)
	if at, ok := name.span(); ok {
		d.At = []ecosystems.Span{at}
		d.Pin.NoDigest = noDigest(name[0].From)
	} else {
		d.Pin.NoDigest = "the name is put together from pieces"
	}
	return skip(d, ecosystems.Unpinned, "no version is written, so every build may get another one")
}

// noDigest returns why no digest may be added to a literal; "" if it may.
func noDigest(s *Source) string {
	for ; s != nil && s.Variable != ""; s = s.Outer {
		switch {
		case s.Cut:
			return fmt.Sprintf("only a part of %s arrives here", s.Variable)
		case s.Elsewhere != "":
			return s.Elsewhere
		}
	}
	return ""
}

// tagAndDigest reads a pin with both. They may be in one text or in two variables;
// each is edited in its own place.
func tagAndDigest(d ecosystems.Dependency, text Text, ref imageref.Ref, p Place) ecosystems.Dependency {
	v := dockertag.Parse(ref.Tag)
	tag, digest := text.Slice(ref.TagStart, ref.TagEnd), text.Slice(ref.DigestStart, ref.DigestEnd)
	at, start, ok := versionPlace(tag, v)
	if !ok {
		return scattered(d, tag, p)
	}
	where, ok := digestPlace(digest, ref.Digest)
	if !ok {
		return scattered(d, digest, p)
	}
	d.At = []ecosystems.Span{at, where}
	d.Pin = ecosystems.Pin{
		Text: ref.Tag, Version: v, Digest: ref.Digest, Platform: d.Pin.Platform,
		Before: ref.Tag[:start], After: ref.Tag[start+at.End-at.Start:],
	}
	// A comment with another version is a remark, and stays.
	if v, at, ok := commentVersion(d, p, where); ok && v == ref.Tag {
		d.Pin.Comment = &at
	}
	return d
}

// digestPlace returns the position of the piece with a whole digest, or with all of its digits.
func digestPlace(text Text, digest string) (ecosystems.Span, bool) {
	_, hex, _ := strings.Cut(digest, ":")
	for _, p := range text {
		if p.File != "" && (p.Text == digest || p.Text == hex) {
			return ecosystems.Span{File: p.File, Start: p.Start, End: p.Start + len(p.Text)}, true
		}
	}
	return ecosystems.Span{}, false
}

// scattered skips a pin that is not contiguous in a file.
func scattered(d ecosystems.Dependency, pin Text, p Place) ecosystems.Dependency {
	names := strings.Join(pin.variables(), " and ")
	switch {
	case names == "":
		d = variable(d, p, "")
		return skip(d, ecosystems.Unsupported, "the version is written with escapes or over several lines")
	case pin.rewritten():
		return variable(d, p, fmt.Sprintf("what %s supplies is rewritten here", names))
	case !pin.onePath():
		return variable(d, p, "the version is put together from several variables: "+names)
	}
	return variable(d, p, "the version is spread over the text around "+names)
}

func digestAlone(d ecosystems.Dependency, text Text, ref imageref.Ref, p Place) ecosystems.Dependency {
	digest := text.Slice(ref.DigestStart, ref.DigestEnd)
	at, ok := digest.span()
	if !ok {
		return scattered(d, digest, p)
	}
	d.At = []ecosystems.Span{at}
	d.Pin.Digest = ref.Digest
	v, where, ok := commentVersion(d, p, at)
	if !ok {
		return skip(d, ecosystems.NoTag, "a digest without a tag: nothing tells which version it is")
	}
	d.Pin.Text, d.Pin.Version, d.Pin.Comment = v, dockertag.Parse(v), &where
	return d
}

func tagAlone(d ecosystems.Dependency, text Text, ref imageref.Ref, p Place) ecosystems.Dependency {
	tag := text.Slice(ref.TagStart, ref.TagEnd)
	v := dockertag.Parse(ref.Tag)
	at, start, ok := versionPlace(tag, v)
	if !ok {
		return scattered(d, tag, p)
	}
	d.At = []ecosystems.Span{at}
	d.Pin.Before, d.Pin.After = ref.Tag[:start], ref.Tag[start+at.End-at.Start:]
	if len(tag) == 1 {
		d.Pin.NoDigest = noDigest(tag[0].From)
	} else {
		d.Pin.NoDigest = partly(tag)
	}
	d.Pin.Text, d.Pin.Version = ref.Tag, v
	if v.IsName() {
		return skip(d, ecosystems.Unpinned, fmt.Sprintf("%q names no version, so every build may get another one", ref.Tag))
	}
	return d
}

// versionPlace returns the position of the text to edit for the version of a tag,
// and its offset in the tag. It is the whole tag if that is one piece, else the
// piece with the version.
func versionPlace(tag Text, v version.Version) (at ecosystems.Span, start int, ok bool) {
	if at, ok = tag.span(); ok {
		return at, 0, true
	}
	return versionPiece(tag, v)
}

const separators = "-_.+"

// partly returns why a tag of several pieces gets no digest.
func partly(tag Text) string {
	if names := tag.variables(); len(names) > 0 {
		return fmt.Sprintf("the tag is put together with %s, which a digest would overrule", strings.Join(names, " and "))
	}
	return "the tag is written with quotes or escapes inside"
}

// versionPiece returns the position of the only piece with the whole version of a
// tag, and its offset in the tag. For a tag that is a name, it is the first piece.
func versionPiece(tag Text, v version.Version) (at ecosystems.Span, start int, ok bool) {
	whole, offset := tag.String(), 0
	for _, p := range tag {
		trimmed := strings.TrimLeft(p.Text, separators)
		skipped := len(p.Text) - len(trimmed)
		trimmed = strings.TrimRight(trimmed, separators)
		if p.File != "" && trimmed != "" && (v.IsName() || holds(whole, offset+skipped, trimmed)) {
			if ok && !v.IsName() { // two pieces look like it, so neither is certain
				return at, 0, false
			}
			if !ok {
				from := p.Start + skipped
				at, start, ok = ecosystems.Span{File: p.File, Start: from, End: from + len(trimmed)}, offset+skipped, true
			}
		}
		offset += len(p.Text)
	}
	return at, start, ok
}

var (
	numberBefore = lazyregexp.New(`[0-9]\.?$`)
	numberAfter  = lazyregexp.New(`^\.?[0-9]`)
)

// alone reports whether no number of a tag extends beyond the ends of a part.
func alone(tag string, start, length int) bool {
	return !numberBefore.MatchString(tag[:start]) && !numberAfter.MatchString(tag[start+length:])
}

// holds reports whether a part of a tag is its version: both have the same
// version, now and after the part changes.
func holds(tag string, start int, part string) bool {
	moved := change(part)
	whole := tag[:start] + moved + tag[start+len(part):]
	return alone(tag, start, len(part)) && moved != part &&
		sameVersion(dockertag.Parse(part), dockertag.Parse(tag)) && sameVersion(dockertag.Parse(moved), dockertag.Parse(whole))
}

// change returns a version with another first number of the same length.
func change(text string) string {
	i := strings.IndexAny(text, "0123456789")
	if i < 0 {
		return text
	}
	// The last digit of the number, so that leading zeros stay.
	i += len(text[i:]) - len(strings.TrimLeft(text[i:], "0123456789")) - 1
	if text[i] == '9' {
		return text[:i] + "8" + text[i+1:]
	}
	return text[:i] + string(text[i]+1) + text[i+1:]
}

// sameVersion reports whether a part of a tag has the same numbers and stage as
// the whole. It does not compare which of them are build numbers, because that may
// depend on the rest: in 21_35-jre, 35 is a build.
func sameVersion(part, whole version.Version) bool {
	return !part.IsName() && part.Pre == whole.Pre && slices.Equal(numbersOf(part), numbersOf(whole))
}

// numbersOf returns the numbers of a version and its stage, the most significant first.
func numbersOf(v version.Version) []version.Part {
	var all []version.Part
	for _, n := range v.Release {
		all = append(all, version.Part{N: n})
	}
	if v.Pre {
		return append(all, v.Order...)
	}
	return append(all, v.Order[min(1, len(v.Order)):]...)
}
