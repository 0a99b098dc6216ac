package codehost

import (
	"net/url"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range [][2]string{
		{"https://github.com/docker-library/python.git#0f4dc5e0:3.12/slim-bookworm", "https://github.com/docker-library/python"}, // as Docker's official images have it
		{"git@github.com:acme/app.git", "https://github.com/acme/app"},
		{"ssh://git@github.com:22/acme/app.git", "https://github.com/acme/app"},
		{"git://github.com/acme/app.git", "https://github.com/acme/app"},
		{"git+https://github.com/acme/app.git", "https://github.com/acme/app"},
		{"scm:git:https://github.com/acme/app.git", "https://github.com/acme/app"},
		{"http://www.GitHub.com/acme/app/tree/main/images", "https://github.com/acme/app"},
		{"github.com/acme/app", "https://github.com/acme/app"},
		{"https://user:password@github.com/acme/app", "https://github.com/acme/app"},
		{"https://gitlab.com/group/sub/app/-/tree/main", "https://gitlab.com/group/sub/app"},
		{"https://gitlab.example.com:8443/group/app.git", "https://gitlab.example.com:8443/group/app"},
		{"https://go.googlesource.com/net", "https://go.googlesource.com/net"},
		{"https://codeberg.org/acme/app/src/branch/main", "https://codeberg.org/acme/app"},

		{"https://github.com/acme/.github/blob/main/.github/workflows/x.yml", "https://github.com/acme/.github"},
		{"https://github.com/acme/app/releases/tag/@acme/app@1.2.3", "https://github.com/acme/app"},
		{"https://git.sr.ht/%7Eacme/app", "https://git.sr.ht/~acme/app"},
		{"https://github.com/acme/..git", ""},
		{"https://github.com/acme/...git", ""},
		{"https://github.com/acme/b%2f..%2f..", ""},
		{"https://git.example.com/acme/app%2fx", ""},

		{"", ""},
		{"acme", ""},
		{"https://github.com/acme", ""},
		{"https://github.com/", ""},
		{"https://github.com/acme/.git", ""},
		{"https://github.com/acme/../app", ""},
		{"https://github.com/acme/a b", ""},
		{"https://github.com/acme/app\n", "https://github.com/acme/app"},
		{"https://github.com/acme/a\npp", ""},
		{"https://localhost/acme/app", ""},
		{"https://127.0.0.1/acme/app", ""},
		{"https://[::1]/acme/app", ""},
		{"file:///etc/passwd", ""},
		{"javascript:alert(1)", ""},
		{"https://evil.example/)[x](y", ""},
		{"https://ex\u0430mple.com/acme/app", ""},
	} {
		r, ok := Parse(c[0])
		if r.URL() != c[1] || ok != (c[1] != "") {
			t.Errorf("Parse(%q) = %q, %v, want %q", c[0], r.URL(), ok, c[1])
		}
	}
}

func TestOnGitHub(t *testing.T) {
	hosts := []string{"github.com", "127.0.0.1:8080", "git.acme.example"}
	for _, c := range []struct {
		text, url string
		in        Within
	}{
		{"https://github.com/a/b", "https://github.com/a/b", Within{}},
		{"http://www.GitHub.com/a/b.git", "https://github.com/a/b", Within{}},
		{"git@git.acme.example:a/b.git", "https://git.acme.example/a/b", Within{}},
		{"http://127.0.0.1:8080/a/b/issues", "https://127.0.0.1:8080/a/b", Within{}},
		{"https://github.com/a/b/releases/tag/sub/v1+b%20%231", "https://github.com/a/b", Within{Tag: "sub/v1+b #1"}},
		{"https://github.com/a/b/releases/tag", "https://github.com/a/b", Within{}},
		{"https://github.com/a/b/tree/main/sdk/x", "https://github.com/a/b", Within{Folder: "sdk/x"}},
		{"https://github.com/a/b/blob/main/go.mod", "https://github.com/a/b", Within{Folder: "go.mod"}},
		{"https://github.com:8443/a/b", "", Within{}},
		{"https://gitlab.com/a/b", "", Within{}},
		{"https://github.com/a", "", Within{}},
		{"https://github.com/a/b%2f..%2f..", "", Within{}},
		{"https://github.com/../b", "", Within{}},
		{"https://github.com@evil.example/a/b", "", Within{}},
		{"https://github.com/a/b%zz", "", Within{}},
	} {
		r, in, ok := OnGitHub(c.text, hosts...)
		if r.URL() != c.url || in != c.in || ok != (c.url != "") {
			t.Errorf("OnGitHub(%q) = %q, %+v, %v", c.text, r.URL(), in, ok)
		}
	}
	r, _, _ := OnGitHub("https://git.acme.example/a/b", hosts...)
	if got, want := r.Release("sub/v1.2.4+b #1"), "https://git.acme.example/a/b/releases/tag/sub/v1.2.4+b%20%231"; got != want || r.Path() != "a/b" {
		t.Errorf("Release = %s, want %s; Path = %s", got, want, r.Path())
	}
}

