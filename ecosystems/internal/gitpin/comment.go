package gitpin

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// leadWord matches the words before a version in a comment, as in
// "# tag=v4", "# pin @v4", "# pin@v4", "# ratchet:actions/checkout@v4",
// "# renovate: tag=v4", "# frozen: v4".
var leadWord = lazyregexp.New(`(?i)^(?:renovate|ratchet|frozen|pinned|pin|tag|version|ver|release|branch|ref|from|to|at|is|was|using|commit|action)(?:\s*[:=@]\s*|\s+)`)

// leadAddress matches the address of a tag's page.
var leadAddress = lazyregexp.New(`^https?://[^\s/]+/([^\s/]+/[^\s/]+)/(?:releases/tag|tree|-/tags|src/tag)/`)

// leadName matches the name of a repository before its version, with or without a path.
var leadName = lazyregexp.New(`^@?([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)(?:/[^\s@:]*)?(?:\s*[@:=]\s*|\s+)`)

// certain matches a version that other words may follow: "v4", "4.2.1", "name-1.2".
var certain = lazyregexp.New(`^(?:[A-Za-z][\w-]*[-/@])?(?:[vV]\d|\d+\.\d)`)

// commentVersion returns the version in the comment of a place: that in the first
// part with a version, where "#" separates parts. After a lead, a single other
// word counts too, because it may be a branch or an unusual tag.
func commentVersion(p Place) (text string, at ecosystems.Span, ok bool) {
	if p.Comment == "" || p.CommentAt.End-p.CommentAt.Start != len(p.Comment) {
		return "", ecosystems.Span{}, false
	}
	from := 0
	for from < len(p.Comment) {
		next := strings.Index(p.Comment[from+1:], " #")
		end := len(p.Comment)
		if next >= 0 {
			end = from + 1 + next
		}
		if start, stop, ok := versionIn(p.Comment[from:end], p.Name); ok {
			at := p.CommentAt
			at.Start, at.End = p.CommentAt.Start+from+start, p.CommentAt.Start+from+stop
			return p.Comment[from+start : from+stop], at, true
		}
		if next < 0 {
			break
		}
		from = end + 1
	}
	return "", ecosystems.Span{}, false
}

// versionIn returns the position of the version in one comment that begins with "#".
func versionIn(comment, name string) (start, end int, ok bool) {
	i := skipLead(comment, name)
	if i < 0 {
		return 0, 0, false
	}
	word := comment[i:]
	if n := strings.IndexAny(word, " \t,;)]#"); n >= 0 {
		word = word[:n]
	}
	rest := strings.TrimSpace(comment[i+len(word):])
	word = strings.TrimRight(word, ".:")
	v := gittag.Parse(word)
	switch {
	case !writableTag(word):
		return 0, 0, false
	case !v.IsName() && (rest == "" || strings.Trim(rest, ",;)]") == "" || certain.MatchString(word)):
		return i, i + len(word), true
	case v.IsName() && rest == "" && i > 0:
		return i, i + len(word), true
	}
	return 0, 0, false
}

// skipLead returns the offset of the version, after all leads; -1 if the comment
// is about another repository.
func skipLead(comment, name string) int {
	i := 0
	skip := func(n int) bool { i += n; return n > 0 }
	for again := true; again; {
		rest := comment[i:]
		again = skip(len(rest) - len(strings.TrimLeft(rest, "# \t(['\"")))
		rest = comment[i:]
		if m := leadAddress.FindStringSubmatch(rest); m != nil {
			if !strings.HasPrefix(strings.ToLower(name+"/"), strings.ToLower(m[1]+"/")) {
				return -1
			}
			again = skip(len(m[0]))
		} else if m := leadName.FindStringSubmatch(rest); m != nil && gittag.Parse(strings.TrimRight(m[0], "@:= \t")).IsName() {
			if !strings.HasPrefix(strings.ToLower(name+"/"), strings.ToLower(m[1]+"/")) {
				return -1
			}
			again = skip(len(m[0]))
		} else if m := leadWord.FindString(rest); m != "" {
			again = skip(len(m))
		} else if strings.HasPrefix(rest, tagsLead) {
			again = skip(len(tagsLead))
		} else if strings.HasPrefix(rest, "@") && !strings.Contains(rest, "/") {
			again = skip(1)
		}
	}
	return i
}

// writable matches names of tags that cannot end a value or a comment in a file.
var writable = lazyregexp.New(`^[A-Za-z0-9_@][A-Za-z0-9._/@+-]*$`)

// writableTag reports whether the name of a tag is safe to write into files.
func writableTag(name string) bool { return len(name) <= 200 && writable.MatchString(name) }
