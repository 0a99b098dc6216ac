// Package debversion reads the versions of Debian packages and orders them as
// dpkg does (deb-version(7)): 1:2.39.2-1.1+deb12u1. It knows no repository.
package debversion

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

var (
	form    = regexp.MustCompile(`^(?:(\d{1,9}):)?([0-9][A-Za-z0-9.+~-]*)$`)
	numbers = regexp.MustCompile(`^\d{1,18}(?:\.\d{1,18})*`)
)

const maxLength = 256 // of a version, in bytes

// The classes of the parts of a text that is no number: a tilde comes before
// everything, even the end, and letters come before the rest.
const (
	tilde = iota
	end
	letter
	other
	digits
)

// Parse reads a version; ok is false for what is none.
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

// parts orders one half of a version: texts and numbers by turns.
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
