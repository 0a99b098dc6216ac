package dockertag

import (
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// A text is a part of a tag in two forms: as it goes into the track, and with
// the numbers of base systems replaced (for Version.Base).
type text struct{ track, base strings.Builder }

func (t *text) add(parts ...string) {
	for _, s := range parts {
		t.track.WriteString(s)
		t.base.WriteString(s)
	}
}

// A parser builds a version from the tokens of a tag, read from left to right.
type parser struct {
	*Reader
	v         version.Version
	prefix    text
	shape     text // the numbers: "#.#.#"
	variant   text
	inside    bool   // the numbers were read: further text belongs to the variant
	word      string // the variant word just read, if it had no number; lower case
	described bool   // the number after the version counts commits (git describe)
	worded    bool   // the prefix ends with a word other than "v", "release" and the like
	named     bool   // the prefix ends with a codename, or with a base system and its number
	stage     version.Part
	staged    bool // a stage was read whose number may follow
	direct    bool // the token before was a number or a revision
	revision  []version.Part
	bases     int // how many base systems were read
}

// part returns the text that words are added to at this point of the tag.
func (p *parser) part() *text {
	if p.inside {
		return &p.variant
	}
	return &p.prefix
}

func (p *parser) prefixToken(t token, before []token) {
	if p.isHash(t) || describeHash.MatchString(t.text) {
		p.prefix.add(t.sep, "@")
		p.named = false
		return
	}
	low := strings.ToLower(t.text)
	_, named := codenames[low]
	p.worded = !versionWords[low] && !architectures[low] && !named && !systemNumber(t, before)
	p.named = named || systemNumber(t, before)
	p.variantWord(t)
}

// systemNumber reports whether a token ends the name of a base system with a
// number: ubuntu22.04, or the 22.04 of ubuntu-22.04.
func systemNumber(t token, before []token) bool {
	if m := wordNumber.FindStringSubmatch(t.text); m != nil {
		return systems[strings.ToLower(m[1])]
	}
	return plainNumber.MatchString(t.text) && len(before) > 0 && systems[strings.ToLower(before[len(before)-1].text)]
}

var (
	stageToken    = lazyregexp.New(`(?i)^(alpha|beta|milestone|preview|pre|rc|cr|ea|snapshot)[.]?(\d*)((?:\.\d+)*)$`)
	gluedStage    = lazyregexp.New(`(?i)^(a|b|c|m|dev)(\d+)$`)
	numberedStage = lazyregexp.New(`(?i)^(dev|nightly|canary|edge|next|test|unstable|m)[.]?(\d+)$`)
	wordNumber    = lazyregexp.New(`^([A-Za-z][A-Za-z_]*)(\d+(?:\.\d+)*)$`)
	dottedWord    = lazyregexp.New(`^([A-Za-z][A-Za-z_]*\.)(\d+(?:\.\d+)*)$`)
)

// suffix reads a token after the version. The order of the cases matters: a
// token such as 20240116 or b07 has several readings, and the first is the
// most specific.
func (p *parser) suffix(t, before token) {
	staged := p.staged
	p.staged = false
	switch {
	case staged && isDigits(t.text):
		p.stage.N, p.direct = number(t.text), true
	case p.readStage(t):
	case condaBuild.MatchString(t.text):
		p.variant.add(t.sep, condaBuild.FindStringSubmatch(t.text)[1], "@")
		// Bioconda's build number follows the hash: h8ee4bcc_1.
		p.direct, p.word = false, "build"
	case p.isHash(t) || describeHash.MatchString(t.text) || gluedHash.MatchString(t.text) || isDigits(t.text) && hashWords[strings.ToLower(before.text)]:
		p.hash(t)
	case t.date != "":
		p.date(t, t.date, t.spelling())
	case dottedDate.MatchString(t.text):
		p.date(t, strings.Join(dottedDate.FindStringSubmatch(t.text)[1:], ""), "D.")
	case p.readRevision(t):
	case p.isSecond(t):
		p.second(t)
	default:
		p.variantWord(t)
		p.direct = false
	}
}

// readStage reads the stage of a pre-release and reports whether t is one.
func (p *parser) readStage(t token) bool {
	if t.text == "" || !isLetter(t.text[0]) {
		return false
	}
	if m := stageToken.FindStringSubmatch(t.text); m != nil {
		p.setStage(m[1], m[2], m[3])
		return true
	}
	glued := numberedStage
	if t.sep == "" {
		glued = gluedStage
	}
	m := glued.FindStringSubmatch(t.text)
	if m == nil && t.sep == "" {
		m = numberedStage.FindStringSubmatch(t.text)
	}
	if m != nil {
		p.setStage(m[1], m[2], "")
	}
	return m != nil
}

// setStage records a pre-release. A stage within a stage orders like a build:
// the 1 of rc.2.1 is a build of rc.2; the dev101 of b3.dev101 is older than the
// builds of b3.
func (p *parser) setStage(word, first, more string) {
	class := stages[strings.ToLower(word)]
	if p.v.Pre {
		p.revision = append(p.revision, version.Part{Class: class - stable, N: number(first)})
		return
	}
	p.v.Pre, p.staged, p.direct = true, first == "", first != ""
	p.stage = version.Part{Class: class, N: number(first)}
	if more == "" {
		return
	}
	for w := range strings.SplitSeq(more[1:], ".") {
		p.revision = append(p.revision, version.Part{N: number(w)})
	}
}

// hash reads a commit hash. In 1.2.3.14.gabc1234, git describe with dots, the 14
// was read as a component of the release; it counts commits and so is a revision.
func (p *parser) hash(t token) {
	if n := len(p.v.Release); t.sep == "." && t.text[0] == 'g' && n > 3 {
		p.revision = append(p.revision, version.Part{N: p.v.Release[n-1]})
		p.v.Release, p.v.Revised = p.v.Release[:n-1], true
	}
	p.variant.add(t.sep, "@")
	p.direct, p.word = false, ""
}

// variantWord adds a word to the variant (or to the prefix) and separates the
// version of the base system from it.
func (p *parser) variantWord(t token) {
	part, low := p.part(), strings.ToLower(t.text)
	part.track.WriteString(t.sep + t.text)
	part.base.WriteString(t.sep)
	p.word = ""
	if c, ok := codenames[low]; ok {
		part.base.WriteString("<" + c.system + ">")
		p.bases++
		p.v.BaseOrder = append(p.v.BaseOrder, version.Part{Class: p.bases, N: c.release})
		return
	}
	m := wordNumber.FindStringSubmatch(t.text)
	if m == nil {
		m = dottedWord.FindStringSubmatch(t.text)
	}
	switch {
	case m != nil && !architectures[low]:
		part.base.WriteString(m[1])
		p.baseNumber(part, m[2])
	case isDigits(t.text) || dotted.MatchString(t.text):
		p.baseNumber(part, t.text)
	default:
		part.base.WriteString(t.text)
		p.word = low
	}
}

func (p *parser) baseNumber(part *text, digits string) {
	p.bases++
	for i, w := range strings.Split(digits, ".") {
		if i > 0 {
			part.base.WriteByte('.')
		}
		part.base.WriteByte('#')
		p.v.BaseOrder = append(p.v.BaseOrder, version.Part{Class: p.bases, N: number(w)})
	}
}

// number reads digits; one too large for 64 bits counts as the largest.
func number(digits string) uint64 {
	// For a number that is too large, ParseUint returns the largest and an error.
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

func (p *parser) finish() version.Version {
	v := p.v
	if !v.Pre {
		p.stage = version.Part{Class: stable}
	}
	// A pre-release is older than the release, whatever its build.
	v.Order = append([]version.Part{p.stage}, p.revision...)
	v.Prefix, v.Variant = p.prefix.track.String(), p.variant.track.String()
	v.Track = v.Prefix + p.shape.track.String() + v.Variant
	v.Family = v.Prefix + v.Variant
	if len(v.BaseOrder) > 0 {
		v.Base = p.prefix.base.String() + p.shape.base.String() + p.variant.base.String()
	}
	return v
}
