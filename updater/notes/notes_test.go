package notes

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/semver"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// goVersions orders as Go does.
func goVersions(a, b string) (int, bool) {
	return semver.Compare(a, b), semver.IsValid(a) && semver.IsValid(b)
}

// numbers orders plain releases such as "1.2.3", and takes nothing else.
func numbers(a, b string) (int, bool) {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		m, errA := number(as, i)
		n, errB := number(bs, i)
		if errA != nil || errB != nil {
			return 0, false
		}
		if c := cmp.Compare(m, n); c != 0 {
			_, okA := numbers(a, a)
			_, okB := numbers(b, b)
			return c, okA && okB
		}
	}
	return 0, true
}

func number(parts []string, i int) (uint64, error) {
	if i >= len(parts) {
		return 0, nil
	}
	return strconv.ParseUint(parts[i], 10, 64)
}

// A hub answers as GitHub does.
type hub struct {
	*httptest.Server
	releases map[string][]map[string]any // by owner/name
	requests []string
	auth     []string
	answer   func(w http.ResponseWriter, r *http.Request) bool // before all others
}

func newHub(t *testing.T) *hub {
	h := &hub{releases: map[string][]map[string]any{}}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.requests = append(h.requests, r.URL.String())
	h.auth = append(h.auth, r.Header.Get("Authorization"))
	if h.answer != nil && h.answer(w, r) {
		return
	}
	name := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/repos/"), "/releases")
	list, ok := h.releases[name]
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"message":"Not Found","status":"404"}`))
		return
	}
	page, _ := strconv.Atoi(cmp.Or(r.URL.Query().Get("page"), "1"))
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	from, to := min((page-1)*size, len(list)), min(page*size, len(list))
	if to < len(list) {
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?per_page=%d&page=%d>; rel="next", <%s%s?per_page=%d&page=%d>; rel="last"`,
			h.URL, r.URL.Path, size, page+1, h.URL, r.URL.Path, size, len(list)/size+1))
	}
	_ = json.NewEncoder(w).Encode(append([]map[string]any{}, list[from:to]...))
}

func (h *hub) source() *Source {
	return New(Options{HTTP: fetch.New(fetch.Options{Retries: -1}), API: h.URL, Host: "github.com"})
}

// tagged are releases of these tags, the newest first; "draft:", "pre:" and "bare:" say what is special.
func tagged(tags ...string) (list []map[string]any) {
	for i, tag := range tags {
		r := map[string]any{
			"tag_name": tag, "name": "", "draft": false, "prerelease": false, "body": "about " + tag,
			"published_at": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -i).Format(time.RFC3339),
		}
		kind, name, special := strings.Cut(tag, ":")
		if special {
			r["tag_name"] = name
			switch kind {
			case "draft":
				r["draft"], r["published_at"] = true, nil
			case "pre":
				r["prerelease"] = true
			case "bare":
				r["name"], r["body"] = nil, nil
			}
		}
		list = append(list, r)
	}
	return list
}

func tagsOf(l List) string {
	var tags []string
	for _, r := range l.Releases {
		tags = append(tags, r.Tag)
	}
	return strings.Join(tags, " ")
}

