package untrusted

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// maxAddress limits an address from outside, in bytes.
const maxAddress = 2000

// hostname matches allowed link targets: DNS names with a dot, and a port. Numbers and names in other
// scripts do not match.
var hostname = lazyregexp.New(`^(?i)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](:[0-9]{1,5})?$`)

// address returns a safe link target for an address from outside: https with a host,
// without a login, and without any character that is markup in Markdown or HTML. It
// returns "" if that is impossible.
func address(raw string) string {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxAddress {
		return ""
	}
	for _, r := range raw {
		// Browsers read a backslash as a slash, and drop tabs and line breaks from an address.
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

// backReference reports whether a link would make GitHub show "mentioned this" in
// another project's issue or commit. GitHub's own redirect leads to the same page
// without that; release notes and comparisons do not need it.
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

// encode percent-encodes all characters of a path, query or fragment (RFC 3986,
// section 3.3) that could end a Markdown link; existing escapes stay.
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
			// Markdown reads character references in the target of a link.
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

// link renders safe Markdown as a link, or unchanged if there is no safe address.
func link(shown, raw string) string {
	to := address(raw)
	if to == "" {
		return shown
	}
	return "[" + shown + "](" + to + ")"
}
