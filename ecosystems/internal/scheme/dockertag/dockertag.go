// Package dockertag takes the tags of container images apart.
//
// A tag has no grammar of its own (the OCI distribution specification only
// limits its letters), so this package knows the habits of publishers: prefix,
// numbers, stage, build revision, variant. A tag whose shape it does not
// recognise is a name, which never has a newer one. It orders nothing itself;
// package version does.
package dockertag

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/version"
)

// Parse takes a tag apart. It accepts every text: what is no version comes back
// as a name, with no Release.
//
// The Track holds the prefix, one "#" for each number of the release ("D" for a
// date), and the variant letter for letter; build revisions are "#" in it and
// commit hashes "@", because they belong to the version.
func Parse(tag string) version.Version {
	p := parser{v: version.Version{Text: tag}}
	rest, ok := p.stamp(tag)
	if !ok {
		rest, ok = p.version(tag)
	}
	if !ok {
		return version.Version{Text: tag, Track: tag, Family: tag}
	}
	for _, t := range rest {
		p.suffix(t)
	}
	return p.finish()
}

// version reads prefix and numbers and returns the tokens behind them.
func (p *parser) version(tag string) (rest []token, ok bool) {
	tokens := split(tag)
	i := versionToken(tokens)
	if i < 0 {
		return nil, false
	}
	for _, t := range tokens[:i] {
		p.prefix(t)
	}
	return tokens[i+1:], p.numbers(tokens[i])
}

var timeStamp = regexp.MustCompile(`^(?:(.*?)([-._]))?((?:19|20)\d\d)-(\d\d)-(\d\d)(T\d\d-\d\d-\d\dZ)?(?:$|([-._].*)$)`)

// stamp reads a date with dashes, with or without a time of day, behind a
// prefix: RELEASE.2024-01-16T16-07-38Z, 2026-07-28. It is one number.
func (p *parser) stamp(tag string) (rest []token, ok bool) {
	m := timeStamp.FindStringSubmatch(tag)
	if m == nil {
		return nil, false
	}
	if m[1] != "" {
		for _, t := range split(m[1]) {
			p.prefix(t)
		}
	}
	digits := strings.Trim(strings.ReplaceAll(m[6], "-", ""), "TZ")
	p.literal(m[2])
	p.v.Release = []uint64{number(m[3] + m[4] + m[5] + digits)}
	p.v.NamedDate = p.codename
	p.shape(0, m[0])
	if digits != "" {
		p.literal("T")
	}
	if m[7] == "" {
		return nil, true
	}
	return split(m[7])[1:], true
}

// A token is a stretch of a tag with the separator before it.
type token struct{ sep, text string }

// split cuts a tag at "-", "_" and "+", and at a "." before a letter.
func split(tag string) []token {
	var tokens []token
	sep, start := "", 0
	for i := range len(tag) {
		c := tag[i]
		if c != '-' && c != '_' && c != '+' && (c != '.' || i+1 >= len(tag) || !isLetter(tag[i+1])) {
			continue
		}
		tokens = append(tokens, token{sep, tag[start:i]})
		sep, start = tag[i:i+1], i+1
	}
	return append(tokens, token{sep, tag[start:]})
}

var (
	startsWithNumber = regexp.MustCompile(`^[vV]?\d`)
	gluedNumber      = regexp.MustCompile(`^([A-Za-z]+)\d+(\.\d+)*`)
	hexHash          = regexp.MustCompile(`^[0-9a-fA-F]{7,64}$`)
	describeHash     = regexp.MustCompile(`^g[0-9a-f]{4,40}$`)
)

// versionToken returns the index of the token that holds the version, -1 for none.
func versionToken(tokens []token) int {
	for i, t := range tokens {
		if startsWithNumber.MatchString(t.text) && !isHash(t.text) && !afterHashWord(tokens[:i]) {
			return i
		}
	}
	// A number glued to a word, as in php8.2-apache: only right at the beginning,
	// and never a base system's, as in alpine3.18.
	m := gluedNumber.FindStringSubmatch(tokens[0].text)
	if m == nil || isHash(tokens[0].text) || describeHash.MatchString(tokens[0].text) {
		return -1
	}
	word := strings.ToLower(m[1])
	if baseWords[word] || architectures[tokens[0].text] || m[2] == "" && !versionWords[word] {
		return -1
	}
	return 0
}

