package requirements

import (
	"context"
	"slices"
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		urls []string // label and address, one after the other
		want ecosystems.Links
	}{
		{[]string{"Homepage", "https://flask.example/", "Source Code", "https://github.com/pallets/flask/", "Changes", "https://flask.example/changes"},
			ecosystems.Links{Source: "https://github.com/pallets/flask", Notes: "https://flask.example/changes"}},
		{[]string{"Homepage", "https://WWW.GitHub.com/o/r.git?x#readme"}, ecosystems.Links{Source: "https://github.com/o/r"}},
		{[]string{"Homepage", "https://x.example"}, ecosystems.Links{}},
		{[]string{"Code", "https://git.x.example/r", "Homepage", "https://github.com/o/r"}, ecosystems.Links{Source: "https://git.x.example/r"}},
		{[]string{"changelog", "https://x.example/a", "Release Notes", "https://x.example/b"}, ecosystems.Links{Notes: "https://x.example/b"}},
		{[]string{"Source", "https://gitlab.com/a/b/c/-/tree/main"}, ecosystems.Links{Source: "https://gitlab.com/a/b/c"}},
		{[]string{"Source", "https://github.com/sponsors/o", "Funding", "https://github.com/sponsors/o", "Source", "https://github.com"}, ecosystems.Links{}},
		{[]string{"Source", "http://github.com/o/r", "Source", "https://u:p@github.com/o/r", "Source", "javascript:alert(1)", "Source", "https://127.0.0.1/x", "Source", "https://localhost/x",
			"Source", "https://github.com:8443/o/r", "Source", "https:o/r", "Source", "https://git\u0131hub.com/o/r", "Source", "https://github.com/o r\n](x)", "", "https://github.com/o/r"}, ecosystems.Links{}},
	} {
		var urls []pypi.URL
		for pair := range slices.Chunk(c.urls, 2) {
			urls = append(urls, pypi.URL{Label: pair[0], Address: pair[1]})
		}
		if got := links(urls); got != c.want {
			t.Errorf("links(%v) = %+v, want %+v", c.urls, got, c.want)
		}
	}
}

// TestDescribe: the links are those of the release that is the target.
func TestDescribe(t *testing.T) {
	s, base := published(t, "a 1")
	s.Add("a", withURLs("2", "Source, https://github.com/o/a", "Changelog, https://a.example/log"))
	e := New(sourceOf(base), nil)
	d := ecosystems.Dependency{Name: "A", Package: ecosystems.Package{Kind: "pypi", Name: "a"}}
	for text, want := range map[string]ecosystems.Links{"1": {}, "2": {Source: "https://github.com/o/a", Notes: "https://a.example/log"}, "3": {}} {
		v, _ := pep440.Parse(text)
		if got, err := e.Describe(context.Background(), d, ecosystems.Target{Version: v}); err != nil || got != want {
			t.Errorf("Describe(%s) = %+v, %v; want %+v", text, got, err, want)
		}
	}
	var _ ecosystems.Describer = e
	var _ ecosystems.SetChecker = e
	var _ ecosystems.Limiter = e
}
