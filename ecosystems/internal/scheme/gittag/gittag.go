// Package gittag takes the tags of git repositories apart: v4, v4.2.1, 1.2.3,
// name/v1.2.3, release-1.2, v1.2.3-rc.1.
//
// Numbers, stages and variants are those of package dockertag, whose shapes tags
// of git share. What differs: a name may stand before the version with "/" or
// "@", and how many numbers a tag has says only in some repositories that it is
// moved along. A Reader knows the repository.
package gittag

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Tag is one tag and the commit that it leads to.
type Tag struct{ Name, Commit string }

// A Reader reads the tags of one repository. The zero Reader knows nothing of
// the repository. It is safe for concurrent use.
type Reader struct {
	moving map[string]bool // prefixes whose tags of two numbers are moved along with those of three
	spells map[string]bool // prefixes (without "v") that some tags have a "v" behind and others not, never for the same version
}

// NewReader returns a Reader for a repository that has these tags, in any order.
func NewReader(tags []Tag) *Reader {
	r := &Reader{moving: map[string]bool{}, spells: map[string]bool{}}
	commits := map[string]string{} // of tags with three numbers and more, by prefix and first two numbers, joined
	spelled := map[string]string{} // the prefix that a version is spelled with, by the prefix without "v" and the version
	twice := map[string]bool{}
	var short []Tag
	for _, t := range tags {
		v := Parse(t.Name)
		if v.IsName() {
			continue
		}
		bare := bareOf(v.Prefix)
		key := bare + "\x00" + v.Text[len(v.Prefix):]
		if was, ok := spelled[key]; ok && was != v.Prefix {
			twice[bare] = true
		}
		spelled[key] = v.Prefix
		r.spells[bare] = true
		switch {
		case v.Pre || v.Variant != "" || v.Calendar():
		case len(v.Release) == 2:
			short = append(short, t)
		case len(v.Release) > 2:
			key := v.Prefix + "\x00" + version.LineMinor.Name(v)
			commits[key] += t.Commit + " "
		}
	}
	for _, t := range short {
		v := Parse(t.Name)
		if t.Commit != "" && strings.Contains(commits[v.Prefix+"\x00"+version.LineMinor.Name(v)], t.Commit+" ") {
			r.moving[v.Prefix] = true
		}
	}
	for bare := range twice {
		delete(r.spells, bare)
	}
	return r
}

// bareOf returns a prefix without the "v" at its end.
func bareOf(prefix string) string {
	if strings.HasSuffix(prefix, "v") || strings.HasSuffix(prefix, "V") {
		return prefix[:len(prefix)-1]
	}
	return prefix
}

// Parse takes a tag apart by its own text. It accepts every text: what is no
// version comes back as a name, with no Release.
func Parse(tag string) version.Version { return new(Reader).Parse(tag) }

// Parse takes a tag apart, as Parse does, with what is known of its repository:
// where the two-number tags of a repository stay where they are, v1.2 and v1.2.1
// are releases of one track; where they are moved along, v1.2 is a line of its
// own. A tag of one number is always taken for one that is moved along. "v"
// before the numbers makes no track where no version is spelled both ways.
func (r *Reader) Parse(tag string) version.Version {
	name, rest := split(tag)
	v := dockertag.Parse(rest)
	v.Text = tag
	if v.IsName() || strings.Contains(v.Variant, ".x") {
		return Name(tag)
	}
	inner, _ := strings.CutPrefix(v.Track, v.Prefix)
	v.Prefix = name + v.Prefix
	track := v.Prefix
	if bare := bareOf(track); r.spells[bare] {
		track = bare
	}
	v.Track = track + r.precision(v, inner)
	v.Family = track + v.Variant
	if v.Base != "" {
		v.Base = name + v.Base
	}
	return v
}

// split takes the name of what is tagged off a tag, with the sign behind it:
// "name/v1.2.3", "@scope/name@1.2.3".
func split(tag string) (name, rest string) {
	if i := strings.LastIndexAny(tag, "/@"); i >= 0 {
		return tag[:i+1], tag[i+1:]
	}
	return "", tag
}

// precision returns the track behind the prefix: three numbers stand for
// every release, whatever it has.
func (r *Reader) precision(v version.Version, inner string) string {
	numbers := len(inner) - len(strings.TrimLeft(inner, "#._"))
	full := len(v.Release) > 2 || len(v.Release) == 2 && !r.moving[v.Prefix]
	if numbers == 0 || !full {
		return inner
	}
	tail := inner[numbers:]
	if strings.HasSuffix(inner[:numbers], ".") || strings.HasSuffix(inner[:numbers], "_") {
		tail = inner[numbers-1:]
	}
	return "#.#.#" + tail
}

// Floats reports whether a tag of the repository is moved along to newer
// releases, as far as its shape tells: v4 is, and v4.2 where the repository
// does so.
func (r *Reader) Floats(v version.Version) bool {
	switch {
	case v.IsName(), v.Calendar(), v.Revised:
		return false
	case len(v.Release) == 1:
		return true
	}
	return len(v.Release) == 2 && r.moving[v.Prefix]
}

// Name returns a text that is known to be no version.
func Name(text string) version.Version {
	return version.Version{Text: text, Track: text, Family: text}
}
