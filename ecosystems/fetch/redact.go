package fetch

import (
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// This file removes secrets from everything that is shown: from URLs (Plain), from
// addresses as text (Redact), and from sentences (RedactText).

// Malformed replaces an address that cannot be parsed, which may contain a password anywhere.
const Malformed = "(malformed address)"

// Plain returns a URL without user, password and the values of parameters with secrets,
// such as those of a signed address.
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

// mask replaces a secret.
const mask = "***"

func secret(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"token", "sig", "secret", "password", "credential", "apikey", "api_key", "access_key", "auth"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	// Only as the whole name: a country_code is no secret.
	return name == "code"
}

// shown returns a URL like Plain, and Malformed for nil and opaque URLs.
func shown(u *url.URL) string {
	if u == nil || u.Opaque != "" {
		return Malformed
	}
	return Plain(u)
}

// Redact returns an address without secrets. It returns Malformed for one
// that cannot be parsed, for one without a host in which an @ may follow a login, and for
// an opaque one (mailto:x).
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
	// address matches possible addresses in a text.
	address = lazyregexp.New(`[A-Za-z][A-Za-z0-9+.-]*://[^\s"'<>|]+`)
	// lookalikes matches text that looks like a secret: tokens of GitHub, JSON web
	// tokens, authorization headers, parameters named like secrets, private keys.
	lookalikes = lazyregexp.New(`(?i)\b(gh[pousr]_[A-Za-z0-9_.-]{10,}|github_pat_[A-Za-z0-9_]{10,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,})` +
		`|\b(bearer|basic|token)\s+[A-Za-z0-9+/=._~-]{8,}` +
		`|([?&](?:access_token|token|secret|password|code|client_secret)=)[^&\s"]+|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*`)
)

// RedactText removes logins in addresses and text that looks like a secret, for example
// from the output of another program.
func RedactText(text string) string {
	text = address.ReplaceAllStringFunc(text, func(found string) string {
		end := strings.TrimRight(found, ".,:;!?)]}") // punctuation of the sentence
		u, err := url.Parse(end)
		// Without a secret, the original spelling stays.
		switch {
		case err != nil && !strings.ContainsRune(end, '@'):
			return found
		case err == nil && u.User == nil && (u.RawQuery == "" || u.Opaque == "" && Plain(u) == end):
			return found
		}
		return Redact(end) + found[len(end):]
	})
	return lookalikes.ReplaceAllString(text, "${3}"+mask)
}
