package secret

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{ // kind, then " weak"
		{"X", "-----BEGIN OPENSSH PRIVATE KEY-----\\nabc", "a private key"},
		{"NOTE", "see ghp_" + strings.Repeat("aB3d", 9) + " there", "a GitHub token"},
		{"AWS_ACCESS_KEY_ID", "AKIAQ3EGRWVDX5ABCDEF", "an access key of AWS"},
		{"AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", ""},
		{"TOKEN", "ghp_" + strings.Repeat("x", 36), ""},
		{"DATABASE_URL", "postgres://app:s3cr3t-9d8f@db:5432/app", "a password in an address"},
		{"DATABASE_URL", "postgres://app:app@db:5432/app", "a password in an address weak"},
		{"DATABASE_URL", "postgres://app:${DB_PASSWORD}@db:5432/app", ""},
		{"HTTP_PROXY", "http://proxy:3128", ""},
		{"MYSQL_ROOT_PASSWORD", "kT9#fLq2", "a password"},
		{"POSTGRES_PASSWORD", "postgres", "a password weak"},
		{"SECRET_KEY", "collectstatic", "a key weak"}, // words are what is made up for a build
		{"db_password", "Test123!", "a password"},
		{"ACCESS_KEY", "{Upbit Key}", ""},
		{"dbPassword", "Zu7-qq", "a password"},
		{"JWT_SECRET", "a8f5f167f44f4964e6c998dee827110c", "a secret"},
		{"SECRET_KEY_BASE", "b2f8a9c1d3", "a key"},
		{"GPG_KEY", "0D96DF4D4110E5C43FBFB17F2D347EA6AA65421D", ""},
		{"PGP_KEY_PASSWORD_FILE", "abc", ""},
		{"NODE_KEYRING", "x", ""},
		{"POSTGRES_PASSWORD_FILE", "/run/secrets/db", ""},
		{"API_KEY", "/etc/key", ""},
		{"API_TOKEN", "$TOKEN", ""},
		{"API_TOKEN", "", ""},
		{"ALLOW_EMPTY_PASSWORD", "yes", ""},
		{"TOKENIZERS_PARALLELISM", "false", ""},
		{"EOS_TOKEN", "abc", ""},
		{"SECRET_KEY", "dummy-for-build", ""},
		{"API_KEY", "your-api-key", ""},
		{"API_KEY", "<api key>", ""},
		{"PASSWORD", "changeme", ""},
		{"PWD", "abc", ""},
		{"PASSWORD_MIN_LENGTH", "12", ""},
		{"KEY_FINGERPRINT", "AABB", ""},
		{"SECRET_NAME", "db", ""},
		{"RECAPTCHA_SITE_KEY", "6Lc", ""},
		{"MESSAGE", "the password is none of this", ""},
		{"KEYBOARD", "de", ""},
		{"GITHUB_TOKEN", "!secret github", ""},
	} {
		s, ok := Find(c.name, c.value)
		got := s.Kind
		if s.Weak {
			got += " weak"
		}
		if got != c.want || ok != (c.want != "") {
			t.Errorf("Find(%s=%s) = %q, want %q", c.name, c.value, got, c.want)
		}
		if ok && (strings.Contains(s.Masked, c.value) || len(s.Masked) > 4+len("…")) {
			t.Errorf("Find(%s): %q shows too much", c.name, s.Masked)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("PASSWORD", "postgres://a:b@c")
	f.Fuzz(func(t *testing.T, name, value string) {
		if s, ok := Find(name, value); ok && len(value) > 8 && strings.Contains(s.Masked, value) {
			t.Errorf("%q is shown whole", value)
		}
	})
}
