// Package gosemver takes the versions of Go modules apart: v1.2.3,
// v1.2.3-rc.1, v2.0.0+incompatible and pseudo-versions.
//
// It follows "Versions" in the Go Modules Reference. The names of toolchains
// (go1.26.1) are in here too; what is published is not known to it.
package gosemver

import (
	"strings"

	"golang.org/x/mod/module"
	gover "golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Parse takes a version apart; ok is false for what is no complete version in
// canonical form, such as v1.2, 1.2.3 or a branch.
func Parse(text string) (v version.Version, ok bool) {
	if module.CanonicalVersion(text) != text || !gover.IsValid(text) {
		return version.Version{}, false
	}
	if v, ok = semver.ParseStrict(text[1:]); ok {
		v.Text, v.Commit = text, module.IsPseudoVersion(text)
	}
	return v, ok
}

// Superseded is the Family of +incompatible versions that count only for pins
// of their kind, because the module has a go.mod by now (golang.org/issue/34165).
const Superseded = "+incompatible"

// Incompatible reports whether v is of a major version that its path does not name.
func Incompatible(text string) bool { return strings.HasSuffix(text, "+incompatible") }
