package dockertag

import (
	"slices"
	"strconv"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

var leading = lazyregexp.New(`^([A-Za-z]*)(\d+(?:\.\d+)*)`)

// release reads the numbers of the version, which begin with the token at i,
// and returns the index of the token after them; ok is false if a number
// exceeds 64 bits.
func (p *parser) release(tokens []token, i int) (next int, ok bool) {
	t := tokens[i]
	p.inside = true
	if t.date != "" {
		p.dateRelease(t)
		return i + 1, true
	}
	if n := p.run(tokens, i); n > 1 {
		return i + n, p.joined(tokens[i : i+n])
	}
	return i + 1, p.numbers(t)
}

// dateRelease reads a date as the release. The number after it counts the builds of that day.
func (p *parser) dateRelease(t token) {
	p.prefix.add(t.sep)
	p.shape.add(t.spelling())
	p.v.Release, p.v.NamedDate = append(p.v.Release, number(t.date)), p.named
	if t.respin != "" {
		p.count(t.respin)
	}
	p.direct, p.word = true, ""
}

// numbers reads numbers with dots between them.
func (p *parser) numbers(t token) bool {
	m := leading.FindStringSubmatch(t.text)
	p.prefix.add(t.sep, m[1])
	words := strings.Split(m[2], ".")
	if !p.components(words, ".") {
		return false
	}
	p.direct, p.word = true, ""
	// A stage or a word may follow without a separator: 1.2.3rc1.
	if rest := t.text[len(m[0]):]; rest != "" {
		p.suffix(token{text: rest}, t)
	}
	return true
}

// joined reads numbers with dashes or underscores between them.
func (p *parser) joined(tokens []token) bool {
	m := leading.FindStringSubmatch(tokens[0].text)
	p.prefix.add(tokens[0].sep, m[1])
	words := []string{m[2]}
	for _, t := range tokens[1:] {
		words = append(words, t.text)
	}
	p.direct, p.word = true, ""
	return p.components(words, tokens[1].sep)
}

func (p *parser) components(words []string, sep string) bool {
	marks := p.marks(words)
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 64)
		if err != nil {
			return false
		}
		p.v.Release = append(p.v.Release, n)
		if i > 0 {
			p.shape.add(sep)
		}
		p.shape.track.WriteString(marks[i])
		p.shape.base.WriteString(strings.Trim(marks[i], "0123456789"))
	}
	if windowsBuild(words) {
		p.shape.base.WriteString("<windows>")
		p.baseNumber(&p.shape, words[2])
	}
	p.v.Padded = len(words) > 1 && len(words[1]) > 1 && words[1][0] == '0'
	p.v.NamedDate = p.named && len(words) == 1 && len(words[0]) >= 6
	return true
}

// marks returns what represents each number in the track: "#", "D" for a date,
// "Y" for a year, or the number itself where it names a platform.
func (p *parser) marks(words []string) []string {
	marks := make([]string, len(words))
	for i, w := range words {
		marks[i] = "#"
		// Six digits are a month (202401) or a day without the century.
		if i == 0 && len(w) >= 6 || plausibleDate(w) {
			marks[i] = "D"
		}
	}
	switch {
	case windowsBuild(words):
		copy(marks, words[:3])
	case p.isCalendar(words):
		marks[0] = "Y"
	}
	return marks
}

// windowsBuild reports whether the numbers are a version of Windows
// (10.0.17763.1757). Its third number decides on which hosts an image starts.
func windowsBuild(words []string) bool {
	if len(words) < 3 || len(words) > 4 || words[0] != "10" || words[1] != "0" || len(words[2]) != 5 {
		return false
	}
	return windowsBuilds[words[2]] || len(words) == 4 && "14393" <= words[2] && words[2] < "30000"
}

var shortNumber = lazyregexp.New(`^([A-Za-z]*)\d{1,5}$`)

// run returns how many tokens from i on form one version: more than one where
// "_" or "-" replace dots between numbers (1_2_3).
func (r *Reader) run(tokens []token, i int) int {
	if !shortNumber.MatchString(tokens[i].text) {
		return 1
	}
	n := 1
	for n < len(tokens)-i && isCount(tokens[i+n]) && tokens[i+n].sep == tokens[i+1].sep {
		n++
	}
	switch behind := tokens[i+n:]; {
	case n > 1 && len(behind) > 0 && describeHash.MatchString(behind[0].text):
		return n - 1 // the last number is the commit count of git describe
	case n == 2 && r.buildsBehind(tokens, i):
		return 1
	// In 21_35-jdk, the second number is a build of Java 21.
	case n == 2 && len(behind) > 0 && tokens[i+1].sep == "_" && namesJava(tokens):
		return 1
	}
	return n
}

func isCount(t token) bool { return t.date == "" && isDigits(t.text) && len(t.text) < 6 }

func namesJava(tokens []token) bool {
	return slices.ContainsFunc(tokens, func(t token) bool {
		word := strings.ToLower(t.text)
		return word == "jre" || word == "jdk"
	})
}
