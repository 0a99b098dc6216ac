package pep440

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// Contains reports whether v satisfies every clause. It is false for
// pre-releases unless prereleases is set.
func (s Specifiers) Contains(v version.Version, prereleases bool) bool {
	if len(v.Order) < localAt { // v was not made by Parse
		var ok bool
		if v, ok = Parse(v.Text); !ok {
			return false
		}
	}
	if v.Pre && !prereleases {
		return false
	}
	for _, c := range s {
		if !c.Admits(v) {
			return false
		}
	}
	return true
}

// Admits reports whether v, a version made by Parse, satisfies the clause,
// whether or not it is a pre-release.
func (c Clause) Admits(v version.Version) bool {
	w := c.Version
	switch c.Operator {
	case "===": // pypa/packaging ignores the case, too
		return strings.EqualFold(v.Text, c.Text)
	case "==":
		return c.equal(v)
	case "!=":
		return !c.equal(v)
	case "~=":
		return atLeast(v, w) && begins(v, w.Epoch, w.Release[:len(w.Release)-1])
	case "<=":
		return version.Compare(withoutLocal(v), w) <= 0
	case ">=":
		return atLeast(v, w)
	case "<":
		return below(v, w)
	}
	return above(v, w)
}

func (c Clause) equal(v version.Version) bool {
	switch {
	case c.Wildcard:
		return begins(v, c.Version.Epoch, c.Version.Release)
	case c.Version.Track == "": // ==1.0 contains 1.0+cu118 (PEP 440, "Version matching")
		v = withoutLocal(v)
	}
	return version.Compare(v, c.Version) == 0
}

func atLeast(v, w version.Version) bool { return version.Compare(withoutLocal(v), w) >= 0 }

// below excludes the pre-releases of w itself, unless w is one ("Exclusive ordered comparison").
func below(v, w version.Version) bool {
	return version.Compare(v, w) < 0 && (w.Pre || !v.Pre || !v.SameCore(w))
}

// above excludes the post-releases and local versions of w itself.
func above(v, w version.Version) bool {
	if version.Compare(v, w) <= 0 {
		return false
	}
	// >1.7 excludes 1.7.post1, and >1.7.post1 contains 1.7.post2 ("Exclusive ordered comparison").
	post := v.Order[postAt].Class == presentPost && w.Order[postAt].Class != presentPost
	return !v.SameCore(w) || !post && v.Track == ""
}

// begins reports whether a release begins with a prefix, padded with zeros ("Version matching").
func begins(v version.Version, epoch uint64, prefix []uint64) bool {
	release := v.Release
	if short := len(prefix) - len(release); short > 0 {
		release = slices.Concat(release, make([]uint64, short)) // a copy: the slice is part of v
	}
	return v.Epoch == epoch && slices.Equal(release[:len(prefix)], prefix)
}

func withoutLocal(v version.Version) version.Version {
	v.Order = v.Order[:localAt]
	return v
}
