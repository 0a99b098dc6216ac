package download

import (
	"regexp"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/release"
	source "github.com/freshpin/freshpin/ecosystems/internal/source/download"
)

// A template says how the versions of a project stand in its addresses: "v1.2.3"
// is {version} behind a v, "curl-7_88_1" has other separators.
type template struct {
	before, after string
	separator     byte // between the numbers: '.', '_' or '-'
	optional      bool // a v in front of a tag does not count
}

// String is the form in which a template is part of a Package.
func (t template) String() string {
	word := "{version}"
	if t.separator != '.' {
		word = "{version" + string(t.separator) + "}"
	}
	if t.optional {
		word = "[v]" + word
	}
	return t.before + word + t.after
}

func parseTemplate(text string) template {
	m := templateForm.FindStringSubmatch(text)
	if m == nil {
		return template{before: text, separator: '.'}
	}
	t := template{before: m[1], after: m[4], separator: '.', optional: m[2] != ""}
	if m[3] != "" {
		t.separator = m[3][0]
	}
	return t
}

var templateForm = regexp.MustCompile(`^(.*?)(\[v\])?\{version([_-]?)\}(.*)$`)

// version returns the version of a tag, as it would stand in the file; ok is false for another tag.
func (t template) version(tag string) (string, bool) {
	v, ok := strings.CutPrefix(tag, t.before)
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
	return spelled(v, t.separator, '.'), true
}

// tag returns the tag of a version.
func (t template) tag(version string) string {
	return t.before + spelled(version, '.', t.separator) + t.after
}

// spelled returns a version with another separator between its numbers.
func spelled(version string, from, to byte) string {
	if from == to {
		return version
	}
	return strings.ReplaceAll(version, string(from), string(to))
}

// forms are the ways to write a version, the plain one first.
func forms(version string) (list []string) {
	list = []string{version}
	for _, sep := range []byte{'_', '-'} {
		if f := spelled(version, '.', sep); f != version {
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
		if text == spelled(version, '.', sep) {
			return sep, true
		}
	}
	return 0, false
}

// occurrences returns where a version stands in a text as a whole: not as a part of other numbers.
func occurrences(s, version string) (list [][2]int) {
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

// moved returns a text, such as the name of a file, with one version in the place of another.
func moved(s, from, to string) string {
	var b strings.Builder
	last := 0
	for _, m := range occurrences(s, from) {
		sep, _ := formOf(s[m[0]:m[1]], from)
		b.WriteString(s[last:m[0]] + spelled(to, '.', sep))
		last = m[1]
	}
	return b.String() + s[last:]
}

// A find is the version in an address.
type find struct {
	version    string // with dots
	template   template
	start, end int // in the address
}

// versionOf finds the version in the part of an address that holds it.
func versionOf(a *address) (f find, why string) {
	part := a.s[a.place.Start:a.place.End]
	if strings.Contains(part, source.Open) {
		return find{}, a.unknown()
	}
	start, end, ok := release.Find(part)
	if !ok {
		return find{}, ""
	}
	start, end = a.widest(a.place.Start+start, a.place.Start+end)
	text := a.s[start:end]
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
	after := signature.ReplaceAllString(a.s[end:a.place.End], "") // of the file beside it
	return find{spelled(text, sep, '.'), template{a.s[a.place.Start:start], after, sep, false}, start, end}, ""
}

// unknown says why the version of an address is not known.
func (a *address) unknown() string {
	for _, l := range a.text.from {
		if len(l.value.at) == 0 && l.name != "" {
			return "its version is put together from " + l.name + ", which this file does not set"
		}
	}
	return "its version is put together when the script runs"
}

// widest takes the end of the version where the value of a variable ends that
// begins where the version does: 1.2.3 of "${V}-linux".
func (a *address) widest(start, end int) (int, int) {
	for _, l := range a.from {
		v := l.value
		for _, trim := range []int{0, 1} { // with and without a v
			if len(v.at) <= trim || trim == 1 && v.s[0] != 'v' {
				continue
			}
			if n := len(v.s) - trim; a.text.at[start] == v.at[trim] && start+n <= a.place.End && a.s[start:start+n] == v.s[trim:] && whole(a.s, start, start+n) {
				return start, start + n
			}
		}
	}
	return start, end
}
