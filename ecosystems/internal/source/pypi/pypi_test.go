package pypi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/pypiserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
)

func client() *fetch.Client { return fetch.New(fetch.Options{Retries: -1}) }

func start(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL + "/simple"
}

// show prints releases in one line each.
func show(p pypi.Project) string {
	var lines []string
	for _, r := range p.Releases {
		date := ""
		if !r.Published.IsZero() {
			date = r.Published.Format(time.DateOnly)
		}
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%d", r.Version, date, r.Yanked, r.RequiresPython, len(r.Hashes)))
	}
	return strings.Join(lines, " ")
}

func TestReleases(t *testing.T) {
	for _, c := range []struct {
		html bool
		want string
	}{
		{false, "1.0|2020-01-02|||2 1.1||broken & <bad>||2 2.0rc1|||>=3.8, <4|2"},
		{true, "1.0||||2 1.1||broken & <bad>||2 2.0rc1|||>=3.8, <4|2"},
	} {
		s := &pypiserver.Server{HTMLOnly: c.html}
		s.Add("Some_Project", pypiserver.Release{Version: "1.0", Date: time.Date(2020, 1, 2, 3, 4, 5, 6000, time.UTC)},
			pypiserver.Release{Version: "1.1", Yanked: "broken & <bad>"}, pypiserver.Release{Version: "2.0rc1", RequiresPython: ">=3.8, <4"})
		p, err := pypi.New(client(), pypi.Indexes{Main: start(t, s)}, nil).Releases(context.Background(), "some-project", "")
		if got := show(p); err != nil || got != c.want {
			t.Errorf("HTML only %t: %s, %v; want %s", c.html, got, err, c.want)
		}
		if n := s.Requests()["/simple/some-project/"]; n != 1 {
			t.Errorf("%d requests, want 1: %v", n, s.Requests())
		}
	}
}

const h64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestAnswers: odd answers are errors that say what is odd, and odd files are no releases.
func TestAnswers(t *testing.T) {
	const json, html = "application/vnd.pypi.simple.v1+json", "text/html; charset=utf-8"
	file := func(name, more string) string { return fmt.Sprintf(`{"filename":%q%s}`, name, more) }
	list := func(files ...string) string { return `{"name":"X","files":[` + strings.Join(files, ",") + `]}` }
	for _, c := range []struct{ media, body, want string }{
		{json, list(file("x-1.0-py3-none-any.whl", ""), file("x-1.0.0.tar.gz", `,"yanked":true`), file("x-1.0.egg", ""), file("x-1.0.exe", ""), file("y-2.0.tar.gz", ""), file("x-nonsense.zip", "")), "1.0||||0"},
		{json, list(file("x-1.tar.gz", `,"yanked":true`), file("x-1.zip", `,"yanked":1`)), "1||no reason given||0"},
		{json, list(file("x-1.tar.gz", `,"yanked":true`), file("x-1.zip", `,"yanked":""`)), "1||||0"}, // PEP 691: a truthy value; pip's Link.from_json
		{json, list(file("x-1.tar.gz", `,"yanked":null`)), "1||||0"},
		{html, `<!DOCTYPE html><a href="x-1.tar.gz" data-yanked="">x</a>`, "1||no reason given||0"},                                                                                    // PEP 592: the attribute alone
		{json, list(file("x-1-1-py3-none-any.whl", ""), file("x-2-b1-py3-none-any.whl", ""), file("x-3--py3-none-any.whl", ""), file("x-4-1b-py3-none-any.whl", "")), "1||||0 4||||0"}, // a build tag begins with a digit
		{json, list(file("x-1.tar.gz", `,"yanked":"old","upload-time":"2020-01-01T00:00:00Z"`), file("x-1.zip", `,"upload-time":"2019-01-01T00:00:00.5+02:00","requires-python":null`)), "1|2018-12-31|||0"},
		{json, list(file("x-1.tar.gz", `,"hashes":{"sha256":"`+h64+`"}`), file("x-1.zip", `,"requires-python":">=3"`)), "1||||0"}, // a hash for each file, or none
		{json, list(file("x-1-cp39-cp39-any.whl", `,"requires-python":">=3.9"`), file("x-1-cp27-cp27-any.whl", `,"requires-python":"<3"`)), "1|||>=3.9 || <3|0"},
		{html, `<!DOCTYPE html><a href="../../x-1.0%2Bcu118-py3-none-any.whl#sha256=` + h64 + `" data-requires-python="&gt;=3.8">x</a>`, "1.0+cu118|||>=3.8|1"},
		{html, `<!DOCTYPE html><a href="x-1.0.tar.gz#sha256=` + h64 + `&egg=x">x</a>`, "1.0||||1"},
		{html, `<!DOCTYPE html><meta name="pypi:repository-version" content="2.0"><a href="x-1.0.tar.gz">x</a>`, `bad-answer: version "2.0" of the simple API is not known`},
		{json, list(file("x-1.tar.gz", `,"hashes":{"sha256":"`+strings.Repeat("-r /etc/passwd\\n  ", 4)[:64]+`"}`)), "1||||0"}, // never into a requirements file
		{json, list(file("x-1.tar.Z", ""), file("x-2.tbz", "")), "2||||0"},                                                     // what pip installs
		{json, `{"files":[],"project-status":"odd"}`, ""},
		{json, list(file("x-1.tar.gz", `,"yanked":"`+strings.Repeat("why ", 200)+`"`)), "1||" + strings.Repeat("why ", 75) + "…||0"},
		{html, "<!DOCTYPE html><html><body></body></html>", ""}, // a project without files
		{html, "<html><form action=/login></form></html>", "bad-answer: not the HTML of the simple API"},
		{html, "Please log in", "bad-answer: not the HTML of the simple API"},
		{json, "<!DOCTYPE html><html></html>", "bad-answer: not the JSON of the simple API: invalid character '<' looking for beginning of value"},
		{json, `{"files":[{"filename":"x-1`, "bad-answer: not the JSON of the simple API: unexpected end of JSON input"},
		{json, `{"message":"sorry"}`, "bad-answer: not the JSON of the simple API: no list of files"},
		{json, `{"meta":{"api-version":"2.0"},"files":[]}`, `bad-answer: version "2.0" of the simple API is not known`},
		{json, `{"name":"other","files":[]}`, `bad-answer: the answer is about "other", not x`},
		{json, "", "bad-answer: an empty answer"},
		{"image/png", "x", `bad-answer: content type "image/png" is not one of the simple API`},
	} {
		index := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			fmt.Fprint(w, c.body)
		}))
		p, err := pypi.New(client(), pypi.Indexes{Main: index}, nil).Releases(context.Background(), "x", "")
		got := show(p)
		if err != nil {
			got = fetch.Code(err) + ": " + strings.TrimPrefix(err.Error(), "GET "+index+"/x/: ")
		}
		if got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.body, got, c.want)
		}
	}
}

