package gosemver

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// The classes of parts: a stage before a release is older than it.
const (
	preRelease = iota
	release
)

// ParseToolchain parses the name of a Go toolchain: go1.26.1, go1.27rc2,
// go1.20 (which is older than go1.20.1 and newer than go1.20rc1). ok is false
// for a name with a suffix, such as go1.26.1-custom: the Go project publishes no
// such toolchain.
func ParseToolchain(text string) (v version.Version, ok bool) {
	numbers, found := strings.CutPrefix(text, "go")
	if !found {
		return version.Version{}, false
	}
	v = version.Version{Text: text, Order: []version.Part{{Class: release}}}
	for _, stage := range []string{"beta", "rc"} {
		before, after, staged := strings.Cut(numbers, stage)
		if !staged {
			continue
		}
		n, valid := number(after)
		if !valid {
			return version.Version{}, false
		}
		numbers, v.Pre = before, true
		v.Order = []version.Part{{Class: preRelease}, {Class: 1, S: stage}, {N: n}}
	}
	words := strings.Split(numbers, ".")
	// Before Go 1.21, the first release of a line was named without a third number.
	if len(words) < 2 || len(words) > 3 {
		return version.Version{}, false
	}
	for _, w := range words {
		n, valid := number(w)
		if !valid {
			return version.Version{}, false
		}
		v.Release = append(v.Release, n)
	}
	return v, true
}

// number reads a decimal number without leading zeros.
func number(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	return n, err == nil && strconv.FormatUint(n, 10) == text
}
