// Package version holds parsed versions as data. It compares them and says how
// far apart they are, by the same rules for every scheme (docker tags, PEP 440,
// Go's semantic versions).
//
// It parses nothing and does no I/O: the packages below
// ecosystems/internal/scheme turn text into a Version.
package version

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Version is one version of a package, as its scheme parsed it.
// The zero Version stands for "none".
type Version struct {
	Text    string   // as its publisher spells it: "v3.6.1-rc1-alpine3.12"
	Track   string   // versions replace each other only within one track; letter for letter
	Prefix  string   // the part of Track before the numbers; "" where the scheme has none
	Variant string   // the part of Track after them
	Family  string   // prefix and variant without the precision: policy learns a project's habits per family
	Epoch   uint64   // PEP 440's epoch; else 0
	Release []uint64 // 3.6.1 is {3, 6, 1}; empty for a name such as "latest", which has no order
	Order   []Part   // compared when two releases are equal: stage, build revision, post release, local label
	Pre     bool     // a pre-release
	Revised bool     // carries a build revision, such as the r12 of 1.2.3-r12
	Padded  bool     // the second component begins with a zero, as in 20.04: a calendar version
	Commit  bool     // an unreleased commit (a pseudo-version): moving to it is at least a minor update

	NamedDate bool   // a date after a codename, as in bookworm-20240110: every newer one is a patch
	Base      string // the variant with its own versions taken out, "-alpine#.#"; "" where it has none
	BaseOrder []Part // those versions in order; Class numbers the base systems from 1: {1, 3}, {1, 12}
}

// A Part is one element of an order that compares lexicographically:
// by class, then number, then text.
type Part struct {
	Class int
	N     uint64
	S     string
}

// IsZero reports whether v is no version at all.
func (v Version) IsZero() bool { return v.Text == "" }

// IsName reports whether v is only a name, such as "latest" or "bookworm", and so has no order.
func (v Version) IsName() bool { return len(v.Release) == 0 }

// String returns the version as its publisher spells it.
func (v Version) String() string { return v.Text }

// Major returns the first component of the release, 0 for a name.
func (v Version) Major() uint64 { return at(v.Release, 0) }

// Minor returns the second component of the release, 0 where there is none.
func (v Version) Minor() uint64 { return at(v.Release, 1) }

// Calendar reports whether v is a calendar version: it begins with a year (1990 to 2099) or a date.
func (v Version) Calendar() bool {
	// From 100,000 on, the first number is a date or a month: 202401, 20240116.
	return v.Major() >= 1990 && v.Major() <= 2099 || v.Major() >= 100_000 || v.Padded || v.NamedDate
}

// behind finds a number right behind numbers with dots.
var behind = lazyregexp.New(`[0-9]+(?:\.[0-9]+)+[-_+][0-9]`)

// NumberBehind reports whether another number directly follows the release
// numbers, as in 3.10-7.3.16: the project keeps its own count there.
func (v Version) NumberBehind() bool { return len(v.Release) > 1 && behind.MatchString(v.Text) }

// SameCore reports whether v and w are stages of one release, as 1.3.0-rc1 and 1.3.0 are.
func (v Version) SameCore(w Version) bool {
	return v.Epoch == w.Epoch && compareReleases(v.Release, w.Release) == 0
}

// Compare orders two versions of one track: negative when v is older than w.
// Names are all equal. Missing components count as zero (PEP 440, "Final releases").
func Compare(v, w Version) int {
	if c := cmp.Or(cmp.Compare(v.Epoch, w.Epoch), compareReleases(v.Release, w.Release)); c != 0 {
		return c
	}
	return CompareParts(v.Order, w.Order)
}

func compareReleases(a, b []uint64) int {
	for i := range max(len(a), len(b)) {
		if c := cmp.Compare(at(a, i), at(b, i)); c != 0 {
			return c
		}
	}
	return 0
}

func at(release []uint64, i int) uint64 {
	if i < len(release) {
		return release[i]
	}
	return 0
}

// CompareParts compares two lists of parts lexicographically; a list that is a prefix of the other is smaller.
func CompareParts(a, b []Part) int {
	return slices.CompareFunc(a, b, func(p, q Part) int {
		return cmp.Or(cmp.Compare(p.Class, q.Class), cmp.Compare(p.N, q.N), strings.Compare(p.S, q.S))
	})
}

// NewerBase reports whether v is built on at least one newer base system than
// w, on none that is older, and has the same variant otherwise.
func (v Version) NewerBase(w Version) bool {
	if v.Base == "" || v.Base != w.Base {
		return false
	}
	newer := false
	for class := 1; ; class++ {
		a, b := ofClass(v.BaseOrder, class), ofClass(w.BaseOrder, class)
		// Classes have no gaps, so no further base system follows.
		if len(a) == 0 {
			return newer
		}
		c := CompareParts(a, b)
		if c < 0 {
			return false
		}
		newer = newer || c > 0
	}
}

func ofClass(parts []Part, class int) []Part {
	var out []Part
	for _, p := range parts {
		if p.Class == class {
			out = append(out, p)
		}
	}
	return out
}

// A Line says what "the same release line" means: which leading components must not change.
type Line int

// The lines, the most careful first.
const (
	LineMinor Line = iota // MAJOR.MINOR must stay: the default
	LineMajor             // MAJOR must stay: for projects that publish no patch releases
	LineAny               // nothing must stay: every newer release counts as a patch
)

// Name returns the release line of v: "3.6", "16", or "" for a name.
func (l Line) Name(v Version) string {
	if v.IsName() || v.NamedDate || l == LineAny {
		return ""
	}
	n := min(len(v.Release), 2)
	if l == LineMajor {
		n = 1
	}
	words := make([]string, n)
	for i := range n {
		words[i] = strconv.FormatUint(v.Release[i], 10)
	}
	// Publishers write 20.04, so a line shown as "20.4" would look like another one.
	if n == 2 && v.Padded && len(words[1]) == 1 {
		words[1] = "0" + words[1]
	}
	return strings.Join(words, ".")
}

// A Level is the size of an update.
type Level int

// The levels in widening order. The zero Level is Digest, the most careful.
const (
	Digest Level = iota // the same version, built again
	Patch               // on the same line
	Minor               // on the same MAJOR
	Major               // everything else
)

// String returns the word used in configuration and JSON.
func (l Level) String() string {
	return [...]string{"digest", "patch", "minor", "major"}[l]
}

// Between returns the level of an update from v to w; line says which
// components a patch must not change.
func Between(v, w Version, line Line) Level {
	switch {
	case v.Text == w.Text:
		return Digest
	case line == LineAny || v.NamedDate && w.NamedDate:
		return Patch
	case v.Epoch != w.Epoch || v.Major() != w.Major():
		return Major
	case line == LineMinor && v.Minor() != w.Minor(), w.Commit:
		return Minor
	}
	return Patch
}

// A Candidate is a published version with what its publisher says about it.
type Candidate struct {
	Version   Version
	Published time.Time // zero where the listing has no dates
	Withdrawn string    // why its publisher withdrew it (yanked, retracted), in words; "" if it is still offered
	Runtime   string    // the language versions that it supports, as published (">=3.8"); "" for all
	Package   string    // set if it belongs to another package than the one looked up: Go's next major path; else ""
	ShownOnly string    // why it may be shown as the latest but never proposed; "" if it may
	StandIn   bool      // published only with local labels (PEP 440): a pin without a label means this one
}
