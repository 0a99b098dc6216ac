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
	"cmp"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
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

// grammar matches a version in lower case (PEP 440, appendix B).
var grammar = lazyregexp.New(`^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`(?:[-_.]?(preview|pre|alpha|a|beta|b|rc|c)[-_.]?([0-9]*))?` +
	`(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?` +
	`(?:[-_.]?(dev)[-_.]?([0-9]*))?` +
	`(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?$`)

// normal are the normal forms of the words of a stage.
var normal = map[string]string{
	"alpha": "a", "a": "a", "beta": "b", "b": "b", "c": "rc", "rc": "rc", "pre": "rc", "preview": "rc",
	"post": "post", "rev": "post", "r": "post", "dev": "dev",
}

// Parse parses a version (PEP 440, appendix B) and reports whether text is one.
// In the result, Text is the normal form ("1.0rc1" for "v1.0-RC.1") and Track is
// the local label ("+cu118" or "").
//
// Release components above 2⁶⁴-1, which PEP 440 permits, are refused.
func Parse(text string) (version.Version, bool) {
	m := grammar.FindStringSubmatch(strings.ToLower(trim(text)))
	if m == nil {
		return version.Version{}, false
	}
	p := public{pre: stage(m[3], m[4]), post: stage(m[6], m[7]), dev: stage(m[8], m[9])}
	if m[5] != "" { // "1.0-1" is "1.0.post1"
		p.post = stage("post", m[5])
	}
	if !p.numbers(cmp.Or(m[1], "0"), strings.Split(m[2], ".")) {
		return version.Version{}, false
	}
	local := strings.FieldsFunc(m[10], func(c rune) bool { return strings.ContainsRune("-_.", c) })
	for n, part := range local {
		if isNumber(part) {
			local[n] = plain(part)
		}
	}
	return p.version(local), true
}

func stage(word, number string) numbered {
	if word == "" {
		return numbered{}
	}
	return numbered{normal[word], plain(number)}
}

// numbers reads the epoch and the release segment, and reports whether they fit.
func (p *public) numbers(epoch string, release []string) bool {
	var err error
	if p.epoch, err = strconv.ParseUint(epoch, 10, 64); err != nil {
		return false
	}
	p.padded = len(release) > 1 && len(release[1]) > 1 && release[1][0] == '0' // the month of 20.04
	for _, c := range release {
		n, err := strconv.ParseUint(c, 10, 64)
		if err != nil {
			return false
		}
		p.release = append(p.release, n)
	}
	return true
}

// plain removes leading zeros; an empty number counts as 0.
func plain(number string) string { return cmp.Or(strings.TrimLeft(number, "0"), "0") }

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

func isNumber(s string) bool { return strings.Trim(s, "0123456789") == "" }
