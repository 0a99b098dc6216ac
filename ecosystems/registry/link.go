package registry

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

var errBadLink = errors.New("invalid Link header for the next page")

// nextPage returns the query of the page that a Link header names as the next
// one (RFC 8288), "" for none. The reference in it is relative to the address
// that was asked. Only its query is taken, and same tells whether its path is
// that of the same document: whatever host it names, the next page lies where
// this one lay.
//
// A link without a relation to the same document is the next page as well:
// the RFC wants a relation, and the clients of registries do not ask for it
// (go-containerregistry, containers/image, oras-go). What is no link at all is
// an error, because the list might go on.
func nextPage(address string, h http.Header, same func(path string) bool) (string, error) {
	for _, value := range h.Values("Link") {
		for value != "" {
			if !strings.Contains(value, "<") {
				if strings.Trim(value, ", \t") != "" {
					return "", errBadLink
				}
				break
			}
			var target, parameters string
			target, parameters, value = cutLink(value)
			next, named := isNext(parameters)
			if named && !next {
				continue
			}
			query, err := queryOf(address, target, same)
			if err == nil || named {
				return query, err
			}
		}
	}
	return "", nil
}

// queryOf returns the query of a link to another page of the document at address.
func queryOf(address, target string, same func(path string) bool) (string, error) {
	at, err := url.Parse(address)
	if err != nil {
		return "", errBadLink
	}
	to, err := at.Parse(target)
	if err != nil || !same(to.Path) || to.RawQuery == "" {
		return "", errBadLink
	}
	return to.RawQuery, nil
}

// cutLink takes the first link off a header: what stands in its angle brackets,
// its parameters, and the links behind it.
func cutLink(value string) (target, parameters, rest string) {
	_, value, found := strings.Cut(value, "<")
	if !found {
		return "", "", ""
	}
	target, value, _ = strings.Cut(value, ">")
	end := outsideQuotes(value, ',')
	return strings.TrimSpace(target), value[:end], value[min(end+1, len(value)):]
}

// isNext reports whether the parameters of a link say that it leads to the
// next page, and whether they name a relation at all.
func isNext(parameters string) (next, named bool) {
	for parameters != "" {
		end := outsideQuotes(parameters, ';')
		name, value, _ := strings.Cut(parameters[:end], "=")
		parameters = parameters[min(end+1, len(parameters)):]
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		named = true
		for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(relation, "next") {
				return true, true
			}
		}
	}
	return false, named
}

// outsideQuotes returns where the first sep outside of a quoted string stands, the length of s where there is none.
func outsideQuotes(s string, sep byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == sep && !quoted:
			return i
		}
	}
	return len(s)
}
