package wiring

import "testing"

func TestRemoteParts(t *testing.T) {
	for address, want := range map[string][2]string{
		"https://github.com/acme/shop.git":             {"github.com", "acme/shop"},
		"https://token@github.com/acme/shop/":          {"github.com", "acme/shop"},
		"https://a:b@github.acme.com:8443/acme/shop":   {"github.acme.com:8443", "acme/shop"},
		"ssh://git@github.com:22/acme/shop.git":        {"github.com", "acme/shop"},
		"ssh://git@github.com/acme/shop.git":           {"github.com", "acme/shop"},
		"git@github.com:acme/shop.git":                 {"github.com", "acme/shop"},
		"github.com:acme/shop":                         {"github.com", "acme/shop"},
		"git@github.com:/acme/shop.git":                {"github.com", "acme/shop"},
		"git://github.com/acme/shop":                   {"github.com", "acme/shop"},
		"https://gitlab.example/group/sub/project.git": {"gitlab.example", ""},
		"https://github.com/acme":                      {"github.com", ""},
		"https://github.com@evil.example/acme/shop":    {"evil.example", "acme/shop"},
		"git@evil.example:github.com/acme/shop":        {"evil.example", ""},
		"ext::sh -c touch% /tmp/x":                     {"ext", ""},
		"file:///srv/acme/shop":                        {"", ""},
		"/srv/acme/shop":                               {"", ""},
		"../shop":                                      {"", ""},
		"":                                             {"", ""},
		"C:/acme/shop":                                 {"C", "acme/shop"},
		"https://github.com/acme/shop\nhttps://x/y/z":  {"", ""},
		"://github.com/acme/shop":                      {"", ""},
	} {
		if host, repo := remoteParts(address); [2]string{host, repo} != want {
			t.Errorf("%q: %q %q, want %q", address, host, repo, want)
		}
	}
}
