// Package ecosystems defines the types for dependencies in files (Dependency,
// Pin, Target, Edit) and the interface that every kind of file implements.
//
// It knows no file format (the packages below it do), makes no decision (package
// policy does) and uses no network.
package ecosystems

import (
	"context"
	"fmt"
	"io/fs"
	"time"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// An Ecosystem reads and edits one kind of file and looks up the packages in it.
// It is safe for concurrent use.
type Ecosystem interface {
	// Info describes the ecosystem. The result never changes.
	Info() Info

	// Match reports whether a file belongs to the ecosystem, by its
	// slash-separated path alone.
	Match(path string) bool

	// Extract reads one file of the repository and returns its dependencies,
	// ordered by position. It is pure except for repo, from which it may read
	// other files that belong to the file (a .env beside it, -r includes). For a
	// part that it cannot read, it returns a dependency with a Skip of the code
	// Malformed at that position, and goes on. The error is for a file that
	// cannot be read at all.
	Extract(repo fs.FS, path string) ([]Dependency, error)

	// Versions returns the published versions of a package, unordered. The
	// updater calls it once for each Package in a run.
	Versions(ctx context.Context, pkg Package) (Listing, error)

	// Pins looks up what an edit must write beside the version: the digest of
	// exactly this tag, the hashes of exactly this release. It is called only
	// for the chosen version.
	Pins(ctx context.Context, d Dependency, v version.Version) (Target, error)

	// Edit returns the replacements that move d to the target. It is pure.
	Edit(d Dependency, to Target) ([]Edit, error)
}

// A Package is what is published with one name in one place. It is comparable
// and the key of shared lookups.
type Package struct {
	Kind  string // Word of one of the ecosystem's kinds: "oci", "pypi" or "go"
	Name  string // canonical: "docker.io/library/python", a PEP 503 name, a module path
	Index string // where it is published if the file says so: index URLs in order, one per line; "" for the operator's default
}

// A Span is a range of bytes [Start, End) of a file.
type Span struct {
	File       string // slash-separated, relative to the root of the repository
	Start, End int
}

// A Pin is the version of a package as the author of a file wrote it.
type Pin struct {
	Text     string          // after the name, without the digest: "3.6-slim", "==2.5", ">=1.4,<1.5"; "" for none
	Digest   string          // the digest of the version, "sha256:…" or a full commit; "" for none
	Platform string          // "linux/arm64" if the file names one; else ""
	Version  version.Version // the pinned version; zero for a range and for none

	// Before and After are the parts of Text that are not at At[0], because they
	// are literal text around a variable: Text == Before + text at At[0] + After.
	Before, After string
	// NoDigest is why no digest can be written with this form of reference; "" if one can.
	NoDigest string
	// Comment is a version in a comment beside a digest, which moves with it; nil for none.
	Comment *Span

	Admits   func(version.Version) bool // the versions inside a range; nil: exactly Version
	Excludes func(version.Version) bool // versions that the author excluded (!=); nil: none
	Runtime  string                     // the language version that the project runs on, "3.11"; "" if unknown
}

// A Dependency is one place in one file that names a package and a pin.
type Dependency struct {
	Ecosystem string // Info.Name of the ecosystem that found it; the updater sets it
	Name      string // as written: "python"
	Package   Package
	At        []Span // the positions of the pin's text, or of the name if there is no pin; At[0] is displayed
	Pin       Pin
	Direct    bool   // false for a Go requirement marked // indirect
	Skip      Reason // why it cannot be updated; the zero Reason if it can
	Ignored   bool   // a comment beside it has "freshpin: ignore"
	Trust     Trust  // the lowest acceptable trust in a checksum; TrustNone means TrustDigest. The updater sets it
	Keys      []Key  // the keys of the settings for signed lists of checksums. The updater sets it
	Own       any    // private data of the ecosystem that found it
}

// Apart reports whether the digest of d is in a separate place, At[1], and does
// not directly follow the tag.
func (d Dependency) Apart() bool {
	return d.Pin.Digest != "" && len(d.At) > 1 && (d.At[1].File != d.At[0].File || d.At[1].Start != d.At[0].End+1)
}

// A Listing holds the published versions of one package.
type Listing struct {
	Candidates []version.Candidate
	Notes      []Note // about the package as a whole, such as deprecation

	// Read parses the text of a pinned version if its meaning depends on the
	// candidates; nil means that Pin.Version is right.
	Read func(text string) version.Version

	// ReadPin returns the version of a pin with a digest if the digest decides
	// it. If the text of the pin names another version, it returns a note. The
	// version is a name if it is unknown. nil means that the text decides.
	ReadPin func(p Pin) (version.Version, []Note)
}

// A Target is the version that an update moves to, with what to write for it.
type Target struct {
	Version version.Version
	Digest  string   // to write beside the version: "sha256:…", or a full commit; "" for none
	Hashes  []string // "sha256:…" of every file of the release, sorted; empty for none
	Named   string   // the text to write for Version beside the digest: "v4.2.1" for v4; "" means that of Version

	Files []File // the files whose checksums are written beside the version; empty for none

	Unchanged bool     // it is identical to what is in use
	Missing   []string // platforms in use that it lacks: "linux/arm64", "windows/amd64 10.0.17763"
	Hold      Reason   // why it must not be used, independent of the policy; the zero Reason if it may
	Notes     []Note
}

// A Note is a displayed fact that does not affect the decision.
type Note struct {
	Code string `json:"code"` // a stable word: "yanked", "never-patches", "age-unknown"
	Text string `json:"text"` // one sentence
}

// A Reason is why a dependency is not updated.
type Reason struct {
	Code string // one of the codes in this package or in fetch; scripts rely on it
	Text string // one sentence without a full stop
}

// IsZero reports whether r is no reason.
func (r Reason) IsZero() bool { return r.Code == "" }

// Unread reports whether the reason means that the text was not read at all.
func (r Reason) Unread() bool { return r.Code == Malformed || r.Code == Unreadable || r.Code == Limit }

// IsLookup reports whether a dependency with this reason can still be looked up.
func (r Reason) IsLookup() bool { return r.IsZero() || r.Code == Unpinned }

// A Dater is an ecosystem that can look up publication dates that its listing
// does not have.
type Dater interface {
	// Published returns when a version was published. The zero time without an
	// error means unknown.
	Published(ctx context.Context, d Dependency, v version.Version) (time.Time, error)
}

// MostPins limits the pins of a file: reading stops there, whatever limits the
// operator sets.
const MostPins = 20_000

// ErrTooManyPins is the error for a file with more than MostPins pins.
var ErrTooManyPins = fmt.Errorf("the file has more than %d pins, so none was checked: split it", MostPins)
