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
func nextPage(address string, h http.Header, same func(path string) bool) (string, error) {
	for _, value := range h.Values("Link") {
		for value != "" {
			var target, parameters string
			if target, parameters, value = cutLink(value); !isNext(parameters) {
				continue
			}
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
	}
	return "", nil
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

// isNext reports whether the parameters of a link say that it leads to the next page.
func isNext(parameters string) bool {
	for parameters != "" {
		end := outsideQuotes(parameters, ';')
		name, value, _ := strings.Cut(parameters[:end], "=")
		parameters = parameters[min(end+1, len(parameters)):]
		if !strings.EqualFold(strings.TrimSpace(name), "rel") {
			continue
		}
		for relation := range strings.FieldsSeq(strings.Trim(strings.TrimSpace(value), `"`)) {
			if strings.EqualFold(relation, "next") {
				return true
			}
		}
	}
	return false
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
