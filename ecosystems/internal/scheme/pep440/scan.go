package pep440

import (
	"slices"
	"strconv"
	"strings"
)

const (
	digits     = "0123456789"
	separators = "-_."
)

// A scanner reads one version, already in lower case, from left to right. It
// never has to go back: wherever the grammar of PEP 440 leaves a choice, the
// longest match is the only one that can succeed.
type scanner struct{ rest string }

func (s *scanner) public() (p public, ok bool) {
	first := s.digits()
	if first == "" {
		return p, false
	}
	if s.word("!") {
		n, err := strconv.ParseUint(first, 10, 64)
		if p.epoch, first = n, s.digits(); err != nil || first == "" {
			return p, false
		}
	}
	if !s.release(&p, first) {
		return p, false
	}
	p.pre = s.stage("preview", "rc", "alpha", "a", "beta", "b", "pre", "rc", "rc", "rc", "a", "a", "b", "b", "c", "rc")
	p.post = s.implicitPost()
	if p.post.word == "" {
		p.post = s.stage("post", "post", "rev", "post", "r", "post")
	}
	p.dev = s.stage("dev", "dev")
	return p, true
}

// release reads the rest of the release segment; first is its first component.
func (s *scanner) release(p *public, first string) bool {
	for c := first; ; {
		n, err := strconv.ParseUint(c, 10, 64)
		if err != nil {
			return false
		}
		if len(p.release) == 1 && len(c) > 1 && c[0] == '0' { // the month of 20.04
			p.padded = true
		}
		p.release = append(p.release, n)
		// The dot may also begin a stage: 1.0.post1.
		if len(s.rest) < 2 || s.rest[0] != '.' || !strings.Contains(digits, s.rest[1:2]) {
			return true
		}
		s.rest = s.rest[1:]
		c = s.digits()
	}
}

// stage reads [-_.]? word [-_.]? number?. words holds pairs of a spelling and
// its normal form, a longer spelling before its prefixes.
func (s *scanner) stage(words ...string) numbered {
	rest := s.rest
	s.separator()
	for pair := range slices.Chunk(words, 2) {
		if s.word(pair[0]) {
			s.separator()
			return numbered{pair[1], plain(s.digits())}
		}
	}
	s.rest = rest // the separator may belong to the next stage
	return numbered{}
}

// implicitPost reads the post release of "1.0-1".
func (s *scanner) implicitPost() numbered {
	rest := s.rest
	if s.word("-") {
		if n := s.digits(); n != "" {
			return numbered{"post", plain(n)}
		}
	}
	s.rest = rest
	return numbered{}
}

// local reads the local label in its normal form.
func (s *scanner) local() (parts []string, ok bool) {
	if !s.word("+") {
		return nil, true
	}
	for {
		n := 0
		for n < len(s.rest) && (s.rest[n] >= '0' && s.rest[n] <= '9' || s.rest[n] >= 'a' && s.rest[n] <= 'z') {
			n++
		}
		if n == 0 {
			return nil, false
		}
		p := s.rest[:n]
		if isNumber(p) {
			p = plain(p)
		}
		parts, s.rest = append(parts, p), s.rest[n:]
		if !s.separator() {
			return parts, true
		}
	}
}

func (s *scanner) word(w string) bool {
	rest, ok := strings.CutPrefix(s.rest, w)
	s.rest = rest
	return ok
}

func (s *scanner) separator() bool {
	if s.rest == "" || !strings.Contains(separators, s.rest[:1]) {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) digits() string {
	n := len(s.rest) - len(strings.TrimLeft(s.rest, digits))
	d := s.rest[:n]
	s.rest = s.rest[n:]
	return d
}

// plain removes leading zeros; an empty number counts as 0.
func plain(number string) string {
	if number = strings.TrimLeft(number, "0"); number == "" {
		return "0"
	}
	return number
}