func afterHashWord(before []token) bool {
	if len(before) == 0 {
		return false
	}
	switch strings.ToLower(before[len(before)-1].text) {
	case "sha", "sha1", "sha256", "git", "commit", "rev":
		return true
	}
	return false
}

// isHash reports whether s looks like a commit hash: seven or more hexadecimal
// digits of which some are letters and some are not.
func isHash(s string) bool {
	return hexHash.MatchString(s) && strings.ContainsAny(s, "abcdefABCDEF") && strings.ContainsAny(s, "0123456789")
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// A parser collects what the tokens say.
type parser struct {
	v        version.Version
	track    strings.Builder // prefix, shape and variant
	family   strings.Builder // the same without the shape
	base     strings.Builder // the same with the numbers of base systems taken out
	word     string          // the variant word just read, if it had no number
	codename bool            // the prefix is a codename
	stage    version.Part
	staged   bool // a stage was read whose number may follow
	numbered bool // numbers or a revision stand directly before
	revision []version.Part
	bases    int // how many base systems were read
}

func (p *parser) prefix(t token) {
	text := t.text
	switch {
	case isHash(text) || describeHash.MatchString(text):
		p.literal(t.sep, "@")
	default:
		_, p.codename = codenames[strings.ToLower(text)]
		p.variantWord(t.sep, text)
	}
	p.word = ""
}

// literal adds text that must be the same in every version of the track.
func (p *parser) literal(parts ...string) {
	for _, s := range parts {
		p.track.WriteString(s)
		p.family.WriteString(s)
		p.base.WriteString(s)
	}
}

var leading = regexp.MustCompile(`^([A-Za-z]*)(\d+(?:\.\d+)*)`)

// numbers reads the token that holds the version.
func (p *parser) numbers(t token) bool {
	m := leading.FindStringSubmatch(t.text)
	p.literal(t.sep, m[1])
	words := strings.Split(m[2], ".")
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return false
		}
		p.v.Release = append(p.v.Release, n)
		p.shape(i, w)
	}
	p.v.Padded = len(words) > 1 && len(words[1]) > 1 && words[1][0] == '0'
	p.numbered = true
	p.v.NamedDate = p.codename && len(words) == 1 && len(words[0]) >= 6
	if rest := t.text[len(m[0]):]; rest != "" {
		p.suffix(token{"", rest})
	}
	return true
}

func (p *parser) shape(i int, number string) {
	if i > 0 {
		p.track.WriteByte('.')
		p.base.WriteByte('.')
	}
	mark := byte('#')
	if len(number) >= 6 {
		mark = 'D'
	}
	p.track.WriteByte(mark)
	p.base.WriteByte(mark)
}

var (
	stageToken    = regexp.MustCompile(`(?i)^(alpha|beta|milestone|preview|pre|rc|cr|ea|snapshot)[.]?(\d*)(?:\.(\d+))*$`)
	gluedStage    = regexp.MustCompile(`(?i)^(a|b|c|m|dev)(\d+)$`)
	numberedStage = regexp.MustCompile(`(?i)^(dev|nightly|canary|edge|next|test|unstable|m)[.]?(\d+)$`)
	revisionToken = regexp.MustCompile(`(?i)^(r|ls|b|build|p|pl|patch|u|kb|rev|bld)[.]?(\d+)(?:\.(\d+))*$`)
	dotted        = regexp.MustCompile(`^\d+(\.\d+)+$`)
	ubuntuNumber  = regexp.MustCompile(`^\d\d\.(04|10)$`)
	wordNumber    = regexp.MustCompile(`^([A-Za-z][A-Za-z_]*)(\d+(?:\.\d+)*)$`)
)

