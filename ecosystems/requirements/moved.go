package requirements

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/version"
)

var errShape = errors.New("no bound of this shape can be moved there")

// moved returns the version texts of the clauses, changed so that they admit v.
// Ranges of one line (>=1.4,<1.5) and of one major (>=1,<2) keep their shape. In
// all others, only the clauses that do not admit v change, at their written
// precision.
func moved(s pep440.Specifiers, v version.Version) ([]string, error) {
	texts := make([]string, len(s))
	for i, c := range s {
		texts[i] = c.Text
	}
	if s.Contains(v, true) {
		if exact, ok := s.Exact(); !ok || exact.Text == v.Text {
			return texts, nil
		}
	}
	low, high, size := shape(s)
	for i, c := range s {
		switch {
		case size > 0 && i == low:
			texts[i] = lower(c, v, size)
		case size > 0 && i == high:
			texts[i] = upper(c, v, size)
		case c.Operator == "!=" || c.Admits(v) && !exact(c):
		default:
			texts[i] = raised(c, v)
		}
	}
	return texts, admits(s, texts, v)
}

func exact(c pep440.Clause) bool {
	return c.Operator == "===" || c.Operator == "==" && !c.Wildcard
}

// admits returns an error unless the new texts are valid and admit v.
func admits(s pep440.Specifiers, texts []string, v version.Version) error {
	words := make([]string, len(s))
	for i, c := range s {
		c.Text = texts[i]
		words[i] = c.String()
	}
	set, err := pep440.ParseSpecifiers(strings.Join(words, ","))
	if err != nil {
		return err
	}
	if !set.Contains(v, true) {
		return fmt.Errorf("%w: %s", errShape, strings.Join(words, ","))
	}
	return nil
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
		if slices.Equal(fit(a, n), fit(fit(a, size), n)) && slices.Equal(fit(b, n), fit(next(fit(a, size), size-1), n)) {
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
	return epoch(v) + pep440.Join(fit(fit(v.Release, size), max(size, len(c.Version.Release))))
}

func upper(c pep440.Clause, v version.Version, size int) string {
	return epoch(v) + pep440.Join(fit(next(fit(v.Release, size), size-1), max(size, len(c.Version.Release))))
}

// raised returns the new version text of one clause, so that it admits v.
func raised(c pep440.Clause, v version.Version) string {
	written := len(c.Version.Release)
	switch {
	case c.Wildcard || c.Operator == "~=" && !v.Pre:
		return epoch(v) + pep440.Join(fit(v.Release, written))
	case c.Operator == "<":
		return raisedBound(c, v)
	case c.Operator == "==" || c.Operator == "===":
		return v.Text
	}
	public, _, _ := strings.Cut(v.Text, "+")
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
	release := fit(next(fit(v.Release, place+1), place), len(written))
	stage := strings.TrimPrefix(c.Version.Text, epoch(c.Version)+pep440.Join(written))
	return epoch(v) + pep440.Join(release) + stage
}

// fit truncates a release to n components, or extends it with zeros.
func fit(release []uint64, n int) []uint64 {
	out := make([]uint64, n)
	copy(out, release)
	return out
}

// next increments one component and sets those after it to zero.
func next(release []uint64, place int) []uint64 {
	out := fit(release, len(release))
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
