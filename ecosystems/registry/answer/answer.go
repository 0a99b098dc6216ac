// Package answer reads parts of what registries answer: the next page in a Link header, and
// texts of theirs for errors.
package answer

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

var errBadLink = errors.New("invalid Link header for the next page")

// NextPage returns the query of the next page in a Link header (RFC 8288), "" for
// none. The link is relative to address. Only its query is used, with the host
// and path of address: a registry must not direct clients to other hosts. same
// reports whether the link's path is that of the same document.
//
// A link to the same document without a relation counts as the next page too: the
// RFC requires a relation, but clients of registries do not (go-containerregistry,
// containers/image, oras-go). A malformed header is an error, because the list
// might continue.
func NextPage(address string, h http.Header, same func(path string) bool) (string, error) {
	for _, value := range h.Values("Link") {
		for value != "" {
			// What remains after the last link may only be separators.
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
			// A link without a relation that leads elsewhere may be anything: only one named
			// "next" has to be right.
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

// cutLink splits off the first link of a header. It returns the target in angle
// brackets, the parameters, and the rest of the header.
func cutLink(value string) (target, parameters, rest string) {
	_, value, found := strings.Cut(value, "<")
	if !found {
		return "", "", ""
	}
	target, value, _ = strings.Cut(value, ">")
	end := OutsideQuotes(value, ',')
	return strings.TrimSpace(target), value[:end], value[min(end+1, len(value)):]
}

// isNext reports whether the parameters of a link have the relation "next", and
// whether they have any relation.
func isNext(parameters string) (next, named bool) {
	for parameters != "" {
		end := OutsideQuotes(parameters, ';')
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

// OutsideQuotes returns the index of the first sep outside of a quoted string, or the length of s.
func OutsideQuotes(s string, sep byte) int {
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

// Short returns a server's text for a message, on one line of limited length.
func Short(text string) string { return Cut(OneLine(text)) }

// Cut limits the length of a server's text in a message.
func Cut(text string) string {
	if len(text) > 200 {
		return text[:200] + "…"
	}
	return text
}

// OneLine returns a text on one line.
func OneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
