package untrusted

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	template "github.com/DataDog/datadog-agent/pkg/template/text"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Functions are the template functions besides those of text/template:
//
//	code X            X as code, escaped
//	codes LIST N      the list as code, "`a`, `b` and 3 more", where N is the number left out
//	link SHOWN X      SHOWN, safe Markdown, as a link to X; only SHOWN if X is not a safe address
//	notes X           X, Markdown from outside, rendered safely
//	quote X           X with its line breaks, everything else escaped
//	short X           the beginning of a digest
//	date T            a day, "2026-11-20"; "" for the zero time
//	plural N ONE MANY ONE for 1, otherwise "N MANY"
//	capital X         X with a capital first letter
func Functions() template.FuncMap {
	return template.FuncMap{
		"code":    func(v any) string { return code(raw(v)) },
		"codes":   codes,
		"link":    func(shown, to any) string { return link(fmt.Sprint(shown), raw(to)) },
		"notes":   func(v any) string { return notes(raw(v)) },
		"quote":   func(v any) string { return quote(raw(v)) },
		"short":   func(v any) any { return shorter(v) },
		"date":    date,
		"plural":  plural,
		"capital": capital,
	}
}

// raw returns text from outside unescaped.
func raw(v any) string {
	switch s := v.(type) {
	case nil:
		return ""
	case string:
		return s
	case Markdown:
		return string(s)
	case Line:
		return string(s)
	}
	return fmt.Sprint(v)
}

// trailer matches lines that tools parse in a commit message, because a squash merge
// may use the body as the message (git-interpret-trailers(1), Conventional Commits
// 1.0, "BREAKING CHANGE").
var trailer = lazyregexp.New(`^((?i:BREAKING CHANGE)|[A-Za-z][A-Za-z0-9-]*):`)

// quote shows text with its line breaks in an HTML block that only its own end tag
// can end (CommonMark 0.31, "HTML blocks", kind 1).
func quote(s string) string {
	var lines []string
	for l := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		// Each line by itself: text joins the lines that it is given.
		lines = append(lines, trailer.ReplaceAllString(text(l), "$1"+joiner+":"))
	}
	return "<pre>\n" + strings.Join(lines, "\n") + "\n</pre>"
}

// shorter shortens an escaped digest.
func shorter(v any) any {
	switch s := v.(type) {
	case Markdown:
		return Markdown(abbreviated(string(s)))
	case Line:
		return Line(abbreviated(string(s)))
	}
	return Markdown(abbreviated(raw(v)))
}

// abbreviated shortens a digest but keeps its algorithm: "sha256:0123456789ab".
func abbreviated(digest string) string {
	if digestText.MatchString(digest) {
		return ecosystems.ShortDigest(digest)
	}
	return digest
}

func codes(list any, more int) string {
	var shown []string
	switch names := list.(type) {
	case []Markdown:
		shown = coded(names)
	case []Line:
		shown = coded(names)
	}
	if more > 0 {
		shown = append(shown, strconv.Itoa(more)+" more")
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	last := len(shown) - 1
	return strings.Join(shown[:last], ", ") + " and " + shown[last]
}

func coded[T Either](names []T) (shown []string) {
	for _, v := range names {
		shown = append(shown, code(string(v)))
	}
	return shown
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Day(t)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return strconv.Itoa(n) + " " + many
}

func capital(v any) string {
	s := fmt.Sprint(v)
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// Day returns a day as "2026-11-20".
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

var digestText = lazyregexp.New(`^(?:sha(?:256|512):)?[0-9a-f]{32,128}$`)

// IsDigest reports whether a text is a digest or a commit.
func IsDigest(text string) bool { return digestText.MatchString(text) }
