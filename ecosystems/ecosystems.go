// Package ecosystems holds the words in which the product speaks about files:
// what a dependency, its pin, a target and an edit are, and the interface that
// every kind of file implements.
//
// It knows no file format (the rooms below it do), makes no decision (package
// policy does) and touches no network.
package ecosystems

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Ecosystem reads and edits one kind of file and knows where the packages
// named in it are published. It is safe for concurrent use.
type Ecosystem interface {
	// Info says what the ecosystem is. It always returns the same.
	Info() Info

	// Match reports whether a file belongs to the ecosystem. It looks at the
	// slash-separated path only.
	Match(path string) bool

	// Extract reads one file of the repository and returns its dependencies in
	// order of their position. It is pure but for repo, through which it may
	// read what belongs to the file (a .env beside it, -r includes). What it
	// cannot read it returns as a dependency whose Skip has the code Malformed
	// and whose position is that of the trouble; the others are not lost. The
	// error is for a file that cannot be read at all.
	Extract(repo fs.FS, path string) ([]Dependency, error)

	// Versions returns what is published of a package, in no order. The
	// updater asks once per Package and run, however many files name it.
	Versions(ctx context.Context, pkg Package) (Listing, error)

	// Pins looks up what an edit has to write beside the version: the digest of
	// that very tag, the hashes of that very release. It is called for the
	// chosen version only.
	Pins(ctx context.Context, d Dependency, v version.Version) (Target, error)

	// Edit returns the replacements that bring d to the target. It is pure.
	Edit(d Dependency, to Target) ([]Edit, error)
}

// A Package is what is published under one name in one place. It is comparable:
// the key that lookups share.
type Package struct {
	Kind  string // Word of one of the ecosystem's kinds: "oci", "pypi" or "go"
	Name  string // canonical: "docker.io/library/python", a PEP 503 name, a module path
	Index string // where to ask, when the file says so: index URLs in order, one per line; "" for the operator's own
}

// A Span is a range of bytes [Start, End) of a file.
type Span struct {
	File       string // slash-separated, relative to the root of the repository
	Start, End int
}

// A Pin is what the author of a file wrote about the version of a package.
type Pin struct {
	Text     string          // after the name, without the digest: "3.6-slim", "==2.5", ">=1.4,<1.5"; "" for none
	Digest   string          // what the version named when it was written: "sha256:…", or a full commit; "" for none
	Platform string          // "linux/arm64" where the file names one; else ""
	Version  version.Version // the version pinned; zero for a range and for none

	// Where only a part of Text stands at At[0], because the rest is literal
	// text around a variable: Text == Before + text at At[0] + After.
	Before, After string
	// NoDigest says why no digest can be written with this form of reference; "" if one can.
	NoDigest string
	// Comment is a version in a comment beside a digest, which moves with it; nil for none.
	Comment *Span

	Admits   func(version.Version) bool // the versions inside a range; nil: exactly Version
	Excludes func(version.Version) bool // versions that the author ruled out (!=); nil: none
	Runtime  string                     // the language version that the project runs on, "3.11"; "" where unknown
}

// A Dependency is one place in one file that names a package and a pin.
type Dependency struct {
	Ecosystem string // Info.Name of the ecosystem that found it; the updater sets it
	Name      string // as written: "python"
	Package   Package
	At        []Span // where the pin's text stands, or the name's where there is no pin; At[0] is the position shown
	Pin       Pin
	Direct    bool   // false for a Go requirement marked // indirect
	Skip      Reason // why it cannot be updated; the zero Reason if it can
	Ignored   bool   // an inline "freshpin: ignore" stands beside it
	Trust     Trust  // the least that a checksum must be trusted; TrustNone means TrustDigest. The updater sets it
	Keys      []Key  // that lists of checksums are signed with, where settings name them. The updater sets it
	Own       any    // what the ecosystem that found it keeps for its Edit; nobody else looks at it
}

// Apart reports whether the digest of d stands in a place of its own, At[1],
// rather than behind the tag.
func (d Dependency) Apart() bool {
	return d.Pin.Digest != "" && len(d.At) > 1 && (d.At[1].File != d.At[0].File || d.At[1].Start != d.At[0].End+1)
}

// A Listing is what is published of one package.
type Listing struct {
	Candidates []version.Candidate
	Notes      []Note // about the package as a whole, such as deprecation

	// Read reads the text of a pinned version beside the candidates, where they
	// decide what it means; nil: Pin.Version says all.
	Read func(text string) version.Version

	// ReadPin tells which version a pin with a digest is beside the candidates,
	// where its digest decides and its text may say another one, which a note then
	// tells; a name where none is known. nil: the text says all.
	ReadPin func(p Pin) (version.Version, []Note)
}

// A Target is where an update leads.
type Target struct {
	Version version.Version
	Digest  string   // to write beside the version: "sha256:…", or a full commit; "" for none
	Hashes  []string // "sha256:…" of every file of the release, sorted; empty for none
	Named   string   // what is written for Version beside the digest, where that says more: "v4.2.1" for v4; "" for Version

	Files []File // whose checksums are written beside the version; empty for none

	Unchanged bool     // it resolves to the very thing that is in use already
	Missing   []string // platforms in use that would not be offered: "linux/arm64", "windows/amd64 10.0.17763"
	Hold      Reason   // why it must not be taken, whatever the policy says; the zero Reason if it may
	Notes     []Note
}

// A Note is a fact worth showing that decides nothing by itself.
type Note struct {
	Code string `json:"code"` // a stable word: "yanked", "never-patches", "age-unknown"
	Text string `json:"text"` // one sentence
}

// A Reason says why a dependency is not updated.
type Reason struct {
	Code string // one of the codes below: a stable word that scripts look for
	Text string // one sentence without a full stop
}

// IsZero reports whether there is no reason.
func (r Reason) IsZero() bool { return r.Code == "" }

// Unread reports whether the text was not read at all, because of what it is or how much of it there is.
func (r Reason) Unread() bool { return r.Code == Malformed || r.Code == Unreadable || r.Code == Limit }

// IsLookup reports whether the dependency may still be looked up: nothing about
// the text stands in the way of asking what is newest.
func (r Reason) IsLookup() bool { return r.IsZero() || r.Code == Unpinned }

// A Dater is an ecosystem that can tell when one version was published where
// its listing does not say. A zero time without an error means that nobody knows.
type Dater interface {
	Published(ctx context.Context, d Dependency, v version.Version) (time.Time, error)
}

// MostPins is how many pins a file may have at the very most: reading ends with
// the first too many, whatever the limits of the operator are.
const MostPins = 20_000

// ErrTooManyPins is returned for a file with more.
var ErrTooManyPins = fmt.Errorf("more than %d pins in one file: none of them is looked at", MostPins)