func TestBetween(t *testing.T) {
	for _, c := range []struct {
		tags, source, name, from, to string
		compare                      Compare
		want                         string
	}{
		{"v1.3.0 v1.2.4 v1.2.3 v1.2.2", "https://github.com/a/b", "", "v1.2.2", "v1.2.4", goVersions, "v1.2.4 v1.2.3"},
		{"1.3.0 1.2.4 1.2.3 1.2.2", "a/../b", "", "v1.2.2", "v1.2.4", goVersions, ""},
		{"1.3.0 1.2.4 1.2.3 1.2.2", "git+https://github.com/a/b.git#egg=b", "", "v1.2.2", "v1.2.4", goVersions, "1.2.4 1.2.3"},
		{"release-1.2.4 release-1.2.3 REL_1_2_2", "git@github.com:a/b", "", "1.2.1", "1.2.4", numbers, "release-1.2.4 release-1.2.3 REL_1_2_2"},
		{"Release_1_10 Release_1_9 Release_1_8", "https://github.com/a/b", "", "1.8", "1.10", numbers, "Release_1_10 Release_1_9"},
		{"v1.2.0 1.1.0 version-1.0.5 v.1.0.4 r1.0.3", "https://github.com/a/b", "", "1.0.2", "1.2.0", numbers, "v1.2.0 1.1.0 version-1.0.5 v.1.0.4 r1.0.3"},
		{"release-2024-01-03 release-2023-12-01", "https://github.com/a/b", "", "2023.12.1", "2024.1.3", numbers, "release-2024-01-03"},
		{"v1.2.4 draft:v1.2.3 bare:v1.2.2", "https://github.com/a/b", "", "v1.2.1", "v1.2.4", goVersions, "v1.2.4 v1.2.2"},

		// pre-releases
		{"v1.3.0 v1.3.0-rc.1 pre:v1.2.9 v1.2.8", "https://github.com/a/b", "", "v1.2.8", "v1.3.0", goVersions, "v1.3.0"},
		{"pre:v1.3.0 v1.2.9", "https://github.com/a/b", "", "v1.2.8", "v1.3.0", goVersions, "v1.3.0 v1.2.9"},
		{"v1.3.0-rc.2 v1.3.0-rc.1 v1.2.9", "https://github.com/a/b", "", "v1.2.8", "v1.3.0-rc.2", goVersions, "v1.3.0-rc.2 v1.3.0-rc.1 v1.2.9"},
		{"v1.2.9 v1.2.9-beta.1 v1.2.8", "https://github.com/a/b", "", "v1.2.8", "v1.2.10-0.20260101000000-a1b2c3d4e5f6", goVersions, "v1.2.9"},
		{"v2.0.0 v1.9.0", "https://github.com/a/b", "", "v1.9.0+incompatible", "v2.0.0+incompatible", goVersions, "v2.0.0"},

		// several packages in one repository
		{"sub/v1.2.4 v1.2.4 sub/v1.2.3 v1.2.3", "https://github.com/a/b/releases/tag/sub/v1.2.4", "", "v1.2.2", "v1.2.4", goVersions, "sub/v1.2.4 sub/v1.2.3"},
		{"sub/v1.2.4 v1.2.4 sub/v1.2.3 v1.2.3", "https://github.com/a/b", "", "v1.2.2", "v1.2.4", goVersions, "v1.2.4 v1.2.3"},
		{"v1.2.4 v1.2.3", "https://github.com/a/b/releases/tag/sub/v1.2.4", "", "v1.2.2", "v1.2.4", goVersions, ""},
		{"azure-core_1.2.4 azure-identity_1.2.4 azure-core_1.2.3", "https://github.com/azure/sdk", "azure.core", "1.2.2", "1.2.4", numbers, "azure-core_1.2.4 azure-core_1.2.3"},
		{"azure-core_1.2.4 azure-identity_1.2.4", "https://github.com/azure/sdk/tree/main/sdk/azure-identity", "", "1.2.2", "1.2.4", numbers, "azure-identity_1.2.4"},
		{"azure-core_1.2.4 azure-identity_1.2.4", "https://github.com/azure/sdk", "", "1.2.2", "1.2.4", numbers, ""}, // ambiguous
		{"foo-1.2.4 foo-1.2.3", "https://github.com/a/b", "", "1.2.2", "1.2.4", numbers, "foo-1.2.4 foo-1.2.3"},
		{"chart-1.2.4 v1.2.3", "https://github.com/a/b", "", "1.2.2", "1.2.4", numbers, "v1.2.3"},
		{"b-1.2.4 c-1.2.4", "https://github.com/a/b", "", "1.2.2", "1.2.4", numbers, "b-1.2.4"},
		{"pkg@1.2.4 pkg==1.2.3 pkg/v1.2.2", "https://github.com/a/b", "pkg", "1.2.1", "1.2.4", numbers, "pkg@1.2.4 pkg==1.2.3 pkg/v1.2.2"},
		{"log4j-2.17.1 log4j-2.17.0", "https://github.com/a/b", "", "2.16.0", "2.17.1", numbers, "log4j-2.17.1 log4j-2.17.0"},
		{"boost1.84.0 boost1.83.0", "https://github.com/a/boost", "", "1.82.0", "1.84.0", numbers, "boost1.84.0 boost1.83.0"},
		{"go1.22.1 go1.22.0", "https://github.com/golang/go", "", "go1.21", "go1.22.1", func(a, b string) (int, bool) {
			return numbers(strings.TrimPrefix(a, "go"), strings.TrimPrefix(b, "go"))
		}, "go1.22.1 go1.22.0"},

		// nothing to find
		{"v1.2.4 v1.2.3", "https://github.com/a/b", "", "v1.2.4", "v1.2.3", goVersions, "v1.2.3"}, // back: the target itself
		{"nightly weekly", "https://github.com/a/b", "", "v1.2.4", "v1.2.3", goVersions, ""},
		{"v1.2.4", "https://github.com/a/b", "", "main", "latest", goVersions, ""},
		{"latest v1.2.4", "https://github.com/a/b", "", "main", "latest", func(a, b string) (int, bool) { return 0, a == b }, "latest"},
		{"", "https://github.com/a/b", "", "v1.2.4", "v1.2.3", goVersions, ""},

		// the order is that of versions
		{"v1.9.9 v2.0.0 v1.9.8", "https://github.com/a/b", "", "v1.9.8", "v2.0.0", goVersions, "v2.0.0 v1.9.9"},
		{"v1.9.9 v1.9.9", "https://github.com/a/b", "", "v1.9.8", "v2.0.0", goVersions, "v1.9.9"},
	} {
		h := newHub(t)
		h.releases["a/b"] = tagged(strings.Fields(c.tags)...)
		for _, other := range []string{"azure/sdk", "a/boost", "golang/go"} {
			h.releases[other] = h.releases["a/b"]
		}
		l, err := h.source().For(c.name).Between(t.Context(), c.source, c.from, c.to, c.compare)
		if got := tagsOf(l); err != nil || got != c.want {
			t.Errorf("Between(%s, %s, %s) of %s = %q, %v, want %q", c.source, c.from, c.to, c.tags, got, err, c.want)
		}
		if l.More != 0 {
			t.Errorf("%s: %d more", c.tags, l.More)
		}
	}
}

