// Package release parses the versions of downloaded software: 3.2.13, 1.1.1w,
// 1_82_0, 17.0.9+9, 4.0.0-rc.1. Publishers share no scheme, so the package reads
// only what means the same to all of them. The rest is a variant: versions
// replace each other only if their variants are equal.
package release

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The classes of the first part of an order: a stage is older than its release.
const (
	early = iota // dev, nightly, snapshot
	alpha
	beta
	candidate
	final
)

const maxLength = 128 // of a version, in bytes

var (
	dotted   = lazyregexp.New(`^\d+(?:\.\d+)+`)
	joined   = lazyregexp.New(`^\d+(?:_\d+)+|^\d+(?:-\d+)+`)
	single   = lazyregexp.New(`^\d+`)
	stage    = lazyregexp.New(`(?i)^[._~-]?(alpha|beta|rc|cr|pre|preview|a|b|c|m|dev|snapshot|nightly|canary|unstable|test|ea|next)[._-]?((?:\d+[._-]?)*)$`)
	letter   = lazyregexp.New(`^[a-z]$`)
	finished = lazyregexp.New(`(?i)^[._-](?:final|ga|release|stable|lts)$`)
	build    = lazyregexp.New(`(?i)^(?:[+_-]|[._-]?(?:r|p|patch|build|sp|rev)[._-]?|\+[a-z]+)((?:\d+[._+-]?)+)$`)
	clock    = lazyregexp.New(`^T(\d\d)-(\d\d)-(\d\d)Z$`)
)

var stages = map[string]int{
	"dev": early, "snapshot": early, "nightly": early, "canary": early, "unstable": early, "test": early, "ea": early, "next": early,
	"a": alpha, "alpha": alpha, "m": alpha, "b": beta, "beta": beta, "pre": beta, "preview": beta, "c": candidate, "rc": candidate, "cr": candidate,
}

// Parse parses a version that begins with a digit; ok is false for any other text.
func Parse(text string) (v version.Version, ok bool) {
	head := first(text)
	if head == "" || len(text) > maxLength {
		return version.Version{}, false
	}
	words := strings.FieldsFunc(head, func(r rune) bool { return r < '0' || r > '9' })
	v = version.Version{Text: text}
	for _, w := range words {
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return version.Version{}, false
		}
		v.Release = append(v.Release, n)
	}
	v.Padded = len(words) > 1 && len(words[1]) > 1 && words[1][0] == '0'
	suffix(&v, text[len(head):])
	v.Track = v.Variant
	v.Family = v.Track
	return v, true
}

// first returns the numbers at the beginning, separated by dots or, if there is
// no dot, by one other separator.
func first(text string) string {
	for _, expr := range []*lazyregexp.Regexp{dotted, joined, single} {
		if head := expr.FindString(text); head != "" {
			return head
		}
	}
	return ""
}

// suffix reads the text after the numbers.
func suffix(v *version.Version, rest string) {
	v.Order = []version.Part{{Class: final}}
	if m := clock.FindStringSubmatch(rest); m != nil {
		v.Order = append(v.Order, parts(strings.Join(m[1:], "."))...)
		return
	}
	// A single letter without a number is a revision: 1.1.1a of OpenSSL.
	if m := stage.FindStringSubmatch(rest); m != nil && (len(m[1]) > 1 || m[2] != "") {
		v.Pre = true
		v.Order = append([]version.Part{{Class: stages[strings.ToLower(m[1])]}}, parts(m[2])...)
		return
	}
	if m := build.FindStringSubmatch(rest); m != nil {
		v.Revised = true
		v.Order = append(v.Order, parts(m[1])...)
		return
	}
	switch {
	case letter.MatchString(rest):
		v.Order = append(v.Order, version.Part{S: rest})
	case rest == "" || finished.MatchString(rest):
	default:
		v.Variant = rest
		v.Pre = unstable.MatchString(rest)
	}
}

var unstable = lazyregexp.New(`(?i)(?:^|[._+-])(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|unstable|ea)(?:[._+-]|\d|$)`)

// parts returns the numbers in text as parts of an order.
func parts(text string) (list []version.Part) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		n, err := strconv.ParseUint(w, 10, 64)
		// The number exceeds 64 bits. Its length decides, then its digits: the text
		// begins with the length, in a fixed width.
		if err != nil {
			list = append(list, version.Part{N: 1<<64 - 1, S: strconv.Itoa(1000+len(w)) + w})
			continue
		}
		list = append(list, version.Part{N: n})
	}
	return list
}

var begin = lazyregexp.New(`\d+(?:[._]\d+)+`)

// Find finds a version in a text such as a tag: "v1.2.3", "curl-7_88_1",
// "release-4.0.0-rc1", "jdk-17.0.9+9". The version begins at the first joined
// numbers, else at the first number, and ends before a known file name
// extension, else at the end of the text. start and end are byte offsets.
func Find(text string) (start, end int, ok bool) {
	if len(text) > maxLength*2 {
		return 0, 0, false
	}
	at := begin.FindStringIndex(text)
	if at == nil {
		if at = lone.FindStringIndex(text); at == nil {
			return 0, 0, false
		}
		at[0] += strings.IndexFunc(text[at[0]:at[1]], func(r rune) bool { return r >= '0' && r <= '9' })
	}
	end = len(text)
	if m := ending.FindStringIndex(text[at[0]:]); m != nil {
		end = at[0] + m[0]
	}
	return at[0], end, true
}

var (
	lone   = lazyregexp.New(`(?:^|[^A-Za-z0-9]|[vVr])\d+`)
	ending = lazyregexp.New(`(?i)(?:[._-](?:src|source|bin|linux|darwin|windows|macos|all|noarch|x86_64|amd64|arm64|aarch64|x64|en-us)\b.*)?\.(?:tar(?:\.[a-z0-9]+)?|tgz|tbz2?|txz|zip|jar|war|deb|rpm|apk|exe|msi|gz|xz|bz2|zst|phar|AppImage|whl|gem|asc|sig|run|sh)(?:\.(?:asc|sig))?$`)
)
