package imagepin

import (
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imageref"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// lead matches the words before a version in a comment: "# tag: 16.7",
// "# version=16.7", "# ratchet:postgres:16.7".
var lead = lazyregexp.New(`(?i)^#+\s*(?:(?:tag|version|image|ratchet|pinned|pin|from|to|at|is)\s*[:=@]?\s*\b)*`)

var plainVersion = lazyregexp.New(`^[vV]?\d+(\.\d+)+`)

// commentVersion returns the version in the comment beside a digest, and its position.
func commentVersion(d ecosystems.Dependency, p Place, digest ecosystems.Span) (string, ecosystems.Span, bool) {
	if p.Comment == nil {
		return "", ecosystems.Span{}, false
	}
	text, at := p.Comment(digest)
	start, end, ok := versionIn(text, d.Package.Name)
	if !ok || at.End-at.Start != len(text) { // the file has another text there, so offsets in text are useless
		return "", ecosystems.Span{}, false
	}
	at.Start, at.End = at.Start+start, at.Start+end
	return text[start:end], at, true
}

// named returns the length of the image's name at the beginning of a comment:
// "python 3.6", "library/python at 3.6".
func named(comment, repository string) int {
	word, rest, found := strings.Cut(comment, " ")
	ref, err := imageref.Parse(strings.ToLower(strings.TrimRight(word, ":=@")))
	if !found || err != nil || ref.Tag != "" || ref.Repository != repository && path.Base(ref.Repository) != path.Base(repository) {
		return 0
	}
	return len(word) + 1 + len(lead.FindString("#"+rest)) - 1
}

// versionIn returns the version at the beginning of a comment. Other words may
// follow only a plain version such as 3.6.1.
func versionIn(comment, repository string) (start, end int, ok bool) {
	start = len(lead.FindString(comment))
	start += named(comment[start:], repository)
	word, rest, _ := strings.Cut(strings.TrimRight(comment[start:], " \t\r"), " ")
	word = strings.TrimRight(word, ",;.)")
	if ref, err := imageref.Parse(word); err == nil && ref.Tag != "" {
		if ref.Repository != repository { // a remark about another image
			return 0, 0, false
		}
		start, word = start+ref.TagStart, ref.Tag
	}
	v := dockertag.Parse(word)
	if _, err := imageref.Parse("x:" + word); err != nil || v.IsName() && word != "latest" {
		return 0, 0, false
	}
	if rest != "" && !plainVersion.MatchString(word) { // "3 replicas" is a sentence
		return 0, 0, false
	}
	return start, start + len(word), true
}