// TestLabels: of several indexes the first that has the label of the pin counts
// (pytorch/pytorch.github.io#1060), else the first that knows the name.
func TestLabels(t *testing.T) {
	var bases []string
	for _, versions := range []string{"1.0 1.1", "", "1.0+cu118 1.1+cu118", "9.0+cu118 9.0+cpu"} {
		s := &pypiserver.Server{}
		for _, v := range strings.Fields(versions) {
			s.Add("x", pypiserver.Release{Version: v})
		}
		bases = append(bases, start(t, s))
	}
	source := pypi.New(client(), pypi.Indexes{Main: bases[0], Extra: bases[1:]}, nil)
	for label, want := range map[string]string{"": "1.0 1.1", "+cu118": "1.0+cu118 1.1+cu118", "+cpu": "9.0+cpu 9.0+cu118", "+rocm": "1.0 1.1"} {
		p, err := source.Releases(context.Background(), "x", source.KeyFor("", label))
		var got []string
		for _, r := range p.Releases {
			got = append(got, r.Version.Text)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want || err != nil {
			t.Errorf("%s: %v, %v; want %s", label, got, err, want)
		}
	}
	alone := pypi.New(client(), pypi.Indexes{Main: bases[0]}, nil)
	if got := alone.KeyFor("", "+cpu"); got != "" {
		t.Errorf("one index: key %q", got)
	}
}

// TestSeveral: only the first index that knows a name counts, and one that
// cannot tell is never passed over.
func TestSeveral(t *testing.T) {
	private, public := &pypiserver.Server{User: "me", Password: "secret"}, &pypiserver.Server{}
	private.Add("mine", pypiserver.Release{Version: "1"})
	public.Add("mine", pypiserver.Release{Version: "99"})
	public.Add("theirs", pypiserver.Release{Version: "2"})
	a, b := start(t, private), start(t, public)
	withLogin := strings.Replace(a, "http://", "http://me:secret@", 1)
	for _, c := range []struct{ main, name, want string }{
		{withLogin, "mine", "1||||2"},
		{withLogin, "theirs", "2||||2"},
		{withLogin, "nobodys", "not-found"},
		{a, "theirs", "unauthorized"},
		{strings.Replace(a, "http://", "http://me:wrong@", 1), "mine", "unauthorized"},
	} {
		source := pypi.New(client(), pypi.Indexes{Main: c.main, Extra: []string{b}}, nil)
		p, err := source.Releases(context.Background(), c.name, "")
		got := show(p)
		if err != nil {
			got = fetch.Code(err)
			if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "wrong") {
				t.Errorf("the error tells the password: %v", err)
			}
		}
		if got != c.want {
			t.Errorf("%s of %s = %s, want %s", c.name, c.main, got, c.want)
		}
		if key := source.Key(source.Defaults()); strings.Contains(key, "secret") {
			t.Errorf("the key tells the password: %s", key)
		}
	}
}

