// Package dockertag parses the tags of container images.
//
// Tags have no grammar (the OCI distribution specification only limits their
// characters), so this package knows the conventions of publishers: prefix,
// numbers, stage, build revision, variant. A tag whose shape it does not
// recognise is a name, for which no newer tag exists. It compares nothing
// itself; package version does.
//
// Some tags can only be read beside the others of their repository: 15-3.3 is
// PostgreSQL 15 with PostGIS 3.3, because there is a 16-3.3 too. A Reader knows
// all tags of a repository.
package dockertag

import (
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A Reader reads the tags of one repository. The zero Reader knows nothing of
// the repository. It is safe for concurrent use.
type Reader struct {
	habits
}

// NewReader returns a Reader for a repository that has these tags, in any order.
func NewReader(tags []string) *Reader {
	return &Reader{habitsOf(tags)}
}

// Parse parses a tag by its text alone. It accepts every text: one that is no
// version becomes a name, with no Release.
func Parse(tag string) version.Version { return new(Reader).Parse(tag) }

// Parse parses a tag, as the function Parse does, with the conventions of its repository.
//
// The Track holds the prefix, one "#" for each number of the release ("D" for a
// date, "Y" for a year), and the variant letter for letter. In the variant, "#"
// replaces build revisions and "@" commit hashes, because these differ between
// versions of one track.
func (r *Reader) Parse(tag string) version.Version {
	tokens := scan(tag)
	i := r.versionToken(tokens)
	if i < 0 {
		return version.Version{Text: tag, Track: tag, Family: tag}
	}
	p := parser{Reader: r, v: version.Version{Text: tag}}
	for n, t := range tokens[:i] {
		p.prefixToken(t, tokens[:n])
	}
	n, ok := p.release(tokens, i)
	if !ok {
		return version.Version{Text: tag, Track: tag, Family: tag}
	}
	p.described = describes(tokens[n:])
	for ; n < len(tokens); n++ {
		p.suffix(tokens[n], tokens[n-1])
	}
	return p.finish()
}
