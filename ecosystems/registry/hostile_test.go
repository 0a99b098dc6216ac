package registry

import (
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	godigest "github.com/opencontainers/go-digest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

// million is a page with so many tags.
func million(n int, format string) string {
	var b strings.Builder
	b.WriteString(`{"name":"x","tags":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"`+format+`"`, i)
	}
	b.WriteString("]}")
	return b.String()
}

// paged answers with one page after another, each made of its number, without end.
func paged(make func(n int) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("p"))
		w.Header().Set("Link", fmt.Sprintf(`</v2/x/tags/list?p=%d>; rel="next"`, n+1))
		fmt.Fprint(w, make(n))
	}
}

// TestHostileTags: lists of tags that are meant to do harm (reports F1 and F4).
func TestHostileTags(t *testing.T) {
	for _, test := range []struct {
		name string
		h    http.HandlerFunc
		code string // "" for an answer
		tags int
		most int64 // requests
	}{
		{"a million tags on one page", says(200, million(1_000_000, "%d.0.0")), fetch.TooLarge, 0, 1},
		{"one tag too many on one page", says(200, million(mostTags+1, "%d.0")), fetch.TooLarge, 0, 1},
		{"as many as may be", says(200, million(mostTags, "%d.0")), "", mostTags, 1},
		{"a million times nothing", says(200, `{"tags":[`+strings.Repeat(`"",`, 1_000_000)+`""]}`), fetch.TooLarge, 0, 1},
		{"a million nulls", says(200, `{"tags":[`+strings.Repeat(`null,`, 1_000_000)+`null]}`), fetch.TooLarge, 0, 1},
		{"more bytes than a page may have", says(200, million(100_000, strings.Repeat("x", 200)+"%d")), fetch.TooLarge, 0, 1},
		{"one tag a page, without end", paged(func(n int) string { return million(1, fmt.Sprint(n)+".%d") }), fetch.TooLarge, 0, freePages + 10},
		{"five tags a page, without end", paged(func(n int) string { return million(5, fmt.Sprint(n)+".%d") }), fetch.TooLarge, 0, 2*freePages + 10},
		{"ten thousand tags a page, without end", paged(func(n int) string { return million(10_000, fmt.Sprint(n)+".%d") }), fetch.TooLarge, 0, 22},
		{"long tags on pages, without end", paged(func(n int) string { return million(1000, fmt.Sprint(n)+"."+strings.Repeat("1", 100)+".%d") }), fetch.TooLarge, 0, 200},
		{"the same page again and again", paged(func(int) string { return million(1000, "%d") }), fetch.TooLarge, 0, mostBarren + 1},
		{"empty pages", paged(func(int) string { return `{"tags":[]}` }), fetch.TooLarge, 0, mostBarren + 1},
		{"a link to elsewhere", says(200, `{"tags":["1.0"]}`, "Link", `<https://evil.example/?x=1>; rel=next`), fetch.BadAnswer, 0, 1},
		{"a link without a query", says(200, `{"tags":["1.0"]}`, "Link", `</v2/x/tags/list>; rel=next`), fetch.BadAnswer, 0, 1},
		{"ten thousand brackets", says(200, `{"tags":`+strings.Repeat("[", 20_000)), fetch.BadAnswer, 0, 1},
		{"ten thousand closed brackets", says(200, `{"x":`+strings.Repeat("[", 20_000)+strings.Repeat("]", 20_000)+`,"tags":[]}`), fetch.BadAnswer, 0, 1},
		{"numbers for tags", says(200, `{"tags":[1,2]}`), fetch.BadAnswer, 0, 1},
		{"lists in the list", says(200, `{"tags":[["1.0"]]}`), fetch.BadAnswer, 0, 1},
		{"an object in the list", says(200, `{"tags":[{"a":"b"}]}`), fetch.BadAnswer, 0, 1},
		{"cut off in the middle", says(200, `{"tags":["1.0","1.`), fetch.BadAnswer, 0, 1},
		{"more behind the end", says(200, `{"tags":["1.0"]}{"tags":["2.0"]}`), fetch.BadAnswer, 0, 1},
		{"a wrong content type", says(200, `{"tags":["1.0"]}`, "Content-Type", "image/png"), "", 1, 1},
		{"tags that would command a terminal", says(200, `{"tags":["1.0\u001b[31m","1.1\n::set-output","..","-x","1.2/../../x","1.0"]}`), "", 1, 1},
		{"lone halves of UTF-16", says(200, `{"tags":["\ud800","1.0"]}`), "", 1, 1},
		{"not UTF-8", says(200, "{\"tags\":[\"\xff\xfe\",\"1.0\"]}"), "", 1, 1},
		{"tags twice in one object", says(200, `{"tags":["1.0"],"tags":["2.0","3.0"]}`), "", 2, 1},
	} {
		var n atomic.Int64
		host := serve(t, answers(func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			test.h(w, r)
		}))
		l, err := newRegistry(t, Options{}, fetch.Options{Retries: -1}).Versions(t.Context(), host+"/x")
		switch {
		case test.code != "" && (err == nil || fetch.Code(err) != test.code), test.code == "" && (err != nil || len(l.Candidates) != test.tags):
			t.Errorf("%s: %d tags, %v; want %d, %q", test.name, len(l.Candidates), err, test.tags, test.code)
		case n.Load() > test.most:
			t.Errorf("%s: %d requests, want at most %d", test.name, n.Load(), test.most)
		case err != nil && strings.ContainsAny(err.Error(), "\n\x1b"):
			t.Errorf("%s: %q", test.name, err)
		}
	}
}

