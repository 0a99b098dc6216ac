package registry

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/registry/answer"
)

// answers makes a server that is a registry for the ping and then answers everything alike.
func answers(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			h(w, r)
		}
	})
}

func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func hangUp(w http.ResponseWriter, r *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, `{"tags":["`)
	for range 200 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return
		}
	}
}

// What registries do when they are not well. The error is one line, names the
// image, and never reads like an empty list.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		name string
		h    http.Handler
		code string
		text string
	}{
		{"401", answers(says(401, `{"errors":[{"code":"UNAUTHORIZED"}]}`)), fetch.Unauthorized, "401 Unauthorized (it does not exist, or needs a login)"},
		{"403", answers(says(403, "")), fetch.Unauthorized, "403 Forbidden (it does not exist, or needs a login)"},
		{"404", answers(says(404, `{"errors":[{"code":"NAME_UNKNOWN"}]}`)), fetch.NotFound, "404 Not Found"},
		{"429", answers(says(429, "")), fetch.RateLimited, "429 Too Many Requests"},
		{"429 for an hour", answers(says(429, "", "Retry-After", "3600")), fetch.RateLimited, "not before"},
		{"500", answers(says(500, "")), fetch.Unreachable, "500 Internal Server Error"},
		{"503", answers(says(503, "")), fetch.Unreachable, "503 Service Unavailable"},
		{"web page", answers(says(200, "<!DOCTYPE html><html>\nLog in</html>")), fetch.BadAnswer, "the answer is a web page"},
		{"nothing", answers(says(200, "")), fetch.BadAnswer, "the answer is empty"},
		{"other JSON", answers(says(200, `{"message":"ok"}`)), fetch.BadAnswer, "not a list of tags"},
		{"JSON of another shape", answers(says(200, `{"tags":"all"}`)), fetch.BadAnswer, "not a list of tags"},
		{"200 MB", answers(endless), fetch.TooLarge, "larger than"},
		{"hangs up", answers(hangUp), fetch.Unreachable, "EOF"},
		{"slow", answers(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), fetch.Unreachable, "no answer in time"},
		{"429 to the ping", says(429, ""), fetch.RateLimited, "429"},
		{"503 to the ping", says(503, ""), fetch.Unreachable, "503"},
		{"hangs up at the ping", http.HandlerFunc(hangUp), fetch.Unreachable, "EOF"},
		{"no such thing as a challenge", says(401, "", "WWW-Authenticate", "Negotiate"), fetch.Unauthorized, "needs a login"},
		{"realm on the machine itself", says(401, "", "WWW-Authenticate", `Bearer realm="http://127.0.0.1:1/token"`), fetch.BadAnswer, "private or link-local"},
		{"realm of the cloud", says(401, "", "WWW-Authenticate", `Bearer realm="http://169.254.169.254/token"`), fetch.BadAnswer, "private or link-local"},
		{"realm that is none", says(401, "", "WWW-Authenticate", `Bearer realm="file:///etc/passwd"`), fetch.BadAnswer, "scheme"},
		{"no realm", says(401, "", "WWW-Authenticate", `Bearer service="x"`), fetch.BadAnswer, "realm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, test.h)
			o := fetch.Options{}
			if test.name == "slow" {
				o.Timeout = 50 * time.Millisecond
			}
			r := newRegistry(t, Options{}, o)
			l, err := r.Versions(t.Context(), host+"/acme/app")
			check(t, "Versions", err, host, test.code, test.text)
			if len(l.Candidates) > 0 {
				t.Errorf("with %d candidates", len(l.Candidates))
			}
			_, err = r.Pins(t.Context(), host+"/acme/app", pin("1.0", ""), dockertag.Parse("1.0"))
			check(t, "Pins", err, host, "", "")
			_, err = r.Published(t.Context(), host+"/acme/app", "1.0")
			check(t, "Published", err, host, "", "")
		})
	}
}

