package dockertag

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// The words of counters: a number after one is a build revision. The list is
// short on purpose: a number after any other word belongs to the variant, and
// mistaking it for a count would move an image to different software.
var (
	// Anywhere after the version: r12, ls212, build3, KB4487017, k3s1.
	counter = lazyregexp.New(`^(r|ls|(?i:build|bld|rev|hotfix|patch)|k3s|rke2r|(?:eksbuild|gke|vmware)\.|(?i:build|rev|hotfix|patch)\.)(\d+)$|^((?i)kb)(\d{6,8})$`)
	// Directly after the version only: 8u342, b07, p1, CU11.
	closeCounter = lazyregexp.New(`^((?i)b|p|pl|sp)(\d+)$|^(CU)(\d{1,2})$`)
	update       = lazyregexp.New(`^((?i)u)(\d+)$`)
	postRelease  = lazyregexp.New(`^post\.?(\d+)$`) // PEP 440
	vCounter     = lazyregexp.New(`^(v)(\d{1,3})$`)
	stampedBuild = lazyregexp.New(`^(\d+)\.(\d{9,})$`) // 923.1669829893
)

// counterWords may be separated from their number: build-3, master-777.
var counterWords = map[string]bool{
	"build": true, "rev": true, "revision": true, "patch": true, "hotfix": true, "iteration": true,
	"master": true, "main": true, "trunk": true, "develop": true,
}

// stageWords make a version a pre-release if a separator and a number follow: dev-12.
var stageWords = map[string]bool{"dev": true, "nightly": true, "canary": true, "unstable": true}

// readRevision reads a build revision and reports whether t is one.
func (p *parser) readRevision(t token) bool {
	// Unlike other counters, a post release leaves the track alone, as a stage does:
	// 1.2.post1 replaces 1.2.
	if m := postRelease.FindStringSubmatch(t.text); m != nil && p.direct {
		p.count(m[1])
		p.revised()
		return true
	}
	if word, digits, ok := p.counted(t); ok {
		p.variant.add(t.sep, word, "#")
		p.count(digits)
		p.revised()
		return true
	}
	switch {
	case isDigits(t.text) && stageWords[p.word]:
		p.v.Pre, p.stage = true, version.Part{Class: stages[p.word], N: number(t.text)}
		p.variant.add(t.sep, "#")
	case isDigits(t.text) && counterWords[p.word]:
		p.variant.add(t.sep, "#")
		p.count(t.text)
	case p.direct && stampedBuild.MatchString(t.text) && !ubuntuNumber.MatchString(t.text):
		p.variant.add(t.sep, "#")
		p.count(strings.Split(t.text, ".")...)
	default:
		return false
	}
	p.revised()
	return true
}

// counted splits a token into the word of a counter and its number. Short words
// such as "u" and "v" are counters only directly after a version.
func (p *parser) counted(t token) (word, digits string, ok bool) {
	known := []*lazyregexp.Regexp{counter}
	if p.direct {
		known = append(known, closeCounter)
	}
	if p.direct && t.sep == "" {
		known = append(known, update)
	}
	if p.direct && len(p.v.Release) >= 3 && len(p.revision) == 0 {
		known = append(known, vCounter)
	}
	for _, k := range known {
		if m := k.FindStringSubmatch(t.text); m != nil {
			groups := strings.Join(m[1:], "")
			digits = groups[strings.LastIndexFunc(groups, func(r rune) bool { return r < '0' || r > '9' })+1:]
			return groups[:len(groups)-len(digits)], digits, true
		}
	}
	return "", "", false
}

// count adds numbers that order the builds of one release.
func (p *parser) count(digits ...string) {
	for _, d := range digits {
		p.revision = append(p.revision, version.Part{N: number(d)})
	}
}

func (p *parser) revised() { p.v.Revised, p.direct, p.word = true, true, "" }

// date reads a date after the version: the day of a build.
func (p *parser) date(t token, digits, spelling string) {
	if stageWords[p.word] {
		p.v.Pre, p.stage = true, version.Part{Class: stages[p.word]}
	}
	p.variant.add(t.sep, spelling)
	p.count(digits)
	if t.respin != "" {
		p.count(t.respin)
	}
	p.revised()
}

// isSecond reports whether a token is a number directly after the version.
func (p *parser) isSecond(t token) bool {
	return p.direct && (isDigits(t.text) || dotted.MatchString(t.text))
}

// second reads a number directly after the version: a build number, or the
// version of another program in the image, which belongs to the variant.
func (p *parser) second(t token) {
	switch plain := isDigits(t.text); {
	case plain && (t.sep == "_" || t.sep == "+") && !p.seconds[t.sep] && len(p.revision) == 0 && !p.v.Pre:
		p.java(t)
	// A count of commits is no version, even where the repository has second versions.
	case plain && !p.described && (p.seconds[t.sep] || p.i386 && t.text == "386"), !plain && p.isVersion(t):
		p.variantWord(t)
		p.direct = false
		return
	default:
		words := strings.Split(t.text, ".")
		p.variant.add(t.sep, "#", strings.Repeat(".#", len(words)-1))
		p.count(words...)
	}
	p.revised()
}

// isVersion reports whether a number with dots directly after the version is
// the version of another program. In doubt it is, because a wrong "build" would
// let an update change that program.
func (p *parser) isVersion(t token) bool {
	words := strings.Split(t.text, ".")
	return p.v.Pre || p.worded || len(p.v.Release) == 1 && len(p.revision) == 0 || p.seconds[t.sep+"."] ||
		ubuntuNumber.MatchString(t.text) || windowsBuild(words)
}

// java reads a build of Java (17.0.9_9). Java's tags drop trailing zeros: 21 is
// 21.0.0, and 17.0.4.1 follows 17.0.4. So all of them share one track.
func (p *parser) java(t token) {
	marks := p.shape.track.String()
	if strings.Trim(marks, "#.") == "" {
		p.shape = text{}
		p.shape.add("#")
	}
	p.variant.add(t.sep, "#")
	p.count(t.text)
}
