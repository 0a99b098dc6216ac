package reading

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Template says how the versions of a project stand in its addresses: "v1.2.3"
// is {version} behind a v, "curl-7_88_1" has other separators.
type Template struct {
	Before, after string
	separator     byte // between the numbers: '.', '_' or '-'
	optional      bool // a v in front of a tag does not count
}

// String is the form in which a template is part of a Package.
func (t Template) String() string {
	word := "{version}"
	if t.separator != '.' {
		word = "{version" + string(t.separator) + "}"
	}
	if t.optional {
		word = "[v]" + word
	}
	return t.Before + word + t.after
}

// ParseTemplate reads the form in which a template is part of a Package.
func ParseTemplate(text string) Template {
	m := templateForm.FindStringSubmatch(text)
	if m == nil {
		return Template{Before: text, separator: '.'}
	}
	t := Template{Before: m[1], after: m[4], separator: '.', optional: m[2] != ""}
	if m[3] != "" {
		t.separator = m[3][0]
	}
	return t
}

var templateForm = lazyregexp.New(`^(.*?)(\[v\])?\{version([_-]?)\}(.*)$`)

// Version returns the version of a tag, as it would stand in the file; ok is false for another tag.
func (t Template) Version(tag string) (string, bool) {
	v, ok := strings.CutPrefix(tag, t.Before)
	if !ok {
		return "", false
	}
	if v, ok = strings.CutSuffix(v, t.after); !ok {
		return "", false
	}
	if t.optional {
		v = strings.TrimPrefix(v, "v")
	}
	if v == "" || v[0] < '0' || v[0] > '9' {
		return "", false
	}
	return Spelled(v, t.separator, '.'), true
}

// Tag returns the tag of a version.
func (t Template) Tag(version string) string {
	return t.Before + Spelled(version, '.', t.separator) + t.after
}

// Spelled returns a version with another separator between its numbers.
func Spelled(version string, from, to byte) string {
	if from == to {
		return version
	}
	return strings.ReplaceAll(version, string(from), string(to))
}

// forms are the ways to write a version, the plain one first.
func forms(version string) (list []string) {
	list = []string{version}
	for _, sep := range []byte{'_', '-'} {
		if f := Spelled(version, '.', sep); f != version {
			list = append(list, f)
		}
	}
	if short := strings.ReplaceAll(version, ".", ""); len(short) > 2 && short != version { // boost182
		list = append(list, short)
	}
	return list
}

// formOf returns the separator of a text that is a version in another way of writing.
func formOf(text, version string) (separator byte, ok bool) {
	for _, sep := range []byte{'.', '_', '-'} {
		if text == Spelled(version, '.', sep) {
			return sep, true
		}
	}
	return 0, false
}

// Occurrences returns where a version stands in a text as a whole: not as a part of other numbers.
func Occurrences(s, version string) (list [][2]int) {
	for i := 0; i < len(s); {
		best := -1
		length := 0
		for _, f := range forms(version)[:min(3, len(forms(version)))] {
			if n := strings.Index(s[i:], f); n >= 0 && (best < 0 || n < best) {
				best, length = n, len(f)
			}
		}
		if best < 0 {
			return list
		}
		start, end := i+best, i+best+length
		if whole(s, start, end) {
			list = append(list, [2]int{start, end})
		}
		i = start + 1
		if n := len(list); n > 0 && list[n-1][0] == start {
			i = end
		}
	}
	return list
}

// whole reports whether the numbers between start and end go on on neither side.
func whole(s string, start, end int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	joins := func(i int) bool { return i >= 0 && i < len(s) && s[i] == '.' }
	return !digit(start-1) && !digit(end) && !(joins(start-1) && digit(start-2)) && !(joins(end) && digit(end+1))
}

// Moved returns a text, such as the name of a file, with one version in the place of another.
func Moved(s, from, to string) string {
	var b strings.Builder
	last := 0
	for _, m := range Occurrences(s, from) {
		sep, _ := formOf(s[m[0]:m[1]], from)
		b.WriteString(s[last:m[0]] + Spelled(to, '.', sep))
		last = m[1]
	}
	return b.String() + s[last:]
}

// A find is the version in an address.
type find struct {
	version    string // with dots
	template   Template
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
	return find{Spelled(text, sep, '.'), Template{a.S[a.Place.Start:start], after, sep, false}, start, end}, ""
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
			if n := len(v.S) - trim; a.Text.At[start] == v.At[trim] && start+n <= a.Place.End && a.S[start:start+n] == v.S[trim:] && whole(a.S, start, start+n) {
				return start, start + n
			}
		}
	}
	return start, end
}
