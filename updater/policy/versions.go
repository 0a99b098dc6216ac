package policy

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Versions says which versions may be proposed. The zero Versions allows all.
type Versions struct {
	text  string
	terms []term
	expr  *regexp.Regexp // matches the version's text, instead of terms; nil for terms
}

// A term is one comparison with the numbers of a release.
type term struct {
	op     string
	parts  []uint64
	prefix bool // 4.* and 4.x: compare only the written numbers
}

var termForm = lazyregexp.New(`^(<=|>=|==|!=|~=|<|>|=|\^|~)?\s*[vV]?(\d+(?:\.\d+){0,5})(\.[*xX])?$`)

// ParseVersions parses comparisons that must all hold: "<17", ">=4.2, <5, !=4.2.3",
// "4.*", "~=4.2" (PEP 440), "^1.2" and "~1.2" (npm); or one
// /regular expression/ for the text of a version.
func ParseVersions(text string) (Versions, error) {
	v := Versions{text: text}
	if len(text) > 1 && text[0] == '/' && text[len(text)-1] == '/' {
		expr, err := regexp.Compile(text[1 : len(text)-1])
		v.expr = expr
		return v, err
	}
	for word := range strings.SplitSeq(text, ",") {
		m := termForm.FindStringSubmatch(strings.TrimSpace(word))
		if m == nil {
			return Versions{}, fmt.Errorf("%q is not a comparison such as <17, >=4.2, 4.* or a /regular expression/", strings.TrimSpace(word))
		}
		t := term{op: cmp.Or(m[1], "="), prefix: m[3] != ""}
		for number := range strings.SplitSeq(m[2], ".") {
			n, err := strconv.ParseUint(number, 10, 64)
			if err != nil {
				return Versions{}, fmt.Errorf("%q: %s is too large", word, number)
			}
			t.parts = append(t.parts, n)
		}
		// As in PEP 440, "Compatible release": ~= compares all numbers but the last.
		if t.op == "~=" && (len(t.parts) < 2 || t.prefix) {
			return Versions{}, fmt.Errorf("%q: ~= needs two numbers at least", word)
		}
		v.terms = append(v.terms, t)
	}
	return v, nil
}

// String returns the text that ParseVersions parsed.
func (v Versions) String() string { return v.text }

// Allow reports whether a version may be proposed. Comparisons use only the
// numbers of the release, so a pre-release is allowed if its release is.
func (v Versions) Allow(of version.Version) bool {
	if v.expr != nil {
		return v.expr.MatchString(of.Text)
	}
	for _, t := range v.terms {
		if !t.holds(of.Release) {
			return false
		}
	}
	return true
}

func (t term) holds(release []uint64) bool {
	c := compareNumbers(release, t.parts, 0)
	// With a prefix, all that begins with the numbers is equal: <=4.* includes 4.9, and >4.* begins with 5.
	begins := compareNumbers(release, t.parts, len(t.parts)) == 0
	switch t.op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0 || t.prefix && begins
	case ">":
		return c > 0 && !(t.prefix && begins)
	case ">=":
		return c >= 0
	case "!=":
		return !(c == 0 || t.prefix && begins)
	case "~=":
		return c >= 0 && compareNumbers(release, t.parts, len(t.parts)-1) == 0
	case "~":
		return c >= 0 && compareNumbers(release, t.parts, min(len(t.parts), 2)) == 0
	case "^": // npm: ^0.2.3 stays below 0.3, because the first number that is not zero counts as the MAJOR
		return c >= 0 && compareNumbers(release, t.parts, leading(t.parts)) == 0
	}
	return c == 0 || t.prefix && begins
}

// leading returns how many numbers ^ keeps: up to the first that is not zero.
func leading(parts []uint64) int {
	for n, p := range parts {
		if p != 0 {
			return n + 1
		}
	}
	return len(parts)
}

// compareNumbers compares the first numbers of two releases, all of them if
// first is 0. Missing numbers count as 0.
func compareNumbers(a, b []uint64, first int) int {
	if first == 0 {
		first = max(len(a), len(b))
	}
	at := func(list []uint64, n int) uint64 {
		if n < len(list) {
			return list[n]
		}
		return 0
	}
	for n := range first {
		if c := cmp.Compare(at(a, n), at(b, n)); c != 0 {
			return c
		}
	}
	return 0
}
