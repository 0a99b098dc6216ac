package message

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	template "github.com/DataDog/datadog-agent/pkg/template/text"

	"github.com/freshpin/freshpin/ecosystems"
	"time"
	"unicode"
	"unicode/utf8"
)

// functions are what templates can use besides those of text/template:
//
//	code X            X as code, escaped
//	codes LIST N      the list as code, "`a`, `b` and 3 more" with the N that it leaves out
//	link SHOWN X      SHOWN, ready Markdown, with a link to the address X; SHOWN alone if X is none to be trusted
//	notes X           X, which is Markdown from outside, as it is meant and with nothing in it that does harm
//	quote X           X as it was written, in lines, with nothing in it that means anything
//	short X           the beginning of a digest
//	date T            a day, "2026-11-20"; nothing for the zero time
//	plural N ONE MANY ONE for 1, else "N MANY"
//	capital X         X with a capital at the beginning
func functions() template.FuncMap {
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

// raw returns text from outside as it came.
func raw(v any) string {
	switch s := v.(type) {
	case nil:
		return ""
	case string:
		return s
	case markdown:
		return string(s)
	case line:
		return string(s)
	}
	return fmt.Sprint(v)
}

// trailer begins a line that tools read in the message of a commit: who squashes
// a pull request may take its body for that (git-interpret-trailers(1),
// Conventional Commits 1.0, "BREAKING CHANGE").
var trailer = regexp.MustCompile(`^((?i:BREAKING CHANGE)|[A-Za-z][A-Za-z0-9-]*):`)

// quote shows text of several lines as it was written, in an HTML block that
// only its own end can end (CommonMark 0.31, "HTML blocks", kind 1).
func quote(s string) string {
	var lines []string
	for l := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		lines = append(lines, trailer.ReplaceAllString(text(l), "$1"+joiner+":"))
	}
	return "<pre>\n" + strings.Join(lines, "\n") + "\n</pre>"
}

// shorter shortens a digest, and leaves its escaping as it was.
func shorter(v any) any {
	switch s := v.(type) {
	case markdown:
		return markdown(abbreviated(string(s)))
	case line:
		return line(abbreviated(string(s)))
	}
	return markdown(abbreviated(raw(v)))
}

// abbreviated is a short digest that still says what it is: "sha256:0123456789ab".
func abbreviated(digest string) string {
	if digestText.MatchString(digest) {
		return ecosystems.ShortDigest(digest)
	}
	return digest
}

func codes(list any, more int) string {
	var shown []string
	switch names := list.(type) {
	case []markdown:
		for _, v := range names {
			shown = append(shown, code(string(v)))
		}
	case []line:
		for _, v := range names {
			shown = append(shown, code(string(v)))
		}
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

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return day(t)
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