func check(t *testing.T, call string, err error, host, code, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), host+"/acme/app") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("%s = %v, want one line that names the image", call, err)
	}
	if code != "" && fetch.Code(err) != code || !strings.Contains(err.Error(), text) {
		t.Errorf("%s = %v (%s), want %q (%s)", call, err, fetch.Code(err), text, code)
	}
}

// One registry that is down costs the others nothing.
func TestOneRegistryDown(t *testing.T) {
	s := &ociserver.Server{}
	s.Add("acme/app", "1", ociserver.Image{})
	alive, dead := serve(t, s), serve(t, says(503, ""))
	r := newRegistry(t, Options{}, fetch.Options{})
	for i := range 5 {
		if _, err := r.Versions(t.Context(), fmt.Sprint(dead, "/acme/app", i)); fetch.Code(err) != fetch.Unreachable {
			t.Errorf("the dead one: %v", err)
		}
	}
	if _, err := r.Versions(t.Context(), alive+"/acme/app"); err != nil {
		t.Errorf("the living one: %v", err)
	}
	if failed := r.o.HTTP.FailedHosts(); len(failed) != 1 || failed[0].Host != dead || failed[0].Requests != 5 {
		t.Errorf("FailedHosts() = %+v, want %s for 5", failed, dead)
	}
}

// What may stand where a repository should.
func TestNoRepository(t *testing.T) {
	for _, name := range []string{"", "x", "/x", "h/", "h/UPPER", "h/../etc", "h/a//b", "h/a b", "h/a?b", "h/a%2fb", "h o/x", "h/" + strings.Repeat("a", 256), "h/a:1", "h@x/y"} {
		_, err := newRegistry(t, Options{}, fetch.Options{Offline: true}).Versions(t.Context(), name)
		if err == nil || fetch.Code(err) != fetch.BadAnswer {
			t.Errorf("Versions(%q) = %v, want %s", name, err, fetch.BadAnswer)
		}
	}
}

// Manifests that are not what they should be.
func TestBadManifests(t *testing.T) {
	for _, test := range []struct{ name, body, header, text string }{
		{"web page", "<html>", "", "the answer is a web page"},
		{"nothing", "", "", "the answer is empty"},
		{"error as 200", `{"errors":[]}`, "", "neither manifests nor a config"},
		{"list", `[]`, "", "not a manifest"},
		{"config without digest", `{"schemaVersion":2,"config":{"digest":"../../etc"}}`, "", "neither manifests nor a config"},
		{"other digest in the header", `{"schemaVersion":2,"manifests":[]}`, "sha256:" + strings.Repeat("0", 64), "the answer has the digest"},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, answers(says(200, test.body, "Docker-Content-Digest", test.header)))
			r := newRegistry(t, Options{}, fetch.Options{})
			_, err := r.Pins(t.Context(), host+"/acme/app", pin("1.0", ""), dockertag.Parse("2.0"))
			check(t, "Pins", err, host, fetch.BadAnswer, test.text)
		})
	}
}

// An unreadable old manifest does not prevent an update.
func TestUnreadableOldManifest(t *testing.T) {
	s := &ociserver.Server{}
	s.Add("acme/app", "2.0", ociserver.Image{Platforms: both})
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		old := strings.HasSuffix(r.URL.Path, "/1.0")
		if old {
			says(200, `{"schemaVersion":3}`)(w, r)
		}
		return old
	}
	host := serve(t, s)
	got, err := newRegistry(t, Options{}, fetch.Options{}).Pins(t.Context(), host+"/acme/app", pin("1.0", ""), dockertag.Parse("2.0"))
	if err != nil || got.Digest != s.Digest("acme/app", "2.0") || codes(got.Notes) != "not-compared" {
		t.Errorf("Pins = %+v, %v", got, err)
	}
}

