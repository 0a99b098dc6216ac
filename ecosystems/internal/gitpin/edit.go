package gitpin

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
)

// Edit returns the replacements that move a pin to the target: of the tag, or of
// the commit and the version in the comment after it. It adds a comment if there
// is none. Everything else on the line stays.
func Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	if err := check(d, to); err != nil {
		return nil, fmt.Errorf("edit %s: %w", d.Name, err)
	}
	var edits []ecosystems.Edit
	add := func(at ecosystems.Span, old, now string) {
		if old != now {
			edits = append(edits, ecosystems.Edit{At: at, Old: old, New: now})
		}
	}
	own, _ := d.Own.(detail)
	digest := to.Digest
	if d.Pin.NoDigest != "" && d.Pin.Digest == "" { // the tag stays a tag
		digest = ""
	}
	said := to.Version.Text
	switch {
	case digest == "":
		add(d.At[0], d.Pin.Text, to.Version.Text)
		said = cmp.Or(to.Named, said)
	case d.Pin.Digest != "":
		add(d.At[0], d.Pin.Digest, digest)
	default:
		whole := d.At[0]
		whole.Start -= len(own.lead) // a commit has no "refs/tags/"
		add(whole, own.lead+d.Pin.Text, digest)
		said = cmp.Or(to.Named, said)
	}
	switch {
	case d.Pin.Comment != nil:
		add(*d.Pin.Comment, own.said, said)
	case digest != "" && own.comment:
		add(ecosystems.Span{File: d.At[0].File, Start: own.end, End: own.end}, "", "# "+own.word+said+" ")
	case digest != "":
		add(ecosystems.Span{File: d.At[0].File, Start: own.end, End: own.end}, "", " # "+own.word+said)
	}
	return edits, nil
}

// check returns an error if the target must not be written: text from a server
// could end the comment or the value, or be no commit.
func check(d ecosystems.Dependency, to ecosystems.Target) error {
	own, known := d.Own.(detail)
	switch {
	case len(d.At) == 0 || !known || !d.Skip.IsLookup():
		return fmt.Errorf("it is skipped: %s", d.Skip.Text)
	case to.Digest != "" && !gitrefs.IsObject(to.Digest):
		return errors.New("the target has no full commit")
	case !writableTag(to.Version.Text):
		return fmt.Errorf("%.80q is no tag that can be written here", to.Version.Text)
	case to.Named != "" && !writableTag(to.Named):
		return fmt.Errorf("%.80q is no tag that can be written here", to.Named)
	case d.Pin.Digest != "" && to.Digest == "":
		return fmt.Errorf("no commit is known for %q, and that of %q must not stay", to.Version.Text, d.Pin.Text)
	case d.Pin.Comment == nil && to.Digest != "" && own.none != "" && (d.Pin.Digest != "" || d.Pin.NoDigest == ""):
		return errors.New(own.none)
	}
	return nil
}