// suffix reads a token behind the version.
func (p *parser) suffix(t token) {
	text, low := t.text, strings.ToLower(t.text)
	switch {
	case p.staged && isDigits(text):
		p.stage.N = number(text)
		p.staged = false
	case stageToken.MatchString(text):
		m := stageToken.FindStringSubmatch(text)
		p.setStage(m[1], m[2], strings.TrimLeft(low, "abcdefghijklmnopqrstuvwxyz."))
	case t.sep == "" && gluedStage.MatchString(text):
		m := gluedStage.FindStringSubmatch(text)
		p.setStage(m[1], m[2], m[2])
	case numberedStage.MatchString(text):
		m := numberedStage.FindStringSubmatch(text)
		p.setStage(m[1], m[2], m[2])
	case isHash(text) || describeHash.MatchString(text):
		p.hash(t)
	case p.isRevision(text):
		p.addRevision(t)
	default:
		p.variantWord(t.sep, text)
		p.numbered = false
	}
}

// hash reads a commit hash. One that git describe wrote behind dots turned the
// number before it, the count of commits, into a component: it is a revision.
func (p *parser) hash(t token) {
	if n := len(p.v.Release); t.sep == "." && t.text[0] == 'g' && n > 3 {
		p.revision = append(p.revision, version.Part{N: p.v.Release[n-1]})
		p.v.Release, p.v.Revised = p.v.Release[:n-1], true
	}
	p.literal(t.sep, "@")
	p.numbered = false
}

// isRevision reports whether text counts builds of the version: numbers right
// behind it or behind a variant that no base system's number follows, and
// letters that publishers use for it (r12, ls212, KB4487017).
func (p *parser) isRevision(text string) bool {
	switch {
	case revisionToken.MatchString(text):
		return true
	case isDigits(text):
		return !baseWords[strings.ToLower(p.word)] || len(text) >= 6
	}
	return dotted.MatchString(text) && p.numbered && !ubuntuNumber.MatchString(text)
}

func (p *parser) addRevision(t token) {
	letters := strings.TrimRight(t.text, "0123456789.")
	p.literal(t.sep, letters, "#")
	for word := range strings.SplitSeq(strings.Trim(t.text[len(letters):], "."), ".") {
		p.revision = append(p.revision, version.Part{N: number(word)})
	}
	p.v.Revised, p.numbered, p.word = true, true, ""
}

// number reads digits; one too large for 64 bits counts as the largest.
func number(digits string) uint64 {
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}

// setStage notes a pre-release. A later stage number orders behind an earlier one.
func (p *parser) setStage(word, first, all string) {
	p.v.Pre = true
	p.staged = first == ""
	p.stage = version.Part{Class: stages[strings.ToLower(word)], N: number(first)}
	for i, w := range strings.Split(strings.Trim(all, "."), ".") {
		if i > 0 {
			p.revision = append(p.revision, version.Part{N: number(w)})
		}
	}
}

// variantWord adds a word of the variant (or of the prefix) and keeps the
// version of the base system in it apart.
func (p *parser) variantWord(sep, text string) {
	p.track.WriteString(sep + text)
	p.family.WriteString(sep + text)
	p.base.WriteString(sep)
	low := strings.ToLower(text)
	p.word = ""
	if c, ok := codenames[low]; ok {
		p.base.WriteString("<" + c.system + ">")
		p.bases++
		p.v.BaseOrder = append(p.v.BaseOrder, version.Part{Class: p.bases, N: c.release})
		return
	}
	if m := wordNumber.FindStringSubmatch(text); m != nil && !architectures[low] {
		p.base.WriteString(m[1])
		p.baseNumber(m[2])
		return
	}
	if isDigits(text) || dotted.MatchString(text) {
		p.baseNumber(text)
		return
	}
	p.base.WriteString(text)
	p.word = text
}

func (p *parser) baseNumber(text string) {
	p.bases++
	for i, w := range strings.Split(text, ".") {
		if i > 0 {
			p.base.WriteByte('.')
		}
		p.base.WriteByte('#')
		p.v.BaseOrder = append(p.v.BaseOrder, version.Part{Class: p.bases, N: number(w)})
	}
}

func (p *parser) finish() version.Version {
	v := p.v
	if !v.Pre {
		p.stage = version.Part{Class: stable}
	}
	v.Order = append([]version.Part{p.stage}, p.revision...)
	v.Track, v.Family = p.track.String(), p.family.String()
	if len(v.BaseOrder) > 0 {
		v.Base = p.base.String()
	}
	return v
}