func TestRelease(t *testing.T) {
	h := newHub(t)
	h.releases["Acme/App.js"] = []map[string]any{
		{"tag_name": "sub/v1.2.4+b #1", "name": "  The \u202eone\r\nwith <b>🎉\x00 ", "body": "# News\r\n\r\n* fixed @you\t#1\r\n", "published_at": "2026-05-06T07:08:09Z", "prerelease": true},
		{"tag_name": "v1.2.3", "name": "\u200b", "body": nil, "published_at": nil},
	}
	s := h.source()
	l, err := s.Between(t.Context(), "http://www.GitHub.com/Acme/App.js/issues", "1.2.2", "1.2.3", numbers)
	if err != nil || l.URL != "https://github.com/Acme/App.js/releases" || len(l.Releases) != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	want := Release{Tag: "v1.2.3", Title: "v1.2.3", URL: "https://github.com/Acme/App.js/releases/tag/v1.2.3"}
	if l.Releases[0] != want {
		t.Errorf("%+v, want %+v", l.Releases[0], want)
	}
	l, err = s.Between(t.Context(), "https://github.com/Acme/App.js/releases/tag/sub/v1", "1.2.3", "1.2.4", func(a, b string) (int, bool) {
		return numbers(strings.TrimSuffix(a, "+b #1"), b)
	})
	want = Release{
		Tag: "sub/v1.2.4+b #1", Title: "The one with <b>🎉", URL: "https://github.com/Acme/App.js/releases/tag/sub/v1.2.4+b%20%231",
		Published: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC), Body: "# News\n\n* fixed @you    #1", Pre: true,
	}
	if err != nil || len(l.Releases) != 1 || l.Releases[0] != want {
		t.Errorf("%+v, %v, want %+v", l.Releases, err, want)
	}
}

func TestBounds(t *testing.T) {
	h := newHub(t)
	var tags []string
	for i := 10_000; i > 0; i-- {
		tags = append(tags, fmt.Sprintf("v1.%d.0", i))
	}
	h.releases["a/b"] = tagged(tags...)
	for _, r := range h.releases["a/b"] {
		r["body"], r["name"] = strings.Repeat("A line of notes, with an emoji: 🎉\r\n", 2000), strings.Repeat("long title ", 50)
	}
	h.releases["a/b"][0]["body"] = strings.Repeat("x", 1<<20) // as a line
	l, err := h.source().Between(t.Context(), "github.com/a/b", "v1.1.0", "v1.10000.0", goVersions)
	if err != nil || len(l.Releases) != maxReleases || l.More != 300-maxReleases || len(h.requests) != maxPages {
		t.Fatalf("%d releases, %d more, %d requests, %v", len(l.Releases), l.More, len(h.requests), err)
	}
	all := 0
	for i, r := range l.Releases {
		all += len(r.Tag) + len(r.Title) + len(r.URL) + len(r.Body)
		if len(r.Body) > maxBody || len(r.Title) > maxTitle || r.Body != "" && !strings.HasSuffix(r.Body, ellipsis) {
			t.Errorf("release %d has %d and %d bytes, the end is %q", i, len(r.Title), len(r.Body), r.Body[max(0, len(r.Body)-10):])
		}
	}
	if all > maxAll || all < maxAll-maxBody {
		t.Errorf("%d bytes", all)
	}
	h.requests = nil
	if l, err = h.source().Between(t.Context(), "github.com/a/b", "v1.9990.0", "v1.9991.0", goVersions); err != nil || tagsOf(l) != "v1.9991.0" || len(h.requests) != maxPages {
		t.Errorf("%s, %d requests, %v", tagsOf(l), len(h.requests), err)
	}
}