// TestLogins: a file's login is for that file, and a login of the operator's for its very index.
func TestLogins(t *testing.T) {
	s := pypi.New(client(), pypi.Indexes{Main: "https://op:secret@own.example/simple"}, nil)
	for _, c := range []struct{ url, want string }{
		{"https://a:b@x.example/simple/?token=t#login-2", "https://x.example/simple#login-1"},
		{"https://c:d@x.example/simple", "https://x.example/simple#login-2"},
		{"https://a:b@x.example/simple", "https://x.example/simple#login-1"},
		{"https://x.example/simple#login-1", "https://x.example/simple"},
		{"https://own.example/simple/", "https://own.example/simple#login-1"},
		{"https://own.example/other", "https://own.example/other"},
	} {
		if got := s.Key([]pypi.Index{{URL: c.url}}); got != c.want {
			t.Errorf("Key(%s) = %s, want %s", c.url, got, c.want)
		}
	}
}

func TestAllows(t *testing.T) {
	s := pypi.New(client(), pypi.Indexes{Main: "http://own.example:8080/simple"}, func(h string) bool { return h == "ok.example" })
	for address, want := range map[string]bool{
		"https://pypi.org/simple": true, "http://own.example:8080/other": true, "https://u:p@OK.example/": true,
		"http://own.example/": false, "https://pypi.org.evil.example/": false, "https://evil.example/pypi.org": false,
		"https://pypi.org@evil.example/": false, "file:///etc": false, "simple": false, "": false, "https://:@": false, "ftp://pypi.org/": false,
	} {
		if _, ok := s.Allows(address); ok != want {
			t.Errorf("Allows(%q) = %t, want %t", address, ok, want)
		}
	}
	_, err := s.Releases(context.Background(), "x", "https://evil.example/simple")
	if fetch.Code(err) != fetch.Refused {
		t.Errorf("a host that is not allowed: %v", err)
	}
}

// TestFailures: what a server does wrong has its own code.
func TestFailures(t *testing.T) {
	for status, code := range map[int]string{401: fetch.Unauthorized, 403: fetch.Unauthorized, 404: fetch.NotFound, 429: fetch.RateLimited, 500: fetch.Unreachable} {
		index := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if _, err := pypi.New(client(), pypi.Indexes{Main: index}, nil).Releases(context.Background(), "x", ""); fetch.Code(err) != code {
			t.Errorf("%d: %v, want %s", status, err, code)
		}
	}
	index := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "200000000")
		w.Header().Set("Content-Type", "text/html")
	}))
	if _, err := pypi.New(client(), pypi.Indexes{Main: index}, nil).Releases(context.Background(), "x", ""); fetch.Code(err) != fetch.TooLarge {
		t.Errorf("200 MB: %v", err)
	}
}

func TestLinks(t *testing.T) {
	page := `<html><a href="/w/x-1.0-py3-none-any.whl">x</a><a href="y-2.0.zip">y</a></html>`
	server := start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, page)
	}))
	public := &pypiserver.Server{}
	public.Add("z", pypiserver.Release{Version: "3"})
	index := start(t, public)
	u, _ := url.Parse(server)
	s := pypi.New(client(), pypi.Indexes{Main: index}, func(h string) bool { return h == u.Host })
	key := s.Key([]pypi.Index{{URL: server, Links: true}, {URL: index}})
	for name, want := range map[string]string{"x": "1.0||||0", "z": "3||||2"} {
		if p, err := s.Releases(context.Background(), name, key); err != nil || show(p) != want {
			t.Errorf("%s: %s, %v; want %s", name, show(p), err, want)
		}
	}
}

func TestIndexesFromEnv(t *testing.T) {
	env := map[string]string{"UV_INDEX": "corp=https://corp/simple https://b/", "UV_INDEX_URL": "https://uv/", "PIP_EXTRA_INDEX_URL": "https://x/ https://y/"}
	in := pypi.IndexesFromEnv(func(k string) string { return env[k] })
	if got := fmt.Sprint(in); got != "{[https://corp/simple https://b/] https://uv/ [https://x/ https://y/]}" {
		t.Error(got)
	}
}
