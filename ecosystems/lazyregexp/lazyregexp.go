// Package lazyregexp holds regular expressions that are compiled when they are
// first used. Hundreds of them are variables of packages, and each run of the
// program needs a few: compiling all of them costs each start several megabytes
// and milliseconds.
package lazyregexp

import (
	"regexp"
	"sync"
)

// A Regexp is a [regexp.Regexp] that its first use compiles. It is safe for
// concurrent use. Its methods are those of regexp.Regexp.
type Regexp struct {
	text string
	once sync.Once
	re   *regexp.Regexp
}

// New returns the expression of text, which is checked at its first use: that
// panics where text is wrong, as [regexp.MustCompile] does.
// A test in cmd/internal/imports compiles every text that the code of a package gives.
func New(text string) *Regexp {
	return &Regexp{text: text}
}

func (r *Regexp) get() *regexp.Regexp {
	r.once.Do(func() { r.re = regexp.MustCompile(r.text) })
	return r.re
}

// String returns the text of the expression, without compiling it.
func (r *Regexp) String() string { return r.text }

// Match reports whether b contains a match.
func (r *Regexp) Match(b []byte) bool { return r.get().Match(b) }

// MatchString reports whether s contains a match.
func (r *Regexp) MatchString(s string) bool { return r.get().MatchString(s) }

// FindString returns the leftmost match in s; "" if there is none or it is empty.
func (r *Regexp) FindString(s string) string { return r.get().FindString(s) }

// FindStringIndex returns the leftmost match as s[loc[0]:loc[1]]; nil if there is none.
func (r *Regexp) FindStringIndex(s string) []int { return r.get().FindStringIndex(s) }

// FindStringSubmatch returns the leftmost match in s and its groups, "" for a group
// that took no part; nil if there is no match.
func (r *Regexp) FindStringSubmatch(s string) []string { return r.get().FindStringSubmatch(s) }

// FindStringSubmatchIndex returns the leftmost match in s and its groups as pairs of
// byte offsets, -1 for a group that took no part; nil if there is no match.
func (r *Regexp) FindStringSubmatchIndex(s string) []int { return r.get().FindStringSubmatchIndex(s) }

// FindAllString returns up to n successive matches in s, all if n < 0; nil if there is none.
func (r *Regexp) FindAllString(s string, n int) []string { return r.get().FindAllString(s, n) }

// FindAllStringIndex returns up to n successive matches in s as pairs of byte offsets,
// all if n < 0; nil if there is none.
func (r *Regexp) FindAllStringIndex(s string, n int) [][]int { return r.get().FindAllStringIndex(s, n) }

// FindAllStringSubmatch returns up to n successive matches in s, each as
// FindStringSubmatch does, all if n < 0; nil if there is none.
func (r *Regexp) FindAllStringSubmatch(s string, n int) [][]string {
	return r.get().FindAllStringSubmatch(s, n)
}

// FindAllStringSubmatchIndex returns up to n successive matches in s, each as
// FindStringSubmatchIndex does, all if n < 0; nil if there is none.
func (r *Regexp) FindAllStringSubmatchIndex(s string, n int) [][]int {
	return r.get().FindAllStringSubmatchIndex(s, n)
}

// FindAllSubmatch returns up to n successive matches in b and their groups, as slices
// of b, nil for a group that took no part, all if n < 0; nil if there is no match.
func (r *Regexp) FindAllSubmatch(b []byte, n int) [][][]byte { return r.get().FindAllSubmatch(b, n) }

// ReplaceAllString returns s with each match replaced by with, in which $1 and ${name}
// stand for groups.
func (r *Regexp) ReplaceAllString(s, with string) string { return r.get().ReplaceAllString(s, with) }

// ReplaceAllStringFunc returns s with each match replaced by what with returns for it,
// literally.
func (r *Regexp) ReplaceAllStringFunc(s string, with func(string) string) string {
	return r.get().ReplaceAllStringFunc(s, with)
}

// ReplaceAllFunc returns a copy of b with each match replaced by what with returns for
// it, literally.
func (r *Regexp) ReplaceAllFunc(b []byte, with func([]byte) []byte) []byte {
	return r.get().ReplaceAllFunc(b, with)
}

// Find returns the leftmost match as a slice of b; nil if there is none.
func (r *Regexp) Find(b []byte) []byte { return r.get().Find(b) }

// SubexpNames returns the names of the groups, "" for an unnamed one and for the whole
// expression, which is the first. The caller must not change the slice.
func (r *Regexp) SubexpNames() []string { return r.get().SubexpNames() }
