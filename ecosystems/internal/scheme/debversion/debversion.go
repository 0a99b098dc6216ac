// Package debversion parses the versions of Debian packages, such as
// 1:2.39.2-1.1+deb12u1, and orders them as dpkg does (deb-version(7)).
package debversion

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

var (
	form    = lazyregexp.New(`^(?:(\d{1,9}):)?([0-9][A-Za-z0-9.+~-]*)$`)
	numbers = lazyregexp.New(`^\d{1,18}(?:\.\d{1,18})*`)
)

const maxLength = 256 // of a version, in bytes

// The classes of the parts of a version. A tilde is smaller than everything,
// even the end of the text; letters are smaller than other characters.
const (
	tilde = iota
	end
	letter
	other
	digits
)

// Parse parses a version; ok is false if text is none.
func Parse(text string) (v version.Version, ok bool) {
	m := form.FindStringSubmatch(text)
	if m == nil || len(text) > maxLength {
		return version.Version{}, false
	}
	v = version.Version{Text: text, Revised: strings.Contains(m[2], "-")}
	if m[1] != "" {
		v.Epoch, _ = strconv.ParseUint(m[1], 10, 64) // nine digits fit
	}
	for _, word := range strings.Split(numbers.FindString(m[2]), ".") {
		n, _ := strconv.ParseUint(word, 10, 64) // eighteen digits fit
		v.Release = append(v.Release, n)
	}
	upstream, revision := m[2], "0"
	if i := strings.LastIndexByte(m[2], '-'); i >= 0 {
		upstream, revision = m[2][:i], m[2][i+1:]
	}
	v.Order = append(parts(upstream), parts(revision)...)
	return v, true
}

// parts turns one half of a version, upstream or revision, into parts:
// alternately text and a number.
func parts(s string) (list []version.Part) {
	for {
		n := strings.IndexFunc(s, func(r rune) bool { return r >= '0' && r <= '9' })
		if n < 0 {
			n = len(s)
		}
		for _, c := range []byte(s[:n]) {
			list = append(list, version.Part{Class: classOf(c), N: uint64(c)})
		}
		list = append(list, version.Part{Class: end})
		s = s[n:]
		n = strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if n < 0 {
			n = len(s)
		}
		// Numbers may exceed 64 bits: the length decides, then the digits.
		number := strings.TrimLeft(s[:n], "0")
		list = append(list, version.Part{Class: digits, N: uint64(len(number)), S: number})
		if s = s[n:]; s == "" {
			return append(list, version.Part{Class: end})
		}
	}
}

func classOf(c byte) int {
	switch {
	case c == '~':
		return tilde
	case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
		return letter
	}
	return other
}
