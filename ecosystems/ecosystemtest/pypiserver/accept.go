package pypiserver

import (
	"mime"
	"strconv"
	"strings"
)

// The forms of a page (PEP 691, "Content-Types").
const (
	jsonType   = "application/vnd.pypi.simple.v1+json"
	htmlType   = "application/vnd.pypi.simple.v1+html"
	legacyType = "text/html"
)

// choose returns the form that an Accept header likes best, and of those that it
// likes equally the oldest, as pypi.org does; "" where it wants none of them.
func choose(accept string) string {
	if accept == "" {
		return legacyType
	}
	best, most := "", 0.0
	for _, form := range []string{legacyType, htmlType, jsonType} {
		if q := quality(accept, form); q > most {
			best, most = form, q
		}
	}
	return best
}

// quality returns how much an Accept header likes a form: the most specific
// range that fits counts (RFC 9110, section 12.5.1).
func quality(accept, form string) float64 {
	group, _, _ := strings.Cut(form, "/")
	found, rank := 0.0, -1
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		media = strings.Replace(media, ".latest+", ".v1+", 1)
		n := -1
		switch media {
		case form:
			n = 2
		case group + "/*":
			n = 1
		case "*/*":
			n = 0
		}
		if n > rank {
			found, rank = weight(params["q"]), n
		}
	}
	return found
}

func weight(text string) float64 {
	if q, err := strconv.ParseFloat(text, 64); err == nil {
		return q
	}
	return 1
}
