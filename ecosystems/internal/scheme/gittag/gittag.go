// Package gittag parses the tags of git repositories: v4, v4.2.1, 1.2.3,
// name/v1.2.3, release-1.2, v1.2.3-rc.1.
//
// Numbers, stages and variants are those of package dockertag, because tags of
// git have the same shapes. Two things differ: a name with "/" or "@" may come
// before the version, and a tag of two numbers is a moving tag only in some
// repositories. A Reader knows the tags of one repository.
package gittag

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Tag is one tag and the commit that it points to.
type Tag struct{ Name, Commit string }

// A Reader reads the tags of one repository. The zero Reader knows nothing of
// the repository. It is safe for concurrent use.
type Reader struct {
	moving map[string]bool // prefixes whose tags of two numbers move to the newest tag of three
	spells map[string]bool // prefixes (without "v") after which "v" is optional: no version is spelled both ways
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
		// If v1.2 and some v1.2.x name one commit, v1.2 moves: short tags are compared
		// with the longer ones after all of them were read.
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

// Parse parses a tag by its text alone. It accepts every text: one that is no
// version becomes a name, with no Release.
func Parse(tag string) version.Version { return new(Reader).Parse(tag) }

// Parse parses a tag, as the function Parse does, with the conventions of its
// repository. If tags of two numbers never move, v1.2 and v1.2.1 are releases of
// one track; if they move, v1.2 has a track of its own. A tag of one number
// counts as moving. A "v" before the numbers separates tracks only if some
// version is spelled both ways.
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

// split separates a name, with the "/" or "@" that ends it, from the rest of a
// tag: "name/v1.2.3", "@scope/name@1.2.3".
func split(tag string) (name, rest string) {
	if i := strings.LastIndexAny(tag, "/@"); i >= 0 {
		return tag[:i+1], tag[i+1:]
	}
	return "", tag
}

// precision returns the track without its prefix. Releases of two, three and
// more numbers share the track of three, unless tags of two numbers move.
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

// Floats reports whether a tag moves to newer releases, judged by its shape: v4
// does, and v4.2 if the repository moves such tags.
func (r *Reader) Floats(v version.Version) bool {
	switch {
	case v.IsName(), v.Calendar(), v.Revised:
		return false
	case len(v.Release) == 1:
		return true
	}
	return len(v.Release) == 2 && r.moving[v.Prefix]
}

// Name returns text as a name: a version without numbers, which has no order.
func Name(text string) version.Version {
	return version.Version{Text: text, Track: text, Family: text}
}
