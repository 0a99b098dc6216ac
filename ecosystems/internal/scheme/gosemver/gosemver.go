// Package gosemver takes the versions of Go modules apart: v1.2.3,
// v1.2.3-rc.1, v2.0.0+incompatible and pseudo-versions.
//
// It follows "Versions" in the Go Modules Reference. The names of toolchains
// (go1.26.1) are in here too; what is published is not known to it.
package gosemver

import (
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/mod/module"
	gover "golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// The classes of parts: a pre-release is older than its release, a numeric
// identifier older than any other (semver.org, section 11).
const (
	preRelease = iota
	release
)

// Parse takes a version apart; ok is false for what is no complete version in
// canonical form, such as v1.2, 1.2.3 or a branch.
func Parse(text string) (v version.Version, ok bool) {
	if module.CanonicalVersion(text) != text || !gover.IsValid(text) {
		return version.Version{}, false
	}
	s, err := semver.StrictNewVersion(text[1:])
	if err != nil { // a number over 64 bits
		return version.Version{}, false
	}
	v = version.Version{Text: text, Release: []uint64{s.Major(), s.Minor(), s.Patch()}}
	if s.Prerelease() == "" {
		v.Order = []version.Part{{Class: release}}
		return v, true
	}
	v.Pre, v.Commit = true, module.IsPseudoVersion(text)
	v.Order = append([]version.Part{{Class: preRelease}}, identifiers(s.Prerelease())...)
	return v, true
}

// identifiers orders a pre-release. Numbers are compared by length and text as
// well, because they may be longer than 64 bits.
func identifiers(pre string) []version.Part {
	var parts []version.Part
	for _, id := range strings.Split(pre, ".") {
		if strings.Trim(id, "0123456789") != "" {
			parts = append(parts, version.Part{Class: 1, S: id})
			continue
		}
		n, err := strconv.ParseUint(id, 10, 64)
		if err != nil { // too long for N: its length decides, then its digits
			parts = append(parts, version.Part{Class: 0, N: 1<<64 - 1, S: long(id)})
			continue
		}
		parts = append(parts, version.Part{Class: 0, N: n})
	}
	return parts
}

// long makes numbers of many digits comparable as text.
func long(digits string) string {
	return strconv.FormatUint(1<<32+uint64(len(digits)), 10) + digits
}

// Superseded is the Family of +incompatible versions that count only for pins
// of their kind, because the module has a go.mod by now (golang.org/issue/34165).
const Superseded = "+incompatible"

// Incompatible reports whether v is of a major version that its path does not name.
func Incompatible(text string) bool { return strings.HasSuffix(text, "+incompatible") }
