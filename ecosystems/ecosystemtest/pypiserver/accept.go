package pypiserver

import (
	"mime"
	"strconv"
	"strings"
)

// Media types of a page (PEP 691, "Content-Types").
const (
	jsonType   = "application/vnd.pypi.simple.v1+json"
	htmlType   = "application/vnd.pypi.simple.v1+html"
	legacyType = "text/html"
)

// choose returns the media type that an Accept header prefers, and the oldest of
// equally preferred ones, as pypi.org does; "" if the header accepts none.
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

// quality returns the weight of a media type in an Accept header: that of the most
// specific matching range (RFC 9110, section 12.5.1).
func quality(accept, form string) float64 {
	group, _, _ := strings.Cut(form, "/")
	found, rank := 0.0, -1
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		// PEP 691 lets clients ask for the latest version, which is v1.
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
	// RFC 9110, section 12.4.2: a range without a weight has 1.
	return 1
}
