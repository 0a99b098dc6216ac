// Package gitpin reads, looks up and edits pins to git repositories: a tag, or a
// full commit with its version in a comment after it.
//
// The ecosystems that use it know the keys of their files; package gitrefs lists
// tags.
package gitpin

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/source/gitrefs"
)

// A Place is a place in a file with a version of a repository.
type Place struct {
	Package ecosystems.Package
	Name    string          // as written: "actions/checkout"
	Ref     string          // the tag, branch or commit
	At      ecosystems.Span // the position of Ref, letter for letter
	Ignored bool            // a comment tells Freshpin to ignore it

	Comment   string          // the comment after it, from its "#"; "" for none
	CommentAt ecosystems.Span // the position of Comment
	End       int             // the offset for a new comment, after everything else on the line
	NoComment string          // why no comment can be added, as a sentence; "" if it can
	Lead      string          // begins a new comment: "frozen: "; "" mostly
	NoDigest  string          // why no commit must be written, as a sentence; "" if it may
}

// A detail is the Own of a dependency, for Edit.
type detail struct {
	lead    string // "refs/tags/" before the text of the pin; "" mostly
	said    string // the version in the comment; "" for none
	end     int    // the offset for a new comment
	word    string // begins a new comment
	comment bool   // there is another comment, which stays
	none    string // why no comment can be added; "" if it can
}

const (
	tagsLead  = "refs/tags/"
	headsLead = "refs/heads/"
)

// Read returns the dependency for a place.
func Read(p Place) ecosystems.Dependency {
	d := ecosystems.Dependency{
		Name: p.Name, Package: p.Package, At: []ecosystems.Span{p.At}, Direct: true, Ignored: p.Ignored,
		Pin: ecosystems.Pin{Text: p.Ref, NoDigest: p.NoDigest},
	}
	text, at, said := commentVersion(p)
	own := detail{said: text, word: p.Lead, end: p.End, comment: p.Comment != "", none: p.NoComment}
	if gitrefs.IsObject(p.Ref) {
		d.Pin.Digest, d.Pin.Text = p.Ref, ""
		if d.Pin.Text = text; said {
			d.Pin.Version = gittag.Parse(text)
		}
		if said && !d.Pin.Version.IsName() { // any other word may not be about the version, so it stays
			d.Pin.Comment = &at
		}
		d.Own = own
		return d
	}
	if p.NoDigest == "" {
		d.Pin.NoDigest = p.NoComment
	}
	for _, lead := range []string{tagsLead, headsLead} {
		if rest, ok := strings.CutPrefix(p.Ref, lead); ok {
			own.lead, d.Pin.Text = lead, rest
			d.At[0].Start += len(lead)
		}
	}
	d.Own, d.Pin.Version = own, gittag.Parse(d.Pin.Text)
	if said && !gittag.Parse(text).IsName() {
		d.Pin.Comment = &at
		if d.Pin.NoDigest == p.NoComment {
			d.Pin.NoDigest = p.NoDigest
		}
	}
	switch {
	case shortened(p.Ref): // git resolves it, but a new commit can make it ambiguous
		d.Skip = ecosystems.Reason{Code: ecosystems.NoTag, Text: "a shortened commit: only a full one names one commit for ever"}
	case strings.HasPrefix(p.Ref, headsLead), d.Pin.Version.IsName():
		d.Pin.Version = gittag.Name(d.Pin.Text)
		d.Skip = moving(d.Pin.Text)
	}
	return d
}

// moving returns why a pin to a branch is not updated.
func moving(name string) ecosystems.Reason {
	return ecosystems.Reason{Code: ecosystems.Unpinned, Text: "\"" + name + "\" names a branch or no version, so every run may get another commit"}
}

// shortened reports whether a reference is an abbreviated commit: seven or more
// hexadecimal digits with both letters and digits.
func shortened(ref string) bool {
	return len(ref) >= 7 && len(ref) < 40 && strings.Trim(ref, "0123456789abcdef") == "" && strings.ContainsAny(ref, "abcdef") && strings.ContainsAny(ref, "0123456789")
}
