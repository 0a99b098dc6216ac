package endoflife

import (
	"slices"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// Image returns the lines of an image: that of its product, and those of the
// languages and the system that its tag names. It knows only well-known
// repositories, because only their tags have a known meaning. A tag that names
// no line, such as "latest" or "3", has none.
func (t *Table) Image(repository, tag string) []Entry {
	i, ok := known(repository)
	if !ok {
		return nil
	}
	tag, _, _ = strings.Cut(strings.ToLower(tag), "@")
	words := strings.FieldsFunc(tag, func(r rune) bool { return r == '-' })
	var list findings
	if len(words) > 0 && i.product != "" {
		list.add(t.first(i.product, words[0]))
	}
	t.inside(words, &list)
	t.bases(append(i.words, words...), &list)
	return list
}

// findings are entries, one for each product.
type findings []Entry

func (f *findings) add(e Entry, ok bool) {
	if ok && !slices.ContainsFunc(*f, func(o Entry) bool { return o.Product == e.Product }) {
		*f = append(*f, e)
	}
}

// number is a version at the beginning of a tag, with a possible suffix:
// "3.13.0rc1", "17.0.9_9", "8u392".
var number = lazyregexp.New(`^v?([0-9]{1,4}(?:\.[0-9]{1,6})*)(?:u[0-9]{1,4})?(?:[_+][0-9]{1,3})?(?:\.?(?:a|b|rc|alpha|beta|m)\.?[0-9]{1,2})?$`)

func versionOf(word string) string {
	if m := number.FindStringSubmatch(word); m != nil {
		return m[1]
	}
	return ""
}

// first reads the first word of a product's tag: a version, the codename of a
// line, or the product with a version, such as "centos7".
func (t *Table) first(product, word string) (Entry, bool) {
	if product == "centos" {
		if v, ok := strings.CutPrefix(word, "stream"); ok {
			return t.of("centos-stream", v)
		}
	}
	if e, ok := t.called(product, word); ok {
		return e, true
	}
	return t.of(product, versionOf(strings.TrimPrefix(word, product)))
}

// glued is a name and a version in one word: "alpine3.18", "php8.2", "jdk17".
var glued = lazyregexp.New(`^([a-z]+)([0-9][0-9.]*)$`)

// languages are the products for words in the tags of other software:
// "6.4-php8.2-apache".
var languages = map[string]string{"php": "php", "python": "python", "node": "nodejs", "ruby": "ruby"}

// inside adds the languages that a tag names after its own version.
func (t *Table) inside(words []string, list *findings) {
	temurin := slices.Index(words, "temurin")
	for i, word := range words {
		m := glued.FindStringSubmatch(word)
		switch {
		case m == nil && temurin >= 0 && i == temurin+1:
			list.add(t.of("temurin", versionOf(word)))
		case m == nil:
		case temurin >= 0 && (m[1] == "jdk" || m[1] == "jre"):
			list.add(t.of("temurin", m[2]))
		default:
			list.add(t.of(languages[m[1]], m[2]))
		}
	}
}

// systems are the products for the words that tags have for base systems.
var systems = map[string]string{
	"alpine": "alpine", "debian": "debian", "ubuntu": "ubuntu", "centos": "centos", "fedora": "fedora",
	"rockylinux": "rocky", "rocky": "rocky", "almalinux": "almalinux",
}

// bases adds the systems that words name: "alpine3.12", "bookworm", "debian-11".
func (t *Table) bases(words []string, list *findings) {
	for i, word := range words {
		list.add(t.called("debian", word))
		list.add(t.called("ubuntu", word))
		if m := glued.FindStringSubmatch(word); m != nil {
			list.add(t.of(systems[m[1]], m[2]))
		} else if i+1 < len(words) {
			list.add(t.of(systems[word], words[i+1]))
		}
	}
}
