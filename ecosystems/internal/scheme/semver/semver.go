// Package semver parses semantic versions (https://semver.org) and the ranges of
// versions that Helm and Flux accept.
package semver

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The classes of parts: a pre-release is older than its release, a numeric
// identifier older than any other (semver.org, section 11).
const (
	preRelease = iota
	release
)

// maxText is how long a version or a range may be, in bytes.
const maxText = 256

// Parse parses a version as Helm does: with or without a leading "v", and with
// zero for missing numbers. Build metadata does not affect the order.
func Parse(text string) (v version.Version, ok bool) {
	if len(text) > maxText {
		return version.Version{}, false
	}
	s, err := semver.NewVersion(text)
	if err != nil {
		return version.Version{}, false
	}
	return of(text, s), true
}

// ParseStrict is Parse for what semver.org itself allows: three numbers, no "v".
func ParseStrict(text string) (v version.Version, ok bool) {
	s, err := semver.StrictNewVersion(text)
	if err != nil { // also a number over 64 bits
		return version.Version{}, false
	}
	return of(text, s), true
}

func of(text string, s *semver.Version) version.Version {
	v := version.Version{Text: text, Release: []uint64{s.Major(), s.Minor(), s.Patch()}}
	if s.Prerelease() == "" {
		v.Order = []version.Part{{Class: release}}
		return v
	}
	v.Pre = true
	v.Order = append([]version.Part{{Class: preRelease}}, identifiers(s.Prerelease())...)
	return v
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

// A Range is a constraint as Helm understands it: "~1.2", "^1", "1.x", ">=1.2 <2".
type Range struct {
	text string
	set  *semver.Constraints
}

// ParseRange reads a range.
func ParseRange(text string) (Range, error) {
	if len(text) > maxText {
		return Range{}, fmt.Errorf("longer than %d bytes", maxText)
	}
	set, err := semver.NewConstraint(text)
	if err != nil {
		return Range{}, err
	}
	return Range{text, set}, nil
}

// Admits reports whether the range contains a version.
func (r Range) Admits(v version.Version) bool {
	if len(v.Text) > maxText {
		return false
	}
	s, err := semver.NewVersion(v.Text)
	return err == nil && r.set.Check(s)
}

// errShape says that Move does not know how to rewrite a range.
var errShape = errors.New("a range of this shape is not moved")

// single is a range of one term: an operator, and one to three numbers, the last of which may be wildcards.
var single = lazyregexp.New(`^(\s*(?:\^|~>|~|=)?\s*v?)([0-9]+)(?:\.([0-9]+|[xX*]))?(?:\.([0-9]+|[xX*]))?(\s*)$`)

// bounds is a range from a version to another one.
var bounds = lazyregexp.New(`^(\s*>=\s*)([0-9]+(?:\.[0-9]+){0,2})(\s*,\s*|\s+)(<\s*)([0-9]+(?:\.[0-9]+){0,2})(-0)?(\s*)$`)

// Move returns the text of a range that contains v. It keeps the operator, the
// spaces and the count of numbers. The error is for a range of an unknown shape.
func (r Range) Move(v version.Version) (string, error) {
	if r.Admits(v) {
		return r.text, nil
	}
	text := ""
	switch one, two := single.FindStringSubmatch(r.text), bounds.FindStringSubmatch(r.text); {
	case one != nil:
		text = one[1] + strconv.FormatUint(v.Major(), 10)
		for n, part := range one[3:5] {
			switch {
			case part == "":
			case strings.Trim(part, "xX*") == "":
				text += "." + part
			default:
				text += "." + strconv.FormatUint(v.Release[n+1], 10)
			}
		}
		text += one[5]
	case two != nil:
		upper, ok := shifted(numbers(two[2]), numbers(two[5]), v)
		if !ok {
			return "", errShape
		}
		text = two[1] + join(v.Release, strings.Count(two[2], ".")+1) + two[3] + two[4] + join(upper, strings.Count(two[5], ".")+1) + two[6] + two[7]
	default:
		return "", errShape
	}
	// The result is checked with Helm's own parser: a range that does not admit
	// the version must not be written.
	moved, err := ParseRange(text)
	if err != nil || !moved.Admits(v) {
		return "", errShape
	}
	return text, nil
}

func numbers(text string) []uint64 {
	list := make([]uint64, 3)
	for n, part := range strings.Split(text, ".") {
		list[n], _ = strconv.ParseUint(part, 10, 64) // the pattern has digits only; one too large fits no shape
	}
	return list
}

// shifted returns the upper bound that is as far above v as high is above low: one major or one minor version.
func shifted(low, high []uint64, v version.Version) ([]uint64, bool) {
	switch {
	case high[0] == low[0]+1 && high[1] == 0 && high[2] == 0:
		return []uint64{v.Major() + 1, 0, 0}, true
	case high[0] == low[0] && high[1] == low[1]+1 && high[2] == 0:
		return []uint64{v.Major(), v.Minor() + 1, 0}, true
	}
	return nil, false
}

func join(list []uint64, count int) string {
	words := make([]string, count)
	for n := range words {
		words[n] = strconv.FormatUint(list[n], 10)
	}
	return strings.Join(words, ".")
}