// TestHostileCandidates: what is held of each tag (report F1: 4 kB).
func TestHostileCandidates(t *testing.T) {
	const n, most = 100_000, 500
	for _, form := range []string{"1.0.%d", "1.%d", "%d.0.0-alpine3.18", "v1.0.0-rc%d", "1.0.0-r%d-bookworm", "2024-01-02T00-00-00Z-%d", "name-%d", "%da-b-c-d"} {
		l := tagList{}
		for i := range n {
			l.tags = append(l.tags, fmt.Sprintf(form, i))
		}
		before := heap()
		list := l.listing()
		after := heap()
		if each := (int64(after) - int64(before)) / n; each > most || len(list.Candidates) != n {
			t.Errorf("%s: %d bytes for each of %d tags, want at most %d", form, each, len(list.Candidates), most)
		}
		runtime.KeepAlive(l)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// imageOf is a manifest of an image; extra goes into it.
func imageOf(extra string) string {
	return `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:` +
		strings.Repeat("0", 64) + `","size":2},"layers":[]` + extra + `}`
}

func sha512Of(text string) string {
	return fmt.Sprintf("sha512:%x", sha512.Sum512([]byte(text)))
}

// TestHostileDigests: a digest is what the answer has, whatever the registry says (report F22).
func TestHostileDigests(t *testing.T) {
	body := imageOf("")
	good := godigest.FromString(body).String()
	for _, test := range []struct {
		name, head, get string // the digests that HEAD and GET tell
		want            string // "" for an error
	}{
		{"the right one", good, good, good},
		{"none at all", "", "", good},
		{"sha512 of something else", "sha512:" + strings.Repeat("a", 128), "sha512:" + strings.Repeat("a", 128), ""},
		{"sha512 of something else, by HEAD only", "sha512:" + strings.Repeat("a", 128), good, good},
		{"sha512 of it", sha512Of(body), sha512Of(body), good},
		{"sha256 of something else", "", "sha256:" + strings.Repeat("a", 64), ""},
		{"md5", "md5:" + strings.Repeat("a", 32), "md5:" + strings.Repeat("a", 32), good},
		{"malformed", "sha256:xyz\nsha256:abc", "", good},
		{"upper case", strings.ToUpper(good), "", good},
		{"too short", good[:20], "", good},
	} {
		host := serve(t, answers(func(w http.ResponseWriter, r *http.Request) {
			d := test.get
			if r.Method == http.MethodHead {
				d = test.head
			}
			if d != "" {
				w.Header()["Docker-Content-Digest"] = []string{strings.ReplaceAll(d, "\n", " ")}
			}
			fmt.Fprint(w, body)
		}))
		v := dockertag.Parse("1.0")
		target, err := newRegistry(t, Options{}, fetch.Options{}).Pins(t.Context(), host+"/x", ecosystems.Pin{Text: "1.0", Version: v}, v)
		if target.Digest != test.want || (err != nil) != (test.want == "") {
			t.Errorf("%s: %q, %v; want %q", test.name, target.Digest, err, test.want)
		}
	}
}

// TestHostileManifests: documents that are none, or name themselves.
func TestHostileManifests(t *testing.T) {
	child := func(body string) string {
		return `{"manifests":[{"digest":"` + godigest.FromString(body).String() + `","platform":{"os":"linux","architecture":"amd64"}}]}`
	}
	inner := child(imageOf(""))
	for _, test := range []struct {
		name, body string
		more       map[string]string // by digest
		code       string
	}{
		{"an index in an index", child(inner), map[string]string{godigest.FromString(inner).String(): inner}, fetch.BadAnswer},
		{"an index that names another content", child("x"), map[string]string{godigest.FromString("x").String(): inner}, fetch.BadAnswer},
		{"an index of nothing", `{"manifests":[]}`, nil, fetch.NotFound},
		{"a million children", `{"manifests":[` + strings.Repeat(`{},`, 1_000_000) + `{}]}`, nil, fetch.NotFound},
		{"too large", `{"manifests":[` + strings.Repeat(" ", manifestBytes) + `]}`, nil, fetch.TooLarge},
		{"deep", `{"annotations":` + strings.Repeat(`{"a":`, 20_000), nil, fetch.BadAnswer},
		{"cut off", imageOf("")[:80], nil, fetch.BadAnswer},
		{"a web page", "<html>", nil, fetch.BadAnswer},
		{"an array", `[]`, nil, fetch.BadAnswer},
		{"digests that climb", `{"manifests":[{"digest":"../../../etc/passwd"},{"digest":"sha256:..%2f"}]}`, nil, fetch.NotFound},
		{"a config that climbs", `{"config":{"digest":"sha256:../../x"}}`, nil, fetch.BadAnswer},
		{"a config of something else", imageOf(""), map[string]string{"sha256:" + strings.Repeat("0", 64): `{"os":"linux"}`}, fetch.BadAnswer},
	} {
		host := serve(t, answers(func(w http.ResponseWriter, r *http.Request) {
			if body, ok := test.more[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]; ok {
				fmt.Fprint(w, body)
			} else if strings.HasSuffix(r.URL.Path, "/manifests/1.0") {
				fmt.Fprint(w, test.body)
			} else {
				w.WriteHeader(http.StatusNotFound)
			}
		}))
		_, err := newRegistry(t, Options{}, fetch.Options{}).Image(t.Context(), host+"/x", "1.0", "")
		if err == nil || fetch.Code(err) != test.code {
			t.Errorf("%s: %v, want %s", test.name, err, test.code)
		}
	}
}

// TestHostilePing: the first answer of a registry leads us nowhere with a login, neither ours nor a stranger's (report F25).
func TestHostilePing(t *testing.T) {
	var stolen atomic.Value
	stolen.Store("")
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			stolen.Store(a)
		}
		fmt.Fprint(w, `{"token":"x","tags":["1.0"]}`)
	}))
	t.Cleanup(thief.Close)
	at := strings.TrimPrefix(thief.URL, "http://")
	theirs := "Basic " + base64.StdEncoding.EncodeToString([]byte("their:login"))
	for _, test := range []struct {
		name string
		ping http.HandlerFunc
		want string // part of the error; "" for the list
	}{
		{"a redirect with a login", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://their:login@"+at+"/", http.StatusFound)
		}, ""},
		{"a redirect to another port", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, thief.URL+"/v2/", http.StatusTemporaryRedirect)
		}, ""},
		{"a redirect to a file", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		}, "not an http"},
		{"redirects without end", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v2/", http.StatusFound) }, "too many redirects"},
		{"a realm with a login", says(401, "", "WWW-Authenticate", `Bearer realm="http://their:login@`+at+`/token",service="x"`), "login in it"},
		{"a realm of the cloud", says(401, "", "WWW-Authenticate", `Bearer realm="http://169.254.169.254/token",service="x"`), "private or link-local"},
		{"a realm on this machine", says(401, "", "WWW-Authenticate", `Bearer realm="http://[::1]/token",service="x"`), "private or link-local"},
		{"a realm of another scheme", says(401, "", "WWW-Authenticate", `Bearer realm="gopher://x/token",service="x"`), "scheme"},
		{"no realm", says(401, "", "WWW-Authenticate", `Bearer service="x"`), "realm"},
	} {
		host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" {
				test.ping(w, r)
				return
			}
			fmt.Fprint(w, `{"tags":["1.0"]}`)
		}))
		_, err := newRegistry(t, Options{Keychain: keychain{}}, fetch.Options{Retries: -1}).Versions(t.Context(), host+"/x")
		if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if got := stolen.Load(); got == theirs {
			t.Errorf("%s: the login of the redirect was sent", test.name)
		}
	}
}