func TestSiteHost(t *testing.T) {
	for _, c := range [][2]string{
		{"https://api.github.com", "github.com"},
		{"https://api.github.com/", "github.com"},
		{"https://ghe.acme.example/api/v3", "ghe.acme.example"},
		{"https://ghe.acme.example:8443/api/v3/", "ghe.acme.example:8443"},
		{"https://api.acme.ghe.com", "acme.ghe.com"},
		{"http://127.0.0.1:1234", "127.0.0.1:1234"},
	} {
		if got := SiteHost(c[0]); got != c[1] {
			t.Errorf("SiteHost(%s) = %s, want %s", c[0], got, c[1])
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct{ repo, from, to, compare, tag, releases string }{
		{"https://github.com/a/b", "v1", "v2", "/compare/v1...v2", "/releases/tag/v2", "/releases"},
		{"https://github.com/a/b", "api/v1.2.3", "api/v1.2.4", "/compare/api/v1.2.3...api/v1.2.4", "/releases/tag/api/v1.2.4", "/releases"},
		{"https://gitlab.com/a/b/c", "v1", "v2", "/-/compare/v1...v2", "/-/tags/v2", "/-/releases"},
		{"https://codeberg.org/a/b", "v1", "v2", "/compare/v1...v2", "/releases/tag/v2", "/releases"},
		{"https://go.googlesource.com/net", "v1", "v2", "", "", ""},
		{"https://github.com/a/b", "v1", "v1", "", "/releases/tag/v1", "/releases"},
		{"https://github.com/a/b", "", "v1", "", "/releases/tag/v1", "/releases"},
		{"https://github.com/a/b", "v1", "v1...v9", "", "", "/releases"},
		{"https://github.com/a/b", "v1", "a?b=c#d", "", "", "/releases"},
		{"https://github.com/a/b", "v1", "-x", "", "", "/releases"},
	} {
		r, ok := Parse(c.repo)
		if !ok {
			t.Errorf("Parse(%q) is none", c.repo)
		}
		for got, want := range map[string]string{r.Compare(c.from, c.to): c.compare, r.Tag(c.to): c.tag, r.Releases(): c.releases} {
			if want != "" {
				want = c.repo + want
			}
			if got != want {
				t.Errorf("%s %s %s: %q, want %q", c.repo, c.from, c.to, got, want)
			}
		}
	}
	var none Repository
	if none.URL() != "" || none.Compare("a", "b") != "" || none.Tag("a") != "" || none.Releases() != "" {
		t.Error("no repository has addresses")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("https://github.com/docker-library/python.git#0f4dc5e0:3.12/slim-bookworm", "v1.2.3")
	f.Add("git@github.com:a/b", "a..b")
	f.Fuzz(func(t *testing.T, text, ref string) {
		r, ok := Parse(text)
		for _, a := range []string{r.URL(), r.Compare("v0", ref), r.Tag(ref), r.Releases()} {
			if a == "" {
				continue
			}
			u, err := url.Parse(a)
			if !ok || err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.String() != a || strings.ContainsAny(a, "()[]<>|\\`\"' ") {
				t.Errorf("%q and %q make the address %q (%v)", text, ref, a, err)
			}
		}
		if again, _ := Parse(r.URL()); again != r {
			t.Errorf("Parse(%q) = %+v, and again %+v", text, r, again)
		}
	})
}
