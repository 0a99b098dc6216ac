package pypi

import (
	"net/http"
	"testing"
)

func FuzzParsePage(f *testing.F) {
	f.Add([]byte(`{"name":"x","files":[{"filename":"x-1.0.tar.gz","yanked":"y","hashes":{"sha256":"aa"}}]}`), true)
	f.Add([]byte(`<html><a href="x-1.0-py3-none-any.whl#sha256=aa" data-yanked>x</a></html>`), false)
	f.Fuzz(func(t *testing.T, body []byte, json bool) {
		h := http.Header{"Content-Type": {"text/html"}}
		if json {
			h.Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		}
		p, err := parsePage("x", body, h)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, r := range releases("x", p.files) {
			if r.Version.IsName() || seen[identity(r.Version)] {
				t.Errorf("release %s is none, or there twice", r.Version)
			}
			seen[identity(r.Version)] = true
		}
	})
}
