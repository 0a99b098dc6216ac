// Package bounds moves version specifiers: it changes the versions in them so that they
// admit another release, in the way their author would.
package bounds

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/version"
)

var errShape = errors.New("no bound of this shape can be moved there")

// Move returns the clauses with versions that admit v. Ranges of one line (>=1.4,<1.5)
// and of one major (>=1,<2) keep their shape. In all others, only the clauses that do
// not admit v change, at their written precision.
func Move(s pep440.Specifiers, v version.Version) (pep440.Specifiers, error) {
	if s.Contains(v, true) {
		// ==1.0 contains 1.0.0, but is written anew, as the release is spelled.
		if exact, ok := s.Exact(); !ok || exact.Text == v.Text {
			return s, nil
		}
	}
	out := slices.Clone(s)
	low, high, size := shape(s)
	for i, c := range s {
		switch {
		case size > 0 && i == low:
			out[i].Text = lower(c, v, size)
		case size > 0 && i == high:
			out[i].Text = upper(c, v, size)
		case c.Operator == "!=" || c.Admits(v) && !exact(c):
		default:
			out[i].Text = raised(c, v)
		}
	}
	// The result is read again, because not every shape can be moved to every version:
	// of two bounds, each may be right alone.
	moved, err := pep440.ParseSpecifiers(out.String())
	if err == nil && !moved.Contains(v, true) {
		err = fmt.Errorf("%w: %s", errShape, moved)
	}
	return moved, err
}

// Line returns bounds for the release line of a version: ">=3.0,<3.1".
func Line(v version.Version) string {
	low := Fit(v.Release, min(2, len(v.Release)))
	return ">=" + epoch(v) + pep440.Join(low) + ",<" + epoch(v) + pep440.Join(next(low, len(low)-1))
}

func exact(c pep440.Clause) bool {
	return c.Operator == "===" || c.Operator == "==" && !c.Wildcard
}

// shape returns the indexes of the two bounds of a range that covers exactly one
// line (size 2) or one MAJOR (size 1). size is 0 for every other shape.
func shape(s pep440.Specifiers) (low, high, size int) {
	low, high = -1, -1
	for i, c := range s {
		switch {
		case c.Operator == "!=":
		case c.Operator == ">=" && low < 0 && plain(c):
			low = i
		case c.Operator == "<" && high < 0 && plain(c):
			high = i
		default:
			return 0, 0, 0
		}
	}
	if low < 0 || high < 0 || s[low].Version.Epoch != s[high].Version.Epoch {
		return 0, 0, 0
	}
	a, b := s[low].Version.Release, s[high].Version.Release
	for _, size := range []int{1, 2} {
		n := max(len(a), len(b), size)
		if slices.Equal(Fit(a, n), Fit(Fit(a, size), n)) && slices.Equal(Fit(b, n), Fit(next(Fit(a, size), size-1), n)) {
			return low, high, size
		}
	}
	return 0, 0, 0
}

// plain reports whether the version of a clause is only a release, without a stage or label.
func plain(c pep440.Clause) bool {
	v := c.Version
	return v.Text == epoch(v)+pep440.Join(v.Release)
}

func lower(c pep440.Clause, v version.Version, size int) string {
	return epoch(v) + pep440.Join(Fit(Fit(v.Release, size), max(size, len(c.Version.Release))))
}

func upper(c pep440.Clause, v version.Version, size int) string {
	return epoch(v) + pep440.Join(Fit(next(Fit(v.Release, size), size-1), max(size, len(c.Version.Release))))
}

// raised returns the new version text of one clause, so that it admits v.
func raised(c pep440.Clause, v version.Version) string {
	written := len(c.Version.Release)
	switch {
	case c.Wildcard || c.Operator == "~=" && !v.Pre:
		return epoch(v) + pep440.Join(Fit(v.Release, written))
	case c.Operator == "<":
		return raisedBound(c, v)
	case c.Operator == "==" || c.Operator == "===":
		return v.Text
	}
	public, _, _ := strings.Cut(v.Text, "+") // ordered comparisons permit no local label (PEP 440, "Local version identifiers")
	return public
}

// raisedBound returns an exclusive bound just above v. It raises the component
// that the author raised: the last one that is not zero (<2.0.0 counts majors). A
// stage after the release, as in <4.dev0, stays.
func raisedBound(c pep440.Clause, v version.Version) string {
	written := c.Version.Release
	place := 0
	for i, n := range written {
		if n != 0 {
			place = i
		}
	}
	release := Fit(next(Fit(v.Release, place+1), place), len(written))
	stage := strings.TrimPrefix(c.Version.Text, epoch(c.Version)+pep440.Join(written))
	return epoch(v) + pep440.Join(release) + stage
}

// Fit truncates a release to n components, or extends it with zeros: 3.1 for 3.1.4 and 2.
func Fit(release []uint64, n int) []uint64 {
	out := make([]uint64, n)
	copy(out, release)
	return out
}

// next increments one component and sets those after it to zero.
func next(release []uint64, place int) []uint64 {
	out := Fit(release, len(release))
	out[place]++
	clear(out[place+1:])
	return out
}

func epoch(v version.Version) string {
	if v.Epoch == 0 {
		return ""
	}
	return fmt.Sprintf("%d!", v.Epoch)
}