func TestPages(t *testing.T) {
	var tags []string
	for i := 500; i > 0; i-- {
		tags = append(tags, fmt.Sprintf("v1.0.%d", i))
	}
	for _, c := range []struct {
		from, to string
		found    int
		requests int
	}{
		{"v1.0.499", "v1.0.500", 1, 1}, // of one line: what follows is older than both
		{"v1.0.350", "v1.0.352", 2, 2},
		{"v1.0.3", "v1.0.4", 0, 3},
		{"v0.9.0", "v1.0.500", 20, 3},
	} {
		h := newHub(t)
		h.releases["a/b"] = tagged(tags...)
		l, err := h.source().Between(t.Context(), "github.com/a/b", c.from, c.to, goVersions)
		if err != nil || len(l.Releases) != c.found || len(h.requests) != c.requests || l.URL == "" {
			t.Errorf("%s..%s: %d found by %d requests, %v", c.from, c.to, len(l.Releases), len(h.requests), err)
		}
	}
}

func TestElsewhere(t *testing.T) {
	h := newHub(t)
	for _, source := range []string{
		"", "https://gitlab.com/a/b", "https://github.com", "https://github.com/a", "https://github.com.evil.example/a/b",
		"https://github.com@evil.example/a/b", "file:///etc/passwd", "javascript:alert(1)", "https://evil.example/github.com/a/b",
		"https://github.com/a/..", "https://github.com/../b", "https://github.com/a/b%2f..%2f..", "https://github.com/a/b%00", "https://github.com:8443/a/b",
		"https://github.com/a b/c", "https://gıthub.com/a/b", strings.Repeat("https://github.com/", 1000),
	} {
		l, err := h.source().Between(t.Context(), source, "v1.0.0", "v1.0.1", goVersions)
		if err != nil || l.URL != "" || len(l.Releases) != 0 {
			t.Errorf("Between(%q) = %+v, %v", source, l, err)
		}
	}
	if len(h.requests) != 0 {
		t.Errorf("asked %q", h.requests)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		answer func(w http.ResponseWriter)
		code   string
		want   string
	}{
		{func(w http.ResponseWriter) { w.WriteHeader(404) }, fetch.NotFound, "404 Not Found"},
		{func(w http.ResponseWriter) { w.WriteHeader(403) }, fetch.Unauthorized, "403 Forbidden"},
		{func(w http.ResponseWriter) { w.WriteHeader(451) }, fetch.BadAnswer, "451"},
		{func(w http.ResponseWriter) { w.WriteHeader(503) }, fetch.Unreachable, "503"},
		{func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>sign in</html>")) }, fetch.BadAnswer, "not a list of releases"},
		{func(w http.ResponseWriter) { _, _ = w.Write([]byte(`{"message":"hello"}`)) }, fetch.BadAnswer, "not a list of releases"},
		{func(w http.ResponseWriter) { _, _ = w.Write([]byte(`[{"tag_name":"v1.0.1"`)) }, fetch.BadAnswer, "not a list of releases"},
		{func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", "1795478400")
			w.WriteHeader(403)
		}, fetch.RateLimited, "the rate limit is used up until 2026-11-24 00:00:01 UTC"},
		{func(w http.ResponseWriter) {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.WriteHeader(403)
		}, fetch.RateLimited, "the rate limit is used up until 2026-11-23 00:01:00 UTC"},
		{func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(403)
		}, fetch.RateLimited, "the rate limit is used up until 2026-11-23 01:00:00 UTC"},
	} {
		h := newHub(t)
		h.answer = func(w http.ResponseWriter, r *http.Request) bool { c.answer(w); return true }
		now := func() time.Time { return time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC) }
		s := New(Options{HTTP: fetch.New(fetch.Options{Retries: -1, Now: now}), API: h.URL, Host: "github.com"})
		l, err := s.Between(t.Context(), "https://github.com/a/b", "v1.0.0", "v1.0.1", goVersions)
		if err == nil || fetch.Code(err) != c.code || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") ||
			!strings.HasPrefix(err.Error(), "list releases of github.com/a/b: ") {
			t.Errorf("%v has code %s, want %s and %q", err, fetch.Code(err), c.code, c.want)
		}
		if l.URL == "" {
			t.Errorf("%v: no address to read on", err)
		}
	}
}

