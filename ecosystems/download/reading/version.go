package reading

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/download/spelling"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// A find is the version in an address.
type find struct {
	version    string // with dots
	template   spelling.Template
	start, end int // in the address
}

// versionOf finds the version in the part of an address that holds it.
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
		return find{}, "" // the name of a branch: release/2.44/master
	}
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

// unknown says why the version of an address is not known.
func (a *Address) unknown() string {
	for _, l := range a.Text.From {
		if len(l.Value.At) == 0 && l.Name != "" {
			return "its version is put together from " + l.Name + ", which this file does not set"
		}
	}
	return "its version is put together when the script runs"
}

// widest takes the end of the version where the value of a variable ends that
// begins where the version does: 1.2.3 of "${V}-linux".
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
