// Package pep508 parses requirements and their environment markers, and says in which
// environments and on which Pythons a marker holds (PEP 508).
package pep508

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

// Space holds the characters that count as white space in a requirement: the blank and
// the tab of PEP 508, and the vertical tab and form feed. Line breaks are not among them.
const Space = " \t\v\f"

// A Requirement is the part of a line before its options: a requirement (PEP
// 508), or another form that pip accepts. Numbers are byte offsets in the text of
// the line.
type Requirement struct {
	Name       string
	NameEnd    int
	SpecStart  int // where the specifiers begin, or where they would be inserted
	SpecEnd    int
	Specifiers pep440.Specifiers
	Extras     []string // in the form of PEP 685
	Marker     Marker   // empty for none
	Skip       ecosystems.Reason
}

var errName = errors.New("not a requirement: a name is expected here")

// Parse parses text[:end] by the grammar of PEP 508.
func Parse(text string, end int) (Requirement, error) {
	text = strings.TrimRight(text[:end], Space)
	if skip := Elsewhere(text); !skip.IsZero() {
		return Requirement{Skip: skip, Name: LastElement(text), NameEnd: len(text)}, nil
	}
	var r Requirement
	p := parser{text, 0}
	if r.Name = p.name(); r.Name == "" {
		return r, errName
	}
	r.NameEnd = p.i
	var err error
	if r.Extras, err = p.extras(); err != nil {
		return r, err
	}
	r.SpecStart, r.SpecEnd = p.i, p.i
	p.space()
	if p.take("@") {
		r.Skip = ecosystems.Reason{Code: ecosystems.URL, Text: "a direct reference, not a release of an index"}
		return r, nil
	}
	return r, p.specifiers(&r)
}

// Elsewhere returns why text names no project of an index: it is a URL, a path or
// a file. It uses the same criteria as pip's constructors.
func Elsewhere(text string) ecosystems.Reason {
	first, _, _ := strings.Cut(text, " ")
	first, _, _ = strings.Cut(first, ";")
	vcs, _, plus := strings.Cut(first, "+")
	scheme, _, address := strings.Cut(first, "://")
	switch {
	case strings.HasPrefix(strings.ToLower(first), "file:"):
		return ecosystems.Reason{Code: ecosystems.Path, Text: "a local path"}
	case address && !strings.ContainsAny(scheme, "@[<>=!~,"): // else the scheme follows a name: name@https://…, name[extra]@https://…
		return ecosystems.Reason{Code: ecosystems.URL, Text: "a URL, not a release of an index"}
	case plus && (vcs == "git" || vcs == "hg" || vcs == "svn" || vcs == "bzr"):
		return ecosystems.Reason{Code: ecosystems.URL, Text: "a version-control reference, not a release of an index"}
	case strings.Contains(first, "@") && address:
		return ecosystems.Reason{} // name@https://…, which Parse reads
	case strings.HasPrefix(first, ".") || strings.HasPrefix(first, "~/") || strings.ContainsAny(first, `/\`) || archive(first):
		return ecosystems.Reason{Code: ecosystems.Path, Text: "a local path"}
	}
	return ecosystems.Reason{}
}

func archive(text string) bool {
	endings := []string{".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar"}
	// "name==1.zip" is a requirement with an odd version, no file.
	return !strings.ContainsAny(text, "=<>") &&
		slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(strings.ToLower(text), ending) })
}

// LastElement returns a short name for a URL or path, without parts that may be secret.
func LastElement(text string) string {
	if _, egg, ok := strings.Cut(text, "#egg="); ok {
		name := before(egg, "&[")
		if p := (parser{name, 0}); p.name() == name && name != "" {
			return name
		}
	}
	text = before(text, " ;#?") // queries hold tokens
	if _, after, ok := strings.Cut(text, "://"); ok {
		text = after
	}
	text = strings.TrimRight(text, "/")
	if slash := strings.LastIndexByte(text, '/'); slash >= 0 {
		text, _, _ = strings.Cut(text[slash+1:], "@") // a revision
	} else if login := strings.LastIndexByte(text, '@'); login >= 0 {
		text = text[login+1:]
	}
	return cmp.Or(text, "an address")
}

// before returns the part of a text before the first of some characters.
func before(text, characters string) string {
	if i := strings.IndexAny(text, characters); i >= 0 {
		return text[:i]
	}
	return text
}

// A parser parses a requirement from left to right.
type parser struct {
	s string
	i int
}

func (p *parser) space() {
	for p.i < len(p.s) && strings.IndexByte(Space, p.s[p.i]) >= 0 {
		p.i++
	}
}

func (p *parser) take(word string) bool {
	if strings.HasPrefix(p.s[p.i:], word) {
		p.i += len(word)
		return true
	}
	return false
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// name reads a name: letters and digits, and between them hyphens, underscores and dots.
func (p *parser) name() string {
	start, end := p.i, p.i
	for i := p.i; i < len(p.s); i++ {
		if isAlphanumeric(p.s[i]) {
			end = i + 1
		} else if i == start || strings.IndexByte("-_.", p.s[i]) < 0 {
			break
		}
	}
	p.i = end
	return p.s[start:end]
}

func (p *parser) extras() ([]string, error) {
	start := p.i
	p.space()
	if !p.take("[") {
		p.i = start // so that bounds are inserted directly after the name
		return nil, nil
	}
	var all []string
	for {
		p.space()
		if name := p.name(); name != "" {
			all = append(all, pypi.Normal(name))
		}
		p.space()
		switch {
		case p.take(","):
		case p.take("]"):
			return all, nil
		default:
			return nil, errors.New("the extras of the requirement are not readable")
		}
	}
}

// specifiers reads "(>=1,<2)" or ">=1,<2" and the marker after it.
func (p *parser) specifiers(r *Requirement) error {
	parens := p.take("(")
	stop := ";"
	if parens {
		p.space()
		r.SpecStart, stop = p.i, ")"
	}
	text, _, closed := strings.Cut(p.s[p.i:], stop)
	if parens && !closed {
		return errors.New("a parenthesis is not closed")
	}
	if specifiers := strings.TrimRight(text, Space); specifiers != "" {
		r.SpecStart = p.i
		r.SpecEnd = p.i + len(specifiers)
	} else {
		r.SpecEnd = r.SpecStart
	}
	p.i += len(text)
	if parens {
		p.take(")")
		p.space()
	}
	if p.i < len(p.s) && p.s[p.i] != ';' {
		return errors.New("not a requirement: something follows the version")
	}
	if p.take(";") {
		var err error
		if r.Marker, err = ParseMarker(p.s[p.i:]); err != nil {
			return err
		}
	}
	return r.read(p.s[r.SpecStart:r.SpecEnd])
}

func (r *Requirement) read(text string) error {
	var err error
	if r.Specifiers, err = pep440.ParseSpecifiers(text); err == nil {
		return nil
	}
	switch {
	case strings.Contains(text, "${"):
		r.Skip = ecosystems.Reason{Code: ecosystems.Variable, Text: "the version comes from an environment variable"}
		return nil
	case strings.HasPrefix(text, "=") && !strings.HasPrefix(text, "=="):
		return errors.New("= is not an operator of PEP 440; == is")
	case !strings.ContainsAny(text[:1], "=<>!~"):
		return fmt.Errorf("not a requirement: %.40q follows the name", text)
	}
	return fmt.Errorf("not a version specifier of PEP 440: %.60q", text)
}