// TestLimit asks no more while the limit is reached, except the cache.
func TestLimit(t *testing.T) {
	h := newHub(t)
	h.releases["a/b"] = tagged("v1.0.1")
	h.releases["a/c"] = tagged("v1.0.1")
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	over := false
	h.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if over {
			w.Header().Set("X-RateLimit-Remaining", "0")
			w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(now.Add(10*time.Minute).Unix(), 10))
			w.WriteHeader(http.StatusForbidden)
		}
		return over
	}
	s := New(Options{HTTP: fetch.New(fetch.Options{Retries: -1, Now: func() time.Time { return now }}), API: h.URL, Host: "github.com"})
	ask := func(name string) error {
		_, err := s.For("x").Between(t.Context(), "https://github.com/a/"+name, "v1.0.0", "v1.0.1", goVersions)
		return err
	}
	if err := ask("b"); err != nil {
		t.Fatal(err)
	}
	over = true
	for _, name := range []string{"c", "d", "e"} {
		if err := ask(name); fetch.Code(err) != fetch.RateLimited || !strings.Contains(err.Error(), "a/"+name+"/releases") || !strings.Contains(err.Error(), "2026-11-24 00:10:01 UTC") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ask("b"); err != nil {
		t.Errorf("what is known: %v", err)
	}
	if len(h.requests) != 2 {
		t.Errorf("asked %q", h.requests)
	}
	over, now = false, now.Add(10*time.Minute+time.Second)
	h.releases["a/f"] = tagged("v1.0.1")
	if err := ask("f"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestToken(t *testing.T) {
	other := newHub(t)
	other.answer = func(w http.ResponseWriter, r *http.Request) bool { _, _ = w.Write([]byte("[]")); return true }
	h := newHub(t)
	h.releases["new/b"] = tagged("v1.0.1")
	h.answer = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case strings.HasPrefix(r.URL.Path, "/repos/old/"): // a repository that was renamed
			http.Redirect(w, r, "/repos/new/b/releases?per_page=100", http.StatusMovedPermanently)
		case strings.HasPrefix(r.URL.Path, "/repos/evil/"):
			http.Redirect(w, r, other.URL, http.StatusFound)
		default:
			return false
		}
		return true
	}
	token := "secret-1"
	o := Options{HTTP: fetch.New(fetch.Options{Retries: -1}), API: h.URL + "/", Token: func(context.Context) (string, error) { return token, nil }}
	s := New(o)
	site := strings.TrimPrefix(h.URL, "http://") // the host of the API, as with GitHub Enterprise Server
	l, err := s.Between(t.Context(), "https://"+site+"/old/b", "v1.0.0", "v1.0.1", goVersions)
	if err != nil || tagsOf(l) != "v1.0.1" || strings.Join(h.auth, " ") != "Bearer secret-1 Bearer secret-1" {
		t.Errorf("%+v, %v, %q", l, err, h.auth)
	}
	if _, err := s.Between(t.Context(), "https://"+site+"/evil/b", "v1.0.0", "v1.0.1", goVersions); err != nil || strings.Join(other.auth, "") != "" {
		t.Errorf("%v, the token went elsewhere: %q", err, other.auth)
	}
	for _, c := range []struct {
		token, identity string
		asked           int // whether the cache of others answered
	}{
		{"secret-1", "", 0}, {"secret-2", "", 1}, {"", "", 1}, {"secret-3", "app", 1}, {"secret-4", "app", 0}, {"", "app", 0},
	} {
		token, o.Identity, h.requests = c.token, c.identity, nil
		if _, err := New(o).Between(t.Context(), "https://"+site+"/new/b", "v1.0.0", "v1.0.1", goVersions); err != nil || len(h.requests) != c.asked && c.token != "secret-1" {
			t.Errorf("%+v: asked %q, %v", c, h.requests, err)
		}
	}
	o.Token = func(context.Context) (string, error) { return "", errors.New("the key is gone") }
	if _, err := New(o).Between(t.Context(), "https://"+site+"/new/b", "v1.0.0", "v1.0.1", goVersions); err == nil || !strings.HasSuffix(err.Error(), "the key is gone") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o.Token = nil
	if _, err := New(o).Between(ctx, "https://"+site+"/x/y", "v1.0.0", "v1.0.1", goVersions); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestHosts(t *testing.T) {
	hosts := ""
	for _, s := range newSites(Options{API: "https://ghe.acme.example/api/v3"}) {
		hosts += s.host + " " + s.api + "\n"
	}
	if want := "ghe.acme.example https://ghe.acme.example/api/v3\ngithub.com https://api.github.com\n"; hosts != want {
		t.Errorf("%q, want %q", hosts, want)
	}
}
