package dockertag

import (
	"slices"
	"strings"
)

// habits are the conventions of a repository that only its whole list of tags shows.
type habits struct {
	// seconds has the separators before the version of a second program: "-" for
	// a plain number (3.1.0-18 of Node-RED), "-." for one with dots (15-3.3).
	seconds map[string]bool
	builds  map[string]bool // prefix and separator before a build number, as in 8.7-1049
	hashes  map[int]bool    // lengths of commit hashes
	years   map[int]bool    // numbers of components for which a first one above 1990 is a plain number, not a year
	strays  strays
	i386    bool // 386 is an architecture here: 0.156.0-386 stands beside 0.156.0-amd64
}

// shareOfSeconds limits what counts as a second version: at least one in so
// many of the second numbers must follow several different first ones. In a
// long series of builds a few do so by chance.
const shareOfSeconds = 10

func habitsOf(tags []string) habits {
	c := census{
		longest: map[string]map[string]string{}, shortest: map[string]map[string]string{}, recurs: map[string]map[string]bool{},
		underscored: map[string][]string{}, letters: map[int]int{}, digits: map[int]int{}, builds: map[string]string{}, years: map[int]bool{},
		strays: strays{padded: map[int]bool{}, plain: map[int]bool{}},
	}
	for _, tag := range tags {
		c.tag(scan(tag))
	}
	h := c.habits()
	h.i386 = names386(tags)
	return h
}

// names386 reports whether one version has tags for both 386 and amd64.
func names386(tags []string) bool {
	var of386 map[string]bool
	for _, tag := range tags {
		if base, ok := strings.CutSuffix(tag, "386"); ok && base != "" && !isDigit(base[len(base)-1]) {
			if of386 == nil {
				of386 = map[string]bool{}
			}
			of386[base] = true
		}
	}
	return of386 != nil && slices.ContainsFunc(tags, func(tag string) bool {
		base, ok := strings.CutSuffix(tag, "amd64")
		return ok && of386[base]
	})
}

// A census counts what the tags of a repository have in common. Its result does
// not depend on their order.
type census struct {
	longest  map[string]map[string]string // separator, second number: the longest first number seen before it
	shortest map[string]map[string]string // separator, second number: the shortest of all first numbers
	recurs   map[string]map[string]bool   // separator, second number: it follows unrelated first numbers
	builds   map[string]string            // prefix and separator of possible build numbers: the separator
	letters  map[int]int                  // length: tokens that look like hashes
	digits   map[int]int                  // length: tokens of digits alone that may be hashes
	years    map[int]bool                 // number of components: a first number has four digits and is no year
	strays   strays

	underscored map[string][]string // first number: the numbers that follow it after "_"
}

func (c *census) tag(tokens []token) {
	for _, t := range tokens {
		switch {
		case looksLikeHash(t.text):
			c.letters[len(t.text)]++
		case len(t.text) >= 7 && t.date == "" && isDigits(t.text):
			c.digits[len(t.text)]++
		}
	}
	// The conventions are what this looks for, so they do not help to find the version.
	var r Reader
	i := r.versionToken(tokens)
	if i < 0 || tokens[i].date != "" {
		return
	}
	if m := leading.FindStringSubmatch(tokens[i].text); m != nil {
		c.year(strings.Split(m[2], "."))
	}
	if !plainNumber.MatchString(tokens[i].text) {
		return
	}
	first := strings.TrimLeft(tokens[i].text, "vV")
	c.strays.see(strings.Split(first, "."))
	if i+1 < len(tokens) && !describes(tokens[i+1:]) {
		c.pair(prefixOf(tokens, i), first, tokens[i+1])
	}
}

// year records a first number of four digits that is no year, such as r1989: a
// counter that passes through the years.
func (c *census) year(words []string) {
	if n := words[0]; len(n) == 4 && n >= "1000" && !isYear(n) {
		c.years[len(words)] = true
	}
}

// describes reports whether tokens begin with the count and the hash of git describe.
func describes(tokens []token) bool {
	return len(tokens) > 1 && isDigits(tokens[0].text) && (describeHash.MatchString(tokens[1].text) || looksLikeHash(tokens[1].text))
}

func isYear(n string) bool { return len(n) == 4 && "1990" <= n && n <= "2099" }

// prefixOf returns the text before the numbers of the version.
func prefixOf(tokens []token, i int) string {
	prefix := join(token{}, tokens[:i]).text
	return prefix + leading.FindStringSubmatch(tokens[i].text)[1]
}

// pair records the first two numbers of a tag.
func (c *census) pair(prefix, first string, t token) {
	second, plain := t.text, isDigits(t.text)
	switch {
	case t.date != "" || !plain && !dotted.MatchString(second) || ubuntuNumber.MatchString(second) || dottedDate.MatchString(second):
		return
	case stampedBuild.MatchString(second):
		c.builds[prefix+" "+t.sep] = ""
		return
	case plain && !strings.Contains(first, "."):
		// 15-3 may be 15.3 with another separator, so it proves no second version.
		c.alias(t.sep, first, second)
		return
	case plain:
		if _, stamped := c.builds[prefix+" "+t.sep]; !stamped {
			c.builds[prefix+" "+t.sep] = t.sep
		}
	}
	key := t.sep
	if !plain {
		key += "."
	}
	if key == "_" {
		c.underscored[first] = append(c.underscored[first], second)
	}
	c.alias(key, first, second)
	c.see(key, first, second)
}

