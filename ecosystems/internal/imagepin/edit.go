package imagepin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
)

// Edit returns the replacements that move d to the target: of the tag, of the
// digest after it or in its own place, of the version in a comment, and of all
// other places with the tag. It never leaves an old digest beside a new tag.
func Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	tag := to.Version.Text
	if tag == "" {
		tag = d.Pin.Text
	}
	if err := check(d, tag, to.Digest); err != nil {
		return nil, fmt.Errorf("edit %s: %w", d.Name, err)
	}
	digest := digestAfter(d.Pin, to.Digest)
	var edits []ecosystems.Edit
	add := func(at ecosystems.Span, before, after string) {
		if before != after {
			edits = append(edits, ecosystems.Edit{At: at, Old: before, New: after})
		}
	}
	at := d.At[0]
	switch {
	case d.Pin.Digest != "" && len(d.At) == 1: // a digest alone; the version is in the comment
		add(at, d.Pin.Digest, digest)
	case d.Pin.Text == "": // only a name
		name := d.Name
		if tag != "" {
			name += ":" + tag
		}
		add(at, d.Name, with(name, digest))
	case d.Apart():
		add(at, inner(d.Pin, d.Pin.Text), inner(d.Pin, tag))
		add(d.At[1], bare(d.Pin.Digest, d.At[1]), bare(digest, d.At[1]))
	default:
		if d.Pin.Digest != "" {
			at.End = d.At[1].End
		}
		add(at, with(inner(d.Pin, d.Pin.Text), d.Pin.Digest), with(inner(d.Pin, tag), digest))
	}
	for _, at := range mirrors(d) {
		// check has made sure that a mirror lacks the first letter at most.
		before := d.Pin.Text[len(d.Pin.Text)-(at.End-at.Start):]
		add(at, before, tag[len(d.Pin.Text)-len(before):])
	}
	if d.Pin.Comment != nil {
		add(*d.Pin.Comment, d.Pin.Text, tag)
	}
	return edits, nil
}

// digestAfter returns the digest after a move: one is never removed, and never added
// where the form has no place for it.
func digestAfter(was ecosystems.Pin, to string) string {
	if to == "" || was.NoDigest != "" && was.Digest == "" {
		return was.Digest
	}
	return to
}

// mirrors returns the other positions of the tag of d, with or without its first letter.
func mirrors(d ecosystems.Dependency) []ecosystems.Span {
	own := 1
	if d.Pin.Digest != "" && len(d.At) > 1 {
		own = 2
	}
	return d.At[min(own, len(d.At)):]
}

// bare returns a digest in the form of a place: some have only its digits.
func bare(digest string, at ecosystems.Span) string {
	if algorithm, hex, ok := strings.Cut(digest, ":"); ok && at.End-at.Start == len(hex) && algorithm == "sha256" {
		return hex
	}
	return digest
}

func with(text, digest string) string {
	if digest == "" {
		return text
	}
	return text + "@" + digest
}

// inner returns the part of a tag at the pin's span, without the literal text around the variable.
func inner(p ecosystems.Pin, tag string) string {
	return strings.TrimSuffix(strings.TrimPrefix(tag, p.Before), p.After)
}

// check returns an error if the target cannot be written: it comes from a
// registry and may have any text.
func check(d ecosystems.Dependency, tag, digest string) error {
	p := d.Pin
	switch {
	case len(d.At) == 0 || !d.Skip.IsLookup():
		return fmt.Errorf("it is skipped: %s", d.Skip.Text)
	case p.Text == "" && p.NoDigest != "":
		return fmt.Errorf("%s", p.NoDigest)
	case len(tag) <= len(p.Before)+len(p.After) && tag != "", !strings.HasPrefix(tag, p.Before), !strings.HasSuffix(tag, p.After):
		return fmt.Errorf("%q does not fit between %q and %q", tag, p.Before, p.After)
	case slices.ContainsFunc(mirrors(d), func(at ecosystems.Span) bool {
		cut := len(p.Text) - (at.End - at.Start)
		return cut < 0 || cut > 1 || len(tag) <= cut || tag[:cut] != p.Text[:cut]
	}):
		return fmt.Errorf("%q does not begin as %q does, and stands without that in another place", tag, p.Text)
	case tag != p.Text && p.Digest != "" && digest == "":
		return fmt.Errorf("no digest is known for %q, and that of %q must not stay", tag, p.Text)
	}
	// The parser accepts no text that could end the reference in any kind of file.
	_, err := imageref.Parse(with("x:"+cmp.Or(tag, "latest"), digest))
	return err
}
