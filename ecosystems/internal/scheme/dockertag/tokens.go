package dockertag

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A token is a piece of a tag with the separator before it.
type token struct {
	sep, text string
	date      string // the digits of a date, for a token that is one: "20240116"; else ""
	respin    string // the number after such a date, the 1 of 20240904.1; else ""
}

// scan splits a tag into tokens and joins the parts of dates again.
func scan(tag string) []token {
	cut := split(tag)
	tokens := cut[:0]
	for i := 0; i < len(cut); {
		t, n := dateAt(cut[i:])
		tokens = append(tokens, t)
		i += n
	}
	return tokens
}

// split splits a tag at its separators.
func split(tag string) []token {
	var tokens []token
	sep, start := "", 0
	for i := range len(tag) {
		if !separates(tag, i) {
			continue
		}
		tokens = append(tokens, token{sep: sep, text: tag[start:i]})
		sep, start = tag[i:i+1], i+1
	}
	return append(tokens, token{sep: sep, text: tag[start:]})
}

var dashedAhead = lazyregexp.New(`^(19|20)\d\d[-_]\d\d[-_]\d\d`)

// separates reports whether the byte at i is a separator: "-", "_" or "+", or a
// "." before a letter or between a word and a date.
func separates(tag string, i int) bool {
	switch tag[i] {
	case '-', '_', '+':
		return true
	case '.':
		rest := tag[i+1:]
		return rest != "" && (isLetter(rest[0]) || i > 0 && isLetter(tag[i-1]) && dashedAhead.MatchString(rest))
	}
	return false
}

var (
	plainNumber    = lazyregexp.New(`^[vV]?\d+(\.\d+)*$`)
	prefixedDotted = lazyregexp.New(`^([vV]\d|\d+\.\d)`)
	buildNumber    = lazyregexp.New(`^(b|r|build|rev)\d{2,6}$`) // which is all that server-b4719 counts by
	gluedNumber    = lazyregexp.New(`^([A-Za-z]+)\d+(\.\d+)*`)
	dotted         = lazyregexp.New(`^\d+(\.\d+)+$`)
	systemRelease  = lazyregexp.New(`^\d+(\.\d+)?$`)
	ubuntuNumber   = lazyregexp.New(`^\d\d\.(04|10)$`)
)

// versionToken returns the index of the token that holds the version, -1 for none.
func (r *Reader) versionToken(tokens []token) int {
	for i, t := range tokens {
		if !numeric(t.text) || architectures[strings.ToLower(t.text)] || r.isHash(t) || afterHashWord(tokens[:i]) || ofArchitecture(tokens[:i], t) {
			continue
		}
		if j := r.behindSystem(tokens, i); j > 0 {
			return j
		}
		return i
	}
	if last := len(tokens) - 1; buildNumber.MatchString(tokens[last].text) && !r.isHash(tokens[last]) {
		return last
	}
	// A number may be glued to a word, as in php8.2-apache. Only the first token
	// may be such a version, and never that of a base system, as in alpine3.18.
	first := tokens[0].text
	m := gluedNumber.FindStringSubmatch(first)
	if m == nil || r.isHash(tokens[0]) || describeHash.MatchString(first) {
		return -1
	}
	word := strings.ToLower(m[1])
	if systems[word] || runtimes[word] || architectures[first] || hashWords[word] || m[2] == "" && !versionWords[word] {
		return -1
	}
	return 0
}

// behindSystem returns the index of the version if the number at i belongs to a
// base system before it, as in debian-12-1.4.0; otherwise 0.
func (r *Reader) behindSystem(tokens []token, i int) int {
	if i == 0 || !isDigit(tokens[i].text[0]) {
		return 0
	}
	word := strings.ToLower(tokens[i-1].text)
	next := i + 1
	if word == "ubuntu" && next < len(tokens) && ubuntuNumber.MatchString(tokens[i].text+"."+tokens[next].text) {
		next++ // ubuntu-22-04
	}
	if next >= len(tokens) || !systems[word] && !runtimes[word] {
		return 0
	}
	// Releases of systems have at most two numbers: the 2.3.0 of alpine-2.3.0-1 is
	// the version of the image.
	plain := systems[word] && systemRelease.MatchString(tokens[i].text)
	if r.isVersionText(tokens[next]) && (plain || prefixedDotted.MatchString(tokens[next].text)) {
		return next
	}
	for j := next; j < len(tokens) && systems[word]; j++ {
		if prefixedDotted.MatchString(tokens[j].text) && r.isVersionText(tokens[j]) && !variantNumber(tokens, j) {
			return j
		}
	}
	return 0
}

func (r *Reader) isVersionText(t token) bool {
	return numeric(t.text) && !r.isHash(t)
}

// variantNumber reports whether the number at j belongs to the system or runtime named before it.
func variantNumber(tokens []token, j int) bool {
	word := strings.ToLower(tokens[j-1].text)
	return systems[word] || runtimes[word]
}

// ofArchitecture reports whether a number belongs to the architecture before it, such as the 64 of x86_64.
func ofArchitecture(before []token, t token) bool {
	if len(before) == 0 {
		return false
	}
	switch strings.ToLower(before[len(before)-1].text) {
	case "x86":
		return t.text == "64"
	case "arm", "arm32", "arm64":
		return armVersion.MatchString(t.text)
	}
	return false
}

var armVersion = lazyregexp.New(`^v[5-8]$`)

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numeric reports whether a text begins with a number or with "v" and a number.
func numeric(s string) bool {
	if s != "" && s[0]|0x20 == 'v' {
		s = s[1:]
	}
	return s != "" && isDigit(s[0])
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