// alias keeps, for each second number, the shortest first number before it.
func (c *census) alias(key, first, second string) {
	if c.shortest[key] == nil {
		c.shortest[key] = map[string]string{}
	}
	known, ok := c.shortest[key][second]
	if !ok || len(first) < len(known) || len(first) == len(known) && first < known {
		c.shortest[key][second] = first
	}
}

// see records that a second number follows a first one. It keeps the longest of
// the first numbers. If one of the others is no prefix of it (as 1.1 is of
// 1.1.5), the second number recurs.
func (c *census) see(key, first, second string) {
	if c.longest[key] == nil {
		c.longest[key], c.recurs[key] = map[string]string{}, map[string]bool{}
	}
	longest, known := c.longest[key][second]
	switch {
	case !known || strings.HasPrefix(first+".", longest+"."):
		c.longest[key][second] = first
	case !strings.HasPrefix(longest+".", first+"."):
		c.recurs[key][second] = true
	}
}

func (c *census) habits() habits {
	h := habits{seconds: map[string]bool{}, builds: map[string]bool{}, hashes: map[int]bool{}, years: c.years, strays: c.strays}
	for key := range c.longest {
		h.seconds[key] = c.isSecond(key)
	}
	for key, sep := range c.builds {
		if !h.seconds[sep] && len(c.builds) <= mostPrefixes {
			h.builds[key] = true
		}
	}
	for n, count := range c.letters {
		// Of random hashes with seven characters, one in 27 has digits alone. A length at
		// which more tokens have is one of counters or dates.
		h.hashes[n] = n >= 7 && count >= 2 && count >= 2*c.digits[n]
	}
	return h
}

// mostPrefixes is the largest number of prefixes with build numbers that still
// counts as a convention.
const mostPrefixes = 1000

// isSecond reports whether the numbers after a separator are versions of
// another program in the image.
func (c *census) isSecond(key string) bool {
	// Java writes 17.0.9_9 and 17.0.9+9: its build numbers recur after other
	// versions, so recurring alone proves nothing.
	if key == "_" || key == "+" {
		return c.sharesTwo()
	}
	if len(c.longest[key]) > 1 && onlySystems(c.longest[key]) || c.aliased(key) {
		return true
	}
	recurring := c.recurs[key]
	// Build numbers start again from 0 or 1 with each release, so they recur too.
	return len(recurring) > 0 && len(recurring)*shareOfSeconds >= len(c.longest[key]) && !startsOver(recurring)
}

func onlySystems(seconds map[string]string) bool {
	for n := range seconds {
		if !systemNumbers[n] {
			return false
		}
	}
	return true
}

// aliased reports whether one release has several second numbers under two
// names, as in 4.0.13-24, 4.0.13-26, 4-24 and 4-26. Publishers do not give every
// build of a release a short tag, so these are no builds.
func (c *census) aliased(key string) bool {
	releases := map[string]map[string]bool{}
	for second, longest := range c.longest[key] {
		// 4 is an alias of 4.0.13 where the same second number follows both.
		if short := c.shortest[key][second]; short != longest && strings.HasPrefix(longest, short+".") {
			if releases[longest] == nil {
				releases[longest] = map[string]bool{}
			}
			releases[longest][second] = true
		}
	}
	for _, seconds := range releases {
		if len(seconds) > 1 && !startsOver(seconds) {
			return true
		}
	}
	return false
}

// sharesTwo reports whether the same two numbers follow several first ones
// after "_", as in 1.0_11, 1.0_17, 1.1_11 and 1.1_17.
func (c *census) sharesTwo() bool {
	seen := map[string]bool{}
	for _, seconds := range c.underscored {
		sorted := slices.Compact(slices.Sorted(slices.Values(seconds)))
		// Builds are counted from 1, so lists with it say nothing.
		if len(sorted) < 2 || slices.Contains(sorted, "1") {
			continue
		}
		pair := strings.Join(sorted[:2], " ")
		if seen[pair] {
			return true
		}
		seen[pair] = true
	}
	return false
}

// startsOver reports whether one of the numbers is the first of a count: 1, 0.1, 1.1.
func startsOver(numbers map[string]bool) bool {
	for n := range numbers {
		words := strings.Split(n, ".")
		if !slices.ContainsFunc(words, func(w string) bool { return w != "0" && w != "1" }) {
			return true
		}
	}
	return false
}

// buildsBehind reports whether the token after the one at i is in a position
// where this repository writes build numbers.
func (r *Reader) buildsBehind(tokens []token, i int) bool {
	return r.builds[prefixOf(tokens, i)+" "+tokens[i+1].sep]
}

// isCalendar reports whether the numbers are a calendar version, such as 2021.12.16.
func (p *parser) isCalendar(words []string) bool {
	return isYear(words[0]) && !p.years[len(words)] || p.strays.has(words)
}
