// Package pep440 parses Python's versions and version specifiers. A version
// becomes a version.Version, which orders as PEP 440 says. A set of specifiers
// reports which versions it contains and keeps the position of each version text
// for edits.
//
// It does not read requirement lines (package requirements does) and does not
// choose between versions. The reference is pypa/packaging; testdata/golden.json
// holds its answers.
package pep440

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// The indexes in version.Version.Order. The local label follows as further
// parts (PEP 440, "Summary of permitted suffixes and relative ordering").
const (
	preAt = iota
	postAt
	devAt
	localAt
)

// The classes of the part at preAt.
const (
	preDevOnly = iota // neither pre nor post, but dev: before every pre-release
	preAlpha
	preBeta
	preCandidate
	preNone
)

// The classes of the other parts.
const (
	absentPost, presentPost = 0, 1
	presentDev, absentDev   = 0, 1
	localWord, localNumber  = 1, 2
)

// Parse parses a version (PEP 440, appendix B) and reports whether text is one.
// In the result, Text is the normal form ("1.0rc1" for "v1.0-RC.1") and Track is
// the local label ("+cu118" or "").
//
// Release components above 2⁶⁴-1, which PEP 440 permits, are refused.
func Parse(text string) (version.Version, bool) {
	s := scanner{rest: strings.ToLower(trim(text))}
	s.word("v")
	p, ok := s.public()
	if !ok {
		return version.Version{}, false
	}
	local, ok := s.local()
	if !ok || s.rest != "" {
		return version.Version{}, false
	}
	return p.version(local), true
}

// trim removes exactly the ASCII characters that Python's \s matches.
func trim(text string) string { return strings.Trim(text, " \t\n\r\v\f\x1c\x1d\x1e\x1f") }

// A numbered is a stage of a version, such as rc1 or post2.
type numbered struct {
	word   string // normalised: "a", "b", "rc", "post", "dev"; "" for none
	number string // without leading zeros
}

type public struct {
	epoch          uint64
	release        []uint64
	padded         bool
	pre, post, dev numbered
}

func (p public) version(local []string) version.Version {
	v := version.Version{
		Epoch: p.epoch, Release: p.release, Padded: p.padded, Pre: p.pre.word != "" || p.dev.word != "",
		Order: []version.Part{p.prePart(), {Class: absentPost}, {Class: absentDev}},
	}
	if p.post.word != "" {
		v.Order[postAt] = part(presentPost, p.post.number)
	}
	if p.dev.word != "" {
		v.Order[devAt] = part(presentDev, p.dev.number)
	}
	for _, l := range local {
		// A number is newer than a word ("Local version identifiers").
		if isNumber(l) {
			v.Order = append(v.Order, part(localNumber, l))
		} else {
			v.Order = append(v.Order, version.Part{Class: localWord, S: l})
		}
	}
	if len(local) > 0 {
		v.Track = "+" + strings.Join(local, ".")
	}
	v.Family = v.Track // builds such as +cpu and +cu118 do not replace each other
	v.Text = p.String() + v.Track
	return v
}

func (p public) prePart() version.Part {
	switch p.pre.word {
	case "a":
		return part(preAlpha, p.pre.number)
	case "b":
		return part(preBeta, p.pre.number)
	case "rc":
		return part(preCandidate, p.pre.number)
	}
	if p.post.word == "" && p.dev.word != "" {
		return version.Part{Class: preDevOnly} // 1.0.dev1 is older than 1.0a1, but 1.0.post1.dev1 is newer than 1.0
	}
	return version.Part{Class: preNone}
}

// part orders numbers of any size: by the count of their digits, then by the digits.
func part(class int, number string) version.Part {
	return version.Part{Class: class, N: uint64(len(number)), S: number}
}

// String returns the normal form.
func (p public) String() string {
	var b strings.Builder
	if p.epoch != 0 {
		b.WriteString(strconv.FormatUint(p.epoch, 10) + "!")
	}
	b.WriteString(Join(p.release))
	b.WriteString(p.pre.word + p.pre.number)
	for _, n := range []numbered{p.post, p.dev} {
		if n.word != "" {
			b.WriteString("." + n.word + n.number)
		}
	}
	return b.String()
}

// IsDevelopment reports whether a version made by Parse is a development release.
func IsDevelopment(v version.Version) bool {
	return len(v.Order) >= localAt && v.Order[devAt].Class == presentDev
}

// Join writes a release segment: "3.6.1".
func Join(release []uint64) string {
	words := make([]string, len(release))
	for i, n := range release {
		words[i] = strconv.FormatUint(n, 10)
	}
	return strings.Join(words, ".")
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, digits) == "" }
