package reading

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// A find is a version found in an address.
type find struct {
	version    string // with dots
	template   spelling.Template
	start, end int // offsets in the address
}

// versionOf returns the version of an address, or why there is none.
func versionOf(a *Address) (f find, why string) {
	part := a.S[a.Place.Start:a.Place.End]
	if strings.Contains(part, source.Open) {
		return find{}, a.unknown()
	}
	start, end, ok := release.Find(part)
	if !ok {
		return find{}, ""
	}
	start, end = a.widest(a.Place.Start+start, a.Place.Start+end)
	text := a.S[start:end]
	if strings.Contains(text, "/") {
		return find{}, "" // a branch: release/2.44/master
	}
	// Only numbers all with the same separator are a version in that spelling: curl-7_88_1.
	sep := byte('.')
	if !strings.Contains(text, ".") {
		if i := strings.IndexAny(text, "_-"); i > 0 && strings.Trim(text, "0123456789"+string(text[i])) == "" {
			sep = text[i]
		}
	}
	if _, ok := release.Parse(text); !ok {
		return find{}, "no version is read in " + part
	}
	after := Signature.ReplaceAllString(a.S[end:a.Place.End], "") // of the file beside it
	return find{spelling.Spelled(text, sep, '.'), spelling.Template{Before: a.S[a.Place.Start:start], After: after, Separator: sep, Optional: false}, start, end}, ""
}

// unknown returns why the version of an address is unknown.
func (a *Address) unknown() string {
	for _, l := range a.Text.From {
		if len(l.Value.At) == 0 && l.Name != "" {
			return "its version is put together from " + l.Name + ", which this file does not set"
		}
	}
	return "its version is put together when the script runs"
}

// widest returns the end of the version: if the value of a variable begins where
// the version does, the version ends with it: 1.2.3 of "${V}-linux".
func (a *Address) widest(start, end int) (int, int) {
	for _, l := range a.From {
		v := l.Value
		for _, trim := range []int{0, 1} { // with and without a v
			if len(v.At) <= trim || trim == 1 && v.S[0] != 'v' {
				continue
			}
			if n := len(v.S) - trim; a.Text.At[start] == v.At[trim] && start+n <= a.Place.End && a.S[start:start+n] == v.S[trim:] && spelling.Whole(a.S, start, start+n) {
				return start, start + n
			}
		}
	}
	return start, end
}
