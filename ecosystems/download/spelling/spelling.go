// Package spelling tells how a version is written: in tags and addresses, with other
// separators, and where it occurs in a text.
package spelling

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Template is the form of a project's versions in its addresses and tags: "v1.2.3"
// is a version after a v, "curl-7_88_1" has other separators.
type Template struct {
	Before, After string
	Separator     byte // between the numbers: '.', '_' or '-'
	Optional      bool // a v in front of a tag does not count
}

// String returns the form of a template in a Package.
func (t Template) String() string {
	word := "{version}"
	if t.Separator != '.' {
		word = "{version" + string(t.Separator) + "}"
	}
	if t.Optional {
		word = "[v]" + word
	}
	return t.Before + word + t.After
}

// ParseTemplate parses the form of a template in a Package.
func ParseTemplate(text string) Template {
	m := templateForm.FindStringSubmatch(text)
	if m == nil {
		return Template{Before: text, Separator: '.'}
	}
	t := Template{Before: m[1], After: m[4], Separator: '.', Optional: m[2] != ""}
	if m[3] != "" {
		t.Separator = m[3][0]
	}
	return t
}

var templateForm = lazyregexp.New(`^(.*?)(\[v\])?\{version([_-]?)\}(.*)$`)

// Version returns the version of a tag in the notation of the file; ok is false if the tag does not match.
func (t Template) Version(tag string) (string, bool) {
	v, ok := strings.CutPrefix(tag, t.Before)
	if !ok {
		return "", false
	}
	if v, ok = strings.CutSuffix(v, t.After); !ok {
		return "", false
	}
	if t.Optional {
		v = strings.TrimPrefix(v, "v")
	}
	if v == "" || v[0] < '0' || v[0] > '9' { // no version
		return "", false
	}
	return Spelled(v, t.Separator, '.'), true
}

// Tag returns the tag for a version.
func (t Template) Tag(version string) string {
	return t.Before + Spelled(version, '.', t.Separator) + t.After
}

// Spelled returns a version with another separator between its numbers.
func Spelled(version string, from, to byte) string {
	if from == to {
		return version
	}
	return strings.ReplaceAll(version, string(from), string(to))
}

// forms returns the notations of a version, the plain one first.
func forms(version string) (list []string) {
	list = []string{version}
	for _, sep := range []byte{'_', '-'} {
		if f := Spelled(version, '.', sep); f != version {
			list = append(list, f)
		}
	}
	return list
}

// FormOf returns the separator of a text that is a version in another way of writing.
func FormOf(text, version string) (separator byte, ok bool) {
	for _, sep := range []byte{'.', '_', '-'} {
		if text == Spelled(version, '.', sep) {
			return sep, true
		}
	}
	return 0, false
}

// Occurrences returns the offsets of a version in a text, except as a part of longer numbers.
func Occurrences(s, version string) (list [][2]int) {
	spellings := forms(version)
	for i := 0; i < len(s); {
		best := -1
		length := 0
		for _, f := range spellings {
			// At the same place, the plain spelling comes first.
			if n := strings.Index(s[i:], f); n >= 0 && (best < 0 || n < best) {
				best, length = n, len(f)
			}
		}
		if best < 0 {
			return list
		}
		start, end := i+best, i+best+length
		if Whole(s, start, end) {
			list = append(list, [2]int{start, end})
		}
		// A part of a longer number may hide a whole version that begins inside of it.
		i = start + 1
		if n := len(list); n > 0 && list[n-1][0] == start {
			i = end
		}
	}
	return list
}

// Whole reports whether the numbers between start and end go on on neither side.
func Whole(s string, start, end int) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	joins := func(i int) bool { return i >= 0 && i < len(s) && s[i] == '.' }
	return !digit(start-1) && !digit(end) && !(joins(start-1) && digit(start-2)) && !(joins(end) && digit(end+1))
}

// Moved returns a text, such as the name of a file, with a version replaced by another.
func Moved(s, from, to string) string {
	var b strings.Builder
	last := 0
	for _, m := range Occurrences(s, from) {
		sep, _ := FormOf(s[m[0]:m[1]], from)
		b.WriteString(s[last:m[0]] + Spelled(to, '.', sep))
		last = m[1]
	}
	return b.String() + s[last:]
}