// Docker's first format is read as what is pinned, and reported.
func TestSchema1(t *testing.T) {
	const v1 = `{"schemaVersion":1,"name":"acme/app","tag":"1.0","architecture":"amd64","history":[],"signatures":[]}`
	s := &ociserver.Server{}
	s.Add("acme/app", "2.0", ociserver.Image{Platforms: both})
	s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/1.0") {
			return false
		}
		says(200, v1, "Docker-Content-Digest", "sha256:"+strings.Repeat("1", 64))(w, r)
		return true
	}
	host := serve(t, s)
	got, err := newRegistry(t, Options{}, fetch.Options{}).Pins(t.Context(), host+"/acme/app", pin("1.0", ""), dockertag.Parse("2.0"))
	if err != nil || got.Digest != s.Digest("acme/app", "2.0") || codes(got.Notes) != "schema1" || len(got.Missing) > 0 {
		t.Errorf("Pins = %+v, %v", got, err)
	}
}

// Lists of tags as servers page them.
func TestPaging(t *testing.T) {
	full := func(from int) string {
		var list []string
		for i := range pageSize {
			list = append(list, fmt.Sprintf("%q", fmt.Sprintf("1.%05d", from+i)))
		}
		return `{"name":"x","tags":[` + strings.Join(list, ",") + `]}`
	}
	for _, test := range []struct {
		name  string
		pages map[string]func(w http.ResponseWriter) // by the value of last
		want  string
		code  string
	}{
		{"link with another host: only its query counts", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<http://evil.example/v2/x/tags/list?last=b>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a","b"]}`)
			},
			"b": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["c"]}`) },
		}, "[a b c]", ""},
		{"link without quotes, among others, with a parameter before", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Add("Link", `</help>; rel="help"`)
				w.Header().Add("Link", `</v2/x/tags/list?last=b>; title=x; rel=next`)
				fmt.Fprint(w, `{"tags":["b"]}`)
			},
			"b": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["a"]}`) },
		}, "[b a]", ""},
		{"link to itself", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/x/tags/list?last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/x/tags/list?last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
		}, "[a]", ""},
		{"links relative to the address asked (RFC 8288)", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<?n=2&last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<list?last=b>;rel=next`)
				fmt.Fprint(w, `{"tags":["b"]}`)
			},
			"b": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<../tags/list?last=c>; title="a, b; rel=prev"; REL = "prev Next"`)
				fmt.Fprint(w, `{"tags":["c"]}`)
			},
			"c": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["d"]}`) },
		}, "[a b c d]", ""},
		{"a link without the virtual repository's name, with n behind (Artifactory: RTFACT-18971, renovate #15030)", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/docker-remote/team/x/tags/list?last=a&n=10000>; rel="next"`)
				fmt.Fprint(w, `{"name":"team/x","tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["b"]}`) },
		}, "[a b]", ""},
		{"a link whose title has the word", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<?last=a>; title="rel=next"; rel=prev`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
		}, "[a]", ""},
		{"a link without a relation, as go-containerregistry and containers/image take it", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</help>, </v2/x/tags/list?n=1&last=a>`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["b"]}`) },
		}, "[a b]", ""},
		{"what is no link, as go-containerregistry refuses it: the list might go on", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `/v2/x/tags/list?last=a; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
		}, "[]", fetch.BadAnswer},
		{"an empty header", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", ` , `)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
		}, "[a]", ""},
		{"an empty page in the middle, as where a login may not see some", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/x/tags/list?last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/x/tags/list?last=b>; rel="next"`)
				fmt.Fprint(w, `{"name":"x","tags":null}`)
			},
			"b": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["c"]}`) },
		}, "[a c]", ""},
		{"links in a circle", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<?last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<?last=b>; rel="next"`)
				fmt.Fprint(w, `{"tags":["b"]}`)
			},
			"b": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<?last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["c"]}`)
			},
		}, "[a b c]", ""},
		{"link to nowhere", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `<:>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
		}, "[]", fetch.BadAnswer},
		{"link to another page", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/other/manifests/1?x=y>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
		}, "[]", fetch.BadAnswer},
		{"twice the same, and what is no tag", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				fmt.Fprint(w, `{"tags":["b","a","b","../x","a b","`+strings.Repeat("x", 129)+`","","-a"]}`)
			},
		}, "[b a]", ""},
		{"no tags", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) { fmt.Fprint(w, `{"name":"x","tags":null}`) },
		}, "[]", ""},
		{"full page without a link", map[string]func(http.ResponseWriter){
			"":        func(w http.ResponseWriter) { fmt.Fprint(w, full(0)) },
			"1.00999": func(w http.ResponseWriter) { fmt.Fprint(w, `{"tags":["2.0"]}`) },
		}, "1001 tags", ""},
		{"full last page of those with links", map[string]func(http.ResponseWriter){
			"": func(w http.ResponseWriter) {
				w.Header().Set("Link", `</v2/x/tags/list?last=a>; rel="next"`)
				fmt.Fprint(w, `{"tags":["a"]}`)
			},
			"a": func(w http.ResponseWriter) { fmt.Fprint(w, full(0)) },
		}, "1001 tags", ""},
		{"always the same full page", map[string]func(http.ResponseWriter){
			"":        func(w http.ResponseWriter) { fmt.Fprint(w, full(0)) },
			"1.00999": func(w http.ResponseWriter) { fmt.Fprint(w, full(0)) },
		}, "1000 tags", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := serve(t, answers(func(w http.ResponseWriter, r *http.Request) {
				page, ok := test.pages[r.URL.Query().Get("last")]
				if !ok {
					t.Errorf("unexpected %s", r.URL)
					return
				}
				page(w)
			}))
			l, err := newRegistry(t, Options{}, fetch.Options{}).Versions(t.Context(), host+"/x")
			got := fmt.Sprint(texts(l))
			if len(l.Candidates) > 10 {
				got = fmt.Sprint(len(l.Candidates), " tags")
			}
			if got != test.want || err != nil && fetch.Code(err) != test.code || err == nil && test.code != "" {
				t.Errorf("Versions = %s, %v, want %s %s", got, err, test.want, test.code)
			}
		})
	}
}

// Pages without end are an error, and not the part that was read.
func TestEndlessPages(t *testing.T) {
	n := 0
	host := serve(t, answers(func(w http.ResponseWriter, r *http.Request) {
		n++
		var list []string
		for i := range 10_000 {
			list = append(list, fmt.Sprintf("%q", fmt.Sprintf("%d.%d", n, i)))
		}
		w.Header().Set("Link", fmt.Sprintf(`</v2/x/tags/list?last=%d>; rel="next"`, n))
		fmt.Fprintf(w, `{"tags":[%s]}`, strings.Join(list, ","))
	}))
	_, err := newRegistry(t, Options{}, fetch.Options{}).Versions(t.Context(), host+"/x")
	if fetch.Code(err) != fetch.TooLarge || n > 25 {
		t.Errorf("Versions = %v after %d pages, want %s", err, n, fetch.TooLarge)
	}
}

// Empty pages that link on without end are an error too.
func TestEndlessEmptyPages(t *testing.T) {
	n := 0
	host := serve(t, answers(func(w http.ResponseWriter, r *http.Request) {
		n++
		w.Header().Set("Link", fmt.Sprintf(`<?last=%d>; rel="next"`, n))
		fmt.Fprint(w, `{"name":"x","tags":[]}`)
	}))
	_, err := newRegistry(t, Options{}, fetch.Options{}).Versions(t.Context(), host+"/x")
	if fetch.Code(err) != fetch.TooLarge || n > mostBarren {
		t.Errorf("Versions = %v after %d pages, want %s", err, n, fetch.TooLarge)
	}
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"digest":"sha256:","platform":{"os":"linux"}},{}]}`))
	f.Add([]byte(`{"schemaVersion":1,"architecture":"amd64"}`))
	f.Add([]byte(`{"config":{"digest":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if m, err := parseManifest(body); err == nil {
			sameImages(m, m)
		}
	})
}

func FuzzNextPage(f *testing.F) {
	f.Add(`</v2/x/tags/list?last=a>; rel="next"`)
	f.Add(`<,>;rel=next,<`)
	f.Fuzz(func(t *testing.T, value string) {
		_, _ = answer.NextPage("http://localhost/v2/x/tags/list", http.Header{"Link": {value}}, func(string) bool { return true }) // must not panic
	})
}
