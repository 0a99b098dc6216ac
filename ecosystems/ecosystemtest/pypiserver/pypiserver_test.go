package pypiserver_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/pypiserver"
)

func ask(s *pypiserver.Server, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Result()
}

// TestForms: the Accept header decides about the form (PEP 691, "Version + Format Selection").
func TestForms(t *testing.T) {
	const v1, pip = "application/vnd.pypi.simple.v1", "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
	s := &pypiserver.Server{}
	s.Add("x", pypiserver.Release{Version: "1"})
	for accept, want := range map[string]string{
		pip: v1 + "+json", "": "text/html", "*/*": "text/html", "text/*, */*;q=0.1": "text/html", v1 + "+json;q=0": "",
		v1 + "+json;q=0.1, " + v1 + "+html": v1 + "+html", "application/vnd.pypi.simple.latest+json": v1 + "+json",
		"image/png": "", "*/*;q=0.5, text/html;q=0.1": v1 + "+html", "nonsense;;;=, " + v1 + "+json": v1 + "+json",
	} {
		res := ask(s, http.MethodGet, "/simple/x/", "Accept", accept)
		got, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
		if want == "" && res.StatusCode != http.StatusNotAcceptable || want != "" && got != want {
			t.Errorf("Accept %q: %d %s, want %q", accept, res.StatusCode, got, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	s := &pypiserver.Server{}
	s.Add("Foo_Bar", pypiserver.Release{Version: "1.0", Summary: "odd", RequiresDist: []string{"y>=1"}})
	page := ask(s, http.MethodGet, "/simple/foo-bar/").Header.Get("ETag")
	for _, c := range []struct {
		method, path, header, value string
		want                        int
	}{
		{"GET", "/simple/Foo.Bar/", "", "", http.StatusMovedPermanently},
		{"GET", "/simple/foo-bar", "", "", http.StatusMovedPermanently},
		{"GET", "/simple/nobody/", "", "", http.StatusNotFound},
		{"GET", "/simple/foo-bar/", "If-None-Match", page, http.StatusNotModified},
		{"GET", "/simple/foo-bar/", "If-None-Match", `"other"`, http.StatusOK},
		{"HEAD", "/simple/", "", "", http.StatusOK},
		{"GET", "/files/foo-bar/foo_bar-1.0-py3-none-any.whl", "Range", "bytes=-10", http.StatusPartialContent},
		{"GET", "/files/foo-bar/foo_bar-1.0-py3-none-any.whl.metadata", "", "", http.StatusOK},
		{"GET", "/files/foo-bar/foo_bar-1.0.tar.gz.metadata", "", "", http.StatusNotFound},
		{"GET", "/files/../simple/", "", "", http.StatusNotFound},
		{"POST", "/simple/foo-bar/", "", "", http.StatusMethodNotAllowed},
	} {
		if res := ask(s, c.method, c.path, c.header, c.value); res.StatusCode != c.want {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, res.StatusCode, c.want)
		}
	}
	if n := s.Requests()["/simple/foo-bar/"]; n != 4 {
		t.Errorf("%d requests for the page, want 4", n)
	}
	if s.ForgetRequests(); len(s.Requests()) != 0 {
		t.Errorf("not forgotten: %v", s.Requests())
	}
}
