package requirements

import (
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
	"github.com/freshpin/freshpin/ecosystems/requirements/lines"
	"github.com/freshpin/freshpin/ecosystems/requirements/pep508"
)

// indexes are the index options of a file and of all included files. As in pip,
// the last --index-url counts, the other options add up, and --no-index cannot be
// undone.
type indexes struct {
	main  string
	extra []string
	links []string
	none  bool

	unread     []string // constraints files that are not read
	unreadable bool     // an unreadable line of options has an address, which may be that of an index
}

func (x *indexes) option(o lines.Option) {
	value := today(withoutVariables(o.Value))
	switch o.Name {
	case "index-url", "pypi-url":
		x.main = value
	case "extra-index-url":
		x.extra = append(x.extra, value)
	case "find-links":
		x.links = append(x.links, value)
	case "no-index":
		x.none = true
	case "constraint":
		x.unread = append(x.unread, pep508.LastElement(o.Value))
	}
}

// formerDefault matches the default index of pip before pip 10 (2018). PyPI
// redirects it to its current address.
var formerDefault = lazyregexp.New(`^https?://pypi\.python\.org/simple/*$`)

func today(address string) string {
	if formerDefault.MatchString(address) {
		return pypi.Default
	}
	return address
}

// join adds the options of an including file. They do not replace a main index.
func (x *indexes) join(o indexes) {
	if x.main == "" {
		x.main = o.main
	}
	x.extra = append(x.extra, o.extra...)
	x.links = append(x.links, o.links...)
	x.unread = append(x.unread, o.unread...)
	x.none = x.none || o.none
	x.unreadable = x.unreadable || o.unreadable
}

// withoutVariables removes a login that comes from environment variables. Those
// are set where pip runs; Freshpin uses the operator's login for the host.
func withoutVariables(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return address
	}
	host, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(host, "@"); at >= 0 && strings.Contains(host[:at], "$") {
		return scheme + "://" + rest[at+1:]
	}
	return address
}

// indexKey returns the key of the indexes of a file, "" for the operator's default
// ones, or the reason why no package of the file may be looked up.
func (e *Ecosystem) indexKey(x indexes) (key string, skip ecosystems.Reason) {
	if x.unreadable {
		return "", ecosystems.Reason{Code: ecosystems.IndexNotAllowed, Text: "a line of options that may name an index is not readable"}
	}
	if x.main == "" && len(x.extra)+len(x.links) == 0 && !x.none {
		return "", ecosystems.Reason{}
	}
	var list []pypi.Index
	for _, address := range x.links {
		if strings.Contains(address, "://") && !strings.HasPrefix(strings.ToLower(address), "file:") {
			list = append(list, pypi.Index{URL: address, Links: true})
		}
	}
	if !x.none {
		list = append(list, e.online(x)...)
	}
	if len(list) == 0 {
		return "", ecosystems.Reason{Code: ecosystems.Unsupported, Text: "--no-index: the file takes nothing from an index"}
	}
	for _, index := range list {
		if strings.Contains(index.URL, "${") {
			return "", ecosystems.Reason{Code: ecosystems.IndexNotAllowed, Text: "the file names an index that is put together from environment variables"}
		}
		if host, ok := e.source.Allows(index.URL); !ok {
			return "", ecosystems.Reason{Code: ecosystems.IndexNotAllowed, Text: fmt.Sprintf("the file names the index %s, which the operator does not allow", host)}
		}
	}
	// The operator's own indexes, written out, share the lookups of files that name none.
	if key = e.source.Key(list); key == e.source.Key(e.source.Defaults()) {
		key = ""
	}
	return key, ecosystems.Reason{}
}

func (e *Ecosystem) online(x indexes) []pypi.Index {
	list := e.source.Defaults()
	if x.main != "" {
		list = []pypi.Index{{URL: x.main}}
	}
	for _, address := range x.extra {
		list = append(list, pypi.Index{URL: address})
	}
	return list
}
