// Package dockertag takes the tags of container images apart.
//
// A tag has no grammar of its own (the OCI distribution specification only
// limits its letters), so this package knows the habits of publishers: prefix,
// numbers, stage, build revision, variant. A tag whose shape it does not
// recognise is a name, which never has a newer one. It orders nothing itself;
// package version does.
//
// Some tags say less than the list they stand in: 15-3.3 is PostgreSQL 15 with
// PostGIS 3.3 where 16-3.3 stands beside it. A Reader knows the list.
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

// Parse takes a tag apart by its own text. It accepts every text: what is no
// version comes back as a name, with no Release.
func Parse(tag string) version.Version { return new(Reader).Parse(tag) }

// Parse takes a tag apart, as Parse does, with what is known of its repository.
//
// The Track holds the prefix, one "#" for each number of the release ("D" for a
// date, "Y" for a year), and the variant letter for letter; build revisions are
// "#" in it and commit hashes "@", because they belong to the version.
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
