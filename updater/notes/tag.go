package notes

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A tag is a parsed tag: the name of a family, such as a module of the repository, and
// a version in the ecosystem's notation.
type tag struct {
	family  string // in lower case, "" for the repository itself
	version string // "" if the tag has none
}

// A window is a range of versions.
type window struct {
	from, to string
	compare  Compare
}

// holds reports whether a version is after from and not after to.
func (w window) holds(v string, pre bool) bool {
	if v == "" {
		return false
	}
	n, ok := w.compare(v, w.to)
	if !ok {
		return false
	}
	// The target belongs to the window even if it is a pre-release.
	if n == 0 {
		return true
	}
	since, ok := w.compare(v, w.from)
	return ok && n < 0 && since > 0 && (!pre && !isPre(v) || isPre(w.to))
}

// is reports whether two versions are equal.
func (w window) is(v, other string) bool {
	n, ok := w.compare(v, other)
	return v != "" && ok && n == 0
}

// read parses the tags of releases.
func (w window) read(found []release) []tag {
	tags := make([]tag, len(found))
	for i, r := range found {
		tags[i] = w.split(r.Tag)
	}
	return tags
}

// lead matches the prefix of versions in an ecosystem: "v" for Go, "go" for its toolchain.
var lead = lazyregexp.New(`^[A-Za-z]{0,3}`)

// split parses a tag in the usual notations: "v1.2.3", "release-1.2.3",
// "name/v1.2.3", "REL_1_2_3". It uses the first possible position at which a version
// can be parsed.
func (w window) split(name string) tag {
	if name == w.to || name == w.from {
		return tag{version: name}
	}
	lead := lead.FindString(w.to)
	for _, at := range starts(name, lead) {
		for _, number := range spellings(name[at:]) {
			if _, ok := w.compare(lead+number, w.to); ok {
				return tag{family: family(name[:at], lead), version: lead + number}
			}
		}
	}
	return tag{family: family(name, lead)}
}

// maxStarts is the most positions in one tag that are tried.
const maxStarts = 8

// starts returns the positions at which a version may begin: at a digit at the start of
// the tag, after a separator or an accepted word, or else after letters.
func starts(name, lead string) []int {
	var clear, glued []int
	for i := range len(name) {
		before := strings.TrimSuffix(name[:i], ".")
		// Only the first digit of a number, and not the numbers behind its dots.
		if !digit(name[i]) || before != "" && digit(before[len(before)-1]) {
			continue
		}
		if word := trailingWord(before); word == "" || generic(word, lead) {
			clear = append(clear, i)
		} else {
			glued = append(glued, i)
		}
	}
	// A number behind a letter is more often a part of a name, as in "log4j-2.1".
	all := append(clear, glued...)
	return all[:min(len(all), maxStarts)]
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// trailingWord returns the letters at the end of a text, in lower case.
func trailingWord(s string) string {
	i := len(s)
	for i > 0 && (s[i-1]|0x20 >= 'a' && s[i-1]|0x20 <= 'z' || s[i-1] >= 0x80) {
		i--
	}
	return strings.ToLower(s[i:])
}

// spellings returns the number of a tag as written, and with its separators replaced by
// dots.
func spellings(s string) []string {
	list := []string{s}
	if !strings.Contains(s, ".") {
		for _, sep := range []string{"_", "-"} {
			if strings.Contains(s, sep) {
				list = append(list, strings.ReplaceAll(s, sep, "."))
			}
		}
	}
	return list
}

// generic reports whether a word before a number only marks it as a version. lead is
// the prefix of versions in the ecosystem.
func generic(word, lead string) bool {
	switch word {
	case "v", "ver", "version", "r", "rel", "release", "releases", "stable", "tag", "tags":
		return true
	}
	return word != "" && word == strings.ToLower(lead)
}

const separators = "-_/@=.:+~ "

// family returns the name before a version, without generic words.
func family(prefix, lead string) string {
	prefix = strings.ToLower(prefix)
	for {
		prefix = strings.Trim(prefix, separators)
		word := trailingWord(prefix)
		if !generic(word, lead) {
			return normal(prefix)
		}
		prefix = strings.TrimSuffix(prefix, word)
	}
}

// choose returns the family of tags of a package: the one for its address or name, else
// that of the repository, else the only one. It returns false rather than risk the
// family of another package.
func choose(tags []tag, w window, p location, name string) (string, bool) {
	// The address names a release of the package itself.
	if p.in.Tag != "" {
		return w.split(p.in.Tag).family, true
	}
	var all, reached []string
	for _, t := range tags {
		if t.version == "" {
			continue
		}
		all = append(all, t.family)
		if w.is(t.version, w.to) {
			reached = append(reached, t.family)
		}
	}
	lists := [][]string{unique(reached), unique(all)}
	for _, list := range lists {
		if f, ok := own(list, p, name); ok {
			return f, true
		}
	}
	for _, list := range lists {
		if len(list) == 1 {
			return list[0], true
		}
	}
	return "", false
}

// own finds the family for the name of a package, or for its repository.
func own(families []string, p location, name string) (string, bool) {
	for _, called := range []func(f string) bool{
		func(f string) bool { return named(f, name) || named(f, p.in.Folder) },
		func(f string) bool { return f == "" },
		func(f string) bool { return named(f, path.Base(p.Path())) },
	} {
		if i := slices.IndexFunc(families, called); i >= 0 {
			return families[i], true
		}
	}
	return "", false
}

func unique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// runs matches runs of separators that are equal in names.
var runs = lazyregexp.New(`[-_.]+`)

// normal normalises a name.
func normal(name string) string { return runs.ReplaceAllString(strings.ToLower(name), "-") }

// named reports whether a family equals the name of a package or a folder, or the end
// of that name.
func named(f, name string) bool {
	name = normal(strings.Trim(name, "/"))
	return f != "" && name != "" && (f == name || strings.HasSuffix(name, "/"+f) || strings.HasSuffix(f, "/"+name))
}

// stage matches the word for a pre-release after a number.
var stage = lazyregexp.New(`(?i)[0-9.+_-](?:a|b|c|rc|cr|alpha|beta|dev|pre|preview|snapshot|nightly|canary|m|milestone|next|ea)[._-]?[0-9]*(?:$|[._+-])`)

// isPre reports whether a version is a pre-release by its text.
func isPre(v string) bool { return !module.IsPseudoVersion(v) && stage.MatchString(v) }

// complete reports whether a page goes back so far that later pages cannot have releases
// of the window. Pages are in chronological order, and so are the releases of one line.
func (w window) complete(page []release) bool {
	if line, other := lineOf(w.from), lineOf(w.to); line == "" || line != other {
		return false
	}
	return slices.ContainsFunc(page, func(r release) bool { return w.is(w.split(r.Tag).version, w.from) })
}

var firstTwo = lazyregexp.New(`[0-9]+\.[0-9]+`)

// lineOf returns the first two numbers of a version.
func lineOf(v string) string { return firstTwo.FindString(v) }
