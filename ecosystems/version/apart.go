package version

import (
	"cmp"
	"slices"
	"strings"
)

// The reasons why two versions are on different tracks.
const (
	Prefix    = "prefix"    // v1.2.3 and 1.2.3
	Precision = "precision" // 1.2 and 1.2.3
	Numbering = "numbering" // 1.2.3 and a date or a year
	Variant   = "variant"   // 1.2.3-alpine and 1.2.3-slim
)

// Apart returns the reasons why w cannot replace v, in the order of the
// constants above; nil for two versions of one track.
func Apart(v, w Version) []string {
	if v.Track == w.Track {
		return nil
	}
	var why []string
	add := func(differs bool, word string) {
		if differs {
			why = append(why, word)
		}
	}
	a, b := v.shape(), w.shape()
	// A number that shape keeps (a Windows build) names a platform, so a different
	// one is a different variant and not a different precision.
	platform := a != b && kept(a)+kept(b) != ""
	add(v.Prefix != w.Prefix, Prefix)
	add(a != b && !platform && sameKind(a, b), Precision)
	add(a != b && !platform && !sameKind(a, b), Numbering)
	add(v.Variant != w.Variant || platform, Variant)
	return why
}

// shape returns the part of the track for the numbers.
func (v Version) shape() string {
	return strings.TrimSuffix(strings.TrimPrefix(v.Track, v.Prefix), v.Variant)
}

// sameKind reports whether two shapes differ only in the count of their numbers.
func sameKind(a, b string) bool {
	sepA, sepB := strings.Trim(a, "#DYT"), strings.Trim(b, "#DYT")
	// A single number has no separator that could differ.
	return mark(a) == mark(b) && (sepA == "" || sepB == "" || sepA[0] == sepB[0])
}

func mark(shape string) string { return shape[:min(1, len(shape))] }

// kept returns the numbers of a shape that name a platform, as in "10.0.17763.#".
func kept(shape string) string { return strings.Trim(shape, "#DYT._-") }

// A Group holds the versions that the same reasons keep off the track of another version.
type Group struct {
	Why    []string // as Apart returns it
	Newest Version
	Count  int
}

// Elsewhere groups the stable versions that look newer than v and are on other
// tracks. Groups with the fewest reasons come first.
func Elsewhere(v Version, all []Candidate) []Group {
	byWhy := map[string]*Group{}
	for _, c := range all {
		w := c.Version
		if w.IsName() || v.IsName() || w.Track == v.Track || w.Pre || c.Withdrawn != "" || compareReleases(w.Release, v.Release) <= 0 {
			continue
		}
		why := Apart(v, w)
		key := strings.Join(why, " ")
		g := byWhy[key]
		if g == nil {
			g = &Group{Why: why, Newest: w}
			byWhy[key] = g
		}
		g.Count++
		// The text decides between equal versions, so that the result does not
		// depend on the order of the listing.
		if c := Compare(w, g.Newest); c > 0 || c == 0 && w.Text < g.Newest.Text {
			g.Newest = w
		}
	}
	groups := make([]Group, 0, len(byWhy))
	for _, g := range byWhy {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(len(a.Why), len(b.Why)), slices.Compare(a.Why, b.Why))
	})
	return groups
}

// Covers reports whether w is one of the releases that the tag v floats over, as 1.2 does over 1.2.3.
func (v Version) Covers(w Version) bool {
	return len(v.Release) < len(w.Release) && slices.Equal(v.Release, w.Release[:len(v.Release)])
}
