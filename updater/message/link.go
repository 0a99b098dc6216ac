package message

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// maxAddress bounds an address from outside, in bytes.
const maxAddress = 2000

// hostname is what we link to: DNS names with a dot, and a port. Numbers and names in other scripts are not.
var hostname = regexp.MustCompile(`^(?i)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](:[0-9]{1,5})?$`)

// address makes an address from outside fit for a link: https with a host,
// without a login, and without any character that Markdown or HTML could read as
// something else. "" where that cannot be done.
func address(raw string) string {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxAddress {
		return ""
	}
	for _, r := range raw {
		if r <= ' ' || r == '\\' || r == '\u007f' {
			return ""
		}
	}
	u, err := url.Parse(raw)
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.User != nil || u.Opaque != "" || !hostname.MatchString(u.Host) {
		return ""
	}
	host := strings.ToLower(u.Host)
	if backReference(host, u.Path) {
		host = "redirect.github.com"
	}
	out := "https://" + host + encode(u.EscapedPath(), false)
	if u.RawQuery != "" {
		out += "?" + encode(u.RawQuery, true)
	}
	if u.Fragment != "" {
		out += "#" + encode(u.EscapedFragment(), true)
	}
	return out
}

// backReference reports whether GitHub would show, in somebody else's issue or
// below their commit, that we linked to it. Its own redirect leads to the same
// place and does not; release notes and comparisons need none.
func backReference(host, path string) bool {
	if host != "github.com" && host != "www.github.com" {
		return false
	}
	parts := strings.SplitN(strings.Trim(path, "/"), "/", 4)
	if len(parts) < 4 {
		return false
	}
	switch strings.ToLower(parts[2]) {
	case "issues", "issue", "pull", "pulls", "discussions", "commit", "commits":
		return true
	}
	return false
}

// encode percent-encodes all but what is plain in a path, query or fragment
// (RFC 3986, section 3.3) and cannot end a Markdown link; what is encoded already stays.
func encode(s string, query bool) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-./:=,+@;", c) >= 0:
			b.WriteByte(c)
		case c == '_', c == '~', query && c == '?':
			b.WriteByte(c)
		case c == '&':
			b.WriteString("&amp;")
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// link shows what is ready for Markdown as a link; without an address that can be trusted to be one, as it is.
func link(shown, raw string) string {
	to := address(raw)
	if to == "" {
		return shown
	}
	return "[" + shown + "](" + to + ")"
}
