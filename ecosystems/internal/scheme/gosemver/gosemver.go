// Package gosemver parses the versions of Go modules: v1.2.3, v1.2.3-rc.1,
// v2.0.0+incompatible and pseudo-versions. It also parses the names of
// toolchains (go1.26.1).
//
// It follows "Versions" in the Go Modules Reference and does no I/O.
package gosemver

import (
	"strings"

	"golang.org/x/mod/module"
	gover "golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Parse parses a version. ok is false for text that is no complete version in
// canonical form, such as v1.2, 1.2.3 or a branch.
func Parse(text string) (v version.Version, ok bool) {
	if module.CanonicalVersion(text) != text || !gover.IsValid(text) {
		return version.Version{}, false
	}
	if v, ok = semver.ParseStrict(text[1:]); ok { // false for numbers over 64 bits, which x/mod accepts
		v.Text, v.Commit = text, module.IsPseudoVersion(text)
	}
	return v, ok
}

// Superseded is the Family of +incompatible versions of a module that has a
// go.mod by now. Only pins to a +incompatible version may move to them
// (golang.org/issue/34165).
const Superseded = "+incompatible"

// Incompatible reports whether a version has a major version that its module path does not name.
func Incompatible(text string) bool { return strings.HasSuffix(text, "+incompatible") }
