// Package secret distinguishes secrets from literals that only look like them.
//
// It knows the formats of tokens, and variable names that mean a secret. Ids, paths,
// switches and placeholders are not secrets.
package secret

import (
	"net/url"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Secret describes a secret in a literal.
type Secret struct {
	Kind   string // "a GitHub token", "a password"
	Masked string // the beginning of the value, for messages: "ghp_…"
	Weak   bool   // a well-known default for development: "postgres", "changeme"
}

// Find reports whether the literal value of a variable is a secret. The name may be "".
func Find(name, value string) (Secret, bool) {
	value = strings.TrimSpace(value)
	for _, s := range shapes {
		if m := s.text.FindString(value); m != "" && !repeated(m) && !published[m] {
			return Secret{s.kind, mask(m), false}, true
		}
	}
	if s, ok := inURL(value); ok {
		return s, true
	}
	kind := meaning(name)
	if kind == "" || harmless(value) {
		return Secret{}, false
	}
	return Secret{kind, mask(value), weak.MatchString(value)}, true
}

// A shape is an unambiguous format of tokens, as their providers publish it for secret scanning.
type shape struct {
	kind string
	text *lazyregexp.Regexp
}

var shapes = []shape{
	{"a private key", lazyregexp.New(`-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----`)},
	{"an access key of AWS", lazyregexp.New(`\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`)},
	{"a GitHub token", lazyregexp.New(`\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b`)},
	{"a GitLab token", lazyregexp.New(`\bgl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20,}`)},
	{"a Slack token", lazyregexp.New(`\bxox[abeprs]-[A-Za-z0-9-]{10,}`)},
	{"a Stripe key", lazyregexp.New(`\b[rs]k_live_[A-Za-z0-9]{16,}`)},
	{"a Google API key", lazyregexp.New(`\bAIza[0-9A-Za-z_-]{35}\b`)},
	{"an npm token", lazyregexp.New(`\bnpm_[A-Za-z0-9]{36}\b`)},
	{"a PyPI token", lazyregexp.New(`\bpypi-AgEI[A-Za-z0-9_-]{50,}`)},
	{"a SendGrid key", lazyregexp.New(`\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`)},
	{"a Hugging Face token", lazyregexp.New(`\bhf_[A-Za-z]{34}\b`)},
	{"an API key", lazyregexp.New(`\bsk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{32,}`)},
	{"a DigitalOcean token", lazyregexp.New(`\bdo[por]_v1_[0-9a-f]{64}\b`)},
	{"a Docker Hub token", lazyregexp.New(`\bdckr_pat_[A-Za-z0-9_-]{27}`)},
	{"an age key", lazyregexp.New(`\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b`)},
}

// published are examples from documentation, which are not real secrets.
var published = map[string]bool{"AKIAIOSFODNN7EXAMPLE": true}

// repeated reports whether a token consists of one repeated character, as examples do.
func repeated(s string) bool {
	tail := s[len(s)-min(len(s), 12):]
	return strings.Count(tail, tail[:1]) == len(tail)
}

var userinfo = lazyregexp.New(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/@:]*:[^\s/@]+@[^\s/]+`)

// inURL finds a password in a URL: postgres://user:password@host.
func inURL(value string) (Secret, bool) {
	u, err := url.Parse(userinfo.FindString(value))
	if err != nil || u.User == nil {
		return Secret{}, false
	}
	password, _ := u.User.Password()
	if harmless(password) {
		return Secret{}, false
	}
	// postgres:postgres and the like are for trying an image out.
	return Secret{"a password in an address", mask(password), weak.MatchString(password) || password == u.User.Username()}, true
}

// Words in names. "_", ".", "-" and camel case separate words.
var (
	means = lazyregexp.New(`(?i)(?:^|[_.-])(?:(password|passwd|passphrase|pass|pw|pwd|userpassword|rootpassword|dbpass(?:word)?)|(tokens?|jwt)|(secrets?|credentials?)|` +
		`((?:api|access|secret|private|encryption|signing|auth|master|account|storage|service|session|cookie|jwt|app|license|deploy|ssh|encrypt)[_.-]?keys?(?:[_.-]base)?|apikey|secret[_.-]?access[_.-]?key))$`)
	camel = lazyregexp.New(`([a-z0-9])([A-Z])`)
	// Words that make a name mean something related to a secret instead of the secret.
	other = lazyregexp.New(`(?i)(?:^|[_.-])(?:gpg|pgp|public|pub|fingerprint|key[_.-]?id|file|files|path|dir|url|uri|version|name|allow[_.-]?empty|allow[_.-]?no|random|no|disable|enabled?|require[ds]?|use|min|max|length|recaptcha[_.-]site|site|translate|tokenizers?|eos|bos|pad|special|num|count|limit|checksum|sha256|sha512|sha1|md5|hash|key[_.-]?ids?)(?:[_.-]|$)`)
)

// meaning returns the kind of secret that a name means, "" for none.
func meaning(name string) string {
	name = camel.ReplaceAllString(name, "${1}_${2}")
	// Shells keep the current and the last folder in these two.
	if strings.EqualFold(name, "pwd") || strings.EqualFold(name, "oldpwd") || other.MatchString(name) {
		return ""
	}
	m := means.FindStringSubmatch(name)
	switch {
	case m == nil:
		return ""
	case m[1] != "":
		return "a password"
	case m[2] != "":
		return "a token"
	case m[3] != "":
		return "a secret"
	}
	return "a key"
}

var (
	nothing = lazyregexp.New(`(?i)^(?:|true|false|yes|no|on|off|none|null|nil|undefined|unset|empty|n/?a|todo|\d+|[0-9a-f]{8}|(?:0x)?[0-9a-f]{16}|[0-9a-f]{40}|sha\d+:.*|never|always|optional|required|auto|default|enabled|disabled|file|vault|env|plain|basic|bearer|jwt|uuid)$`)
	stands  = lazyregexp.New(`(?i)dummy|place-?_?holder|change[-_ ]?(?:me|it|this|here)|replace[-_ ]?(?:me|this|with)|your[-_ ]?|<[^>]*>|\[[^\]]*\]|x{3,}|\*{3,}|\.{3}|not[-_ ]?(?:a|so|used|real|needed)|unused|fake|redacted|to[-_ ]?be[-_ ]|set[-_ ]?(?:me|this|in|at|by)|(?:at|for|during)?[-_ ]?build[-_ ]?(?:time|only)|insert|fixme|invalid|ci[-_ ]?only`)
	weak    = lazyregexp.New(`(?i)^(?:[a-z]{1,16}(?:[-_ ][a-z]{1,16})*|password\d*|passwd|pass\d*|p4ssw0rd|postgres|postgresql|mysql|mariadb|root|toor|admin\d*|administrator|secret\d*|test\w*|dev\w*|example\w*|guest|user\w*|demo\w*|local\w*|docker\w*|redis|mongo\w*|rabbitmq|minio\w*|minioadmin|letmein|qwerty|foobar|foo|bar|sample\w*|default\w*|hunter2|my[-_]?\w*(?:password|secret|pass|key|token)\w*|(?:super|some|very|top)[-_]?\w*(?:secret|password)\w*|\w{1,12}[-_]?(?:password|passwd|pass|secret|pw|pwd))$`)
	paths   = lazyregexp.New(`^(?:\.{0,2}/|~/|[A-Za-z]:\\|file:|https?://[^@]*$)`)
)

// harmless reports whether a value is not a secret, whatever its name: an id, a path, a switch, a placeholder or a variable.
func harmless(value string) bool {
	return nothing.MatchString(value) || stands.MatchString(value) || paths.MatchString(value) ||
		strings.ContainsAny(value, "$ \t\n{}`%") || strings.HasPrefix(value, "!") || strings.Contains(value, "ENC[")
}

// mask returns the beginning of a value: at most a quarter of it, and at most four bytes.
func mask(value string) string {
	// The cut may be inside a character.
	return strings.ToValidUTF8(value[:min(4, len(value)/4)], "") + "…"
}
