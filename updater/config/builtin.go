package config

import (
	"cmp"
	"fmt"
	"io"

	"github.com/freshpin/freshpin/updater/config/value"
	"github.com/freshpin/freshpin/updater/policy"
)

// A builtin is a rule of the program, with its reason.
type builtin struct {
	kind    string // kind of the package
	pattern value.Pattern
	shown   string // name to show instead of the pattern
	line    policy.Line
	since   uint64 // for LineAuto: the first MAJOR whose older lines get no patches
	word    string
	reason  string
}

// builtins returns the rules for projects whose versions mislead the detection of lines.
func builtins() []builtin {
	glob := func(text string) value.Pattern { return value.Pattern{Text: text} }
	data := "data without an API: every newer release is a patch"
	return []builtin{
		{kind: "go", pattern: glob("golang.org/x/**"), line: policy.LineMajor, word: "major", reason: "the Go project's own modules patch in their second number"},
		{kind: "pypi", pattern: glob("certifi"), line: policy.LineAny, word: "any", reason: data},
		{kind: "pypi", pattern: glob("tzdata"), line: policy.LineAny, word: "any", reason: data},
		{kind: "pypi", pattern: glob("pytz"), line: policy.LineAny, word: "any", reason: data},
		{kind: "oci", pattern: official("postgres"), shown: "postgres (Docker's official image)", since: 10, word: "major from 10 on", reason: "PostgreSQL patches in its second number since version 10"},
		{kind: "oci", pattern: official("debian"), shown: "debian (Docker's official image)", since: 7, word: "major from 7 on", reason: "Debian's point releases are its second number since version 7"},
	}
}

// official matches one of Docker's official images, in any registry.
func official(name string) value.Pattern {
	return value.Pattern{Text: "**/{library,amd64,arm32v5,arm32v6,arm32v7,arm64v8,i386,mips64le,ppc64le,riscv64,s390x}/" + name}
}

// Describe prints the settings that apply without configuration: the defaults, and
// the built-in rules with their reasons.
func Describe(w io.Writer) {
	p := defaults()
	fmt.Fprintf(w, "by default: allow %s, line auto, digests pin, cooldown %s for packages and %s for digests\n",
		p.Allow, value.Human(p.Packages), value.Human(p.Rebuilds))
	fmt.Fprintln(w, "built-in rules:")
	for _, b := range builtins() {
		fmt.Fprintf(w, "  %s: line %s: %s\n", cmp.Or(b.shown, b.pattern.Text), b.word, b.reason)
	}
}
