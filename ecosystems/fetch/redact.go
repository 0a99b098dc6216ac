package fetch

import (
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// This file is the one place that takes secrets out of what is shown: of an
// address as a URL (Plain), as text (Redact), and of sentences (RedactText).

// Malformed stands for an address that cannot be read: it may hold a password anywhere.
const Malformed = "(malformed address)"

// Plain returns a URL as it may be shown: without user, password and the values
// of parameters that carry secrets, such as those of a signed address.
func Plain(u *url.URL) string {
	if u == nil {
		return ""
	}
	p := *u
	p.User, p.Fragment = nil, ""
	q := p.Query()
	for name := range q {
		if secret(name) {
			q.Set(name, mask)
			p.RawQuery = q.Encode()
		}
	}
	return p.String()
}

// mask stands where a secret was.
const mask = "***"

func secret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "sig", "secret", "password", "credential", "apikey", "api_key", "access_key", "auth"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return name == "code"
}

// shown returns a URL as Plain does, and nothing of one without a host.
func shown(u *url.URL) string {
	if u == nil || u.Opaque != "" {
		return Malformed
	}
	return Plain(u)
}

// Redact returns the text of an address as it may be shown: one that cannot be
// read may hold a password anywhere, so nothing of it is.
func Redact(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		u = nil
	}
	if u == nil || u.Host == "" && strings.ContainsRune(text, '@') {
		return Malformed
	}
	return shown(u)
}

var (
	// address is what may be one in a text.
	address = lazyregexp.New(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>|]+`)
	// lookalikes are what secrets look like: tokens of GitHub, JSON web tokens,
	// authorization headers, parameters that are named so, private keys.
	lookalikes = lazyregexp.New(`(?i)\b(gh[pousr]_[A-Za-z0-9_.-]{10,}|github_pat_[A-Za-z0-9_]{10,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,})` +
		`|\b(bearer|basic|token)\s+[A-Za-z0-9+/=._~-]{8,}` +
		`|([?&](?:access_token|token|secret|password|code|client_secret)=)[^&\s"]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*`)
)

// RedactText returns a text, such as what another program has said, without the
// logins of the addresses in it and without what looks like a secret.
func RedactText(text string) string {
	text = address.ReplaceAllStringFunc(text, func(found string) string {
		end := strings.TrimRight(found, ".,:;!?)]}") // of the sentence
		u, err := url.Parse(end)
		if err == nil && u.User == nil && u.Opaque == "" && Plain(u) == end {
			return found
		}
		if err == nil && u.User == nil && u.RawQuery == "" { // written in another way, but without a secret
			return found
		}
		if err != nil && !strings.ContainsRune(end, '@') {
			return found
		}
		return Redact(end) + found[len(end):]
	})
	return lookalikes.ReplaceAllString(text, "${3}"+mask)
}
