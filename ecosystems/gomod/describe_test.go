package gomod

import (
	"net/http/httptest"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/source/goproxy"
	"github.com/freshpin/freshpin/ecosystems/version"
)

func TestDescribe(t *testing.T) {
	proxy := &goproxyserver.Server{}
	origin := func(path, v, address, ref string) {
		proxy.Add(path, goproxyserver.Module{Version: v, Origin: &goproxyserver.Origin{VCS: "git", URL: address, Ref: ref, Hash: "0123456789abcdef0123456789abcdef01234567"}})
	}
	origin("example.com/vanity", "v1.2.4", "https://github.com/acme/app", "refs/tags/v1.2.4")
	origin("example.com/vanity/api", "v1.2.4", "https://github.com/acme/app", "refs/tags/api/v1.2.4")
	origin("gitlab.com/a/b/c/d.git", "v1.2.4", "https://gitlab.com/a/b/c.git", "refs/tags/d/v1.2.4")
	origin("golang.org/x/net", "v0.42.0", "https://go.googlesource.com/net", "refs/tags/v0.42.0")
	origin("example.com/svn", "v1.2.4", "file:///etc/passwd", "refs/tags/v1.2.4")
	origin("github.com/moved/old", "v1.2.4", "https://github.com/moved/new", "refs/tags/v1.2.4")
	proxy.Add("gitlab.com/a/b/c", goproxyserver.Module{Version: "v1.0.1"})
	proxy.Add("example.com/mute", goproxyserver.Module{Version: "v1.2.4"})
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	client := fetch.New(fetch.Options{})
	t.Cleanup(client.Close)
	e := New(goproxy.New(goproxy.Options{HTTP: client, Proxy: s.URL}), nil)

	const hub = "https://github.com/"
	links := func(repo, from, to string) ecosystems.Links {
		return ecosystems.Links{Source: hub + repo, Notes: hub + repo + "/releases/tag/" + to, Compare: hub + repo + "/compare/" + from + "..." + to}
	}
	for _, c := range []struct {
		path, from, to string
		want           ecosystems.Links
	}{
		{"example.com/vanity", "v1.2.3", "v1.2.4", links("acme/app", "v1.2.3", "v1.2.4")},
		{"example.com/vanity/api", "v1.2.3", "v1.2.4", links("acme/app", "api/v1.2.3", "api/v1.2.4")},
		{"example.com/vanity", "v0.0.0-20240101000000-abcdefabcdef", "v1.2.4", links("acme/app", "abcdefabcdef", "v1.2.4")},
		{"gitlab.com/a/b/c/d.git", "v1.2.3", "v1.2.4", ecosystems.Links{
			Source: "https://gitlab.com/a/b/c", Notes: "https://gitlab.com/a/b/c/-/tags/d/v1.2.4", Compare: "https://gitlab.com/a/b/c/-/compare/d/v1.2.3...d/v1.2.4"}},
		{"github.com/moved/old", "v1.2.3", "v1.2.4", links("moved/new", "v1.2.3", "v1.2.4")},
		{"golang.org/x/net", "v0.20.0", "v0.42.0", ecosystems.Links{Source: hub + "golang/net", Compare: hub + "golang/net/compare/v0.20.0...v0.42.0"}},

		// The proxy does not know them, or does not tell: the path does.
		{"github.com/spf13/cobra", "v1.8.0", "v1.8.1", links("spf13/cobra", "v1.8.0", "v1.8.1")},
		{"github.com/a/b/v2", "v2.0.0", "v2.0.1", links("a/b", "v2.0.0", "v2.0.1")},
		{"github.com/a/b/sub/dir/v3", "v3.0.0", "v3.0.1", links("a/b", "sub/dir/v3.0.0", "sub/dir/v3.0.1")},
		{"github.com/a/b", "v2.0.0+incompatible", "v2.0.1+incompatible", links("a/b", "v2.0.0", "v2.0.1")},
		{"github.com/a/b", "v1.0.0", "v1.0.1-0.20240101000000-abcdefabcdef", ecosystems.Links{Source: hub + "a/b", Compare: hub + "a/b/compare/v1.0.0...abcdefabcdef"}},
		{"gopkg.in/yaml.v3", "v3.0.0", "v3.0.1", links("go-yaml/yaml", "v3.0.0", "v3.0.1")},
		{"gopkg.in/user/pkg.v2", "v2.0.0", "v2.0.1", links("user/pkg", "v2.0.0", "v2.0.1")},
		{"golang.org/x/exp/typeparams", "v0.1.0", "v0.1.1", ecosystems.Links{Source: hub + "golang/exp", Compare: hub + "golang/exp/compare/typeparams/v0.1.0...typeparams/v0.1.1"}},
		{"gitlab.com/a/b/c", "v1.0.0", "v1.0.1", ecosystems.Links{}}, // b may be a group, or the repository
		{"example.com/mute", "v1.2.3", "v1.2.4", ecosystems.Links{}},
		{"example.com/svn", "v1.2.3", "v1.2.4", ecosystems.Links{}},
		{"toolchain", "go1.26.1", "go1.26.2", ecosystems.Links{Source: hub + "golang/go", Notes: "https://go.dev/doc/devel/release#go1.26.2", Compare: hub + "golang/go/compare/go1.26.1...go1.26.2"}},
	} {
		proxy.ForgetRequests()
		d := ecosystems.Dependency{Package: ecosystems.Package{Kind: "go", Name: c.path}, Pin: ecosystems.Pin{Text: c.from, Version: version.Version{Text: c.from}}}
		got, err := e.Describe(t.Context(), d, ecosystems.Target{Version: version.Version{Text: c.to}})
		if got != c.want || err != nil {
			t.Errorf("%s: %+v, %v, want %+v", c.path, got, err, c.want)
		}
		if n := proxy.Requests(); n["info"] > 1 || len(n) > 2 {
			t.Errorf("%s: requests %v", c.path, n)
		}
	}
	if got, err := New(nil, nil).Describe(t.Context(), ecosystems.Dependency{Package: ecosystems.Package{Name: "example.com/x"}}, ecosystems.Target{}); err != nil || got != (ecosystems.Links{}) {
		t.Errorf("without a source: %+v, %v", got, err)
	}
}
