package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/service/web"
	"github.com/freshpin/freshpin/updater/service/web/webtest"
)

// The people who come to a route, in the order of the columns of walk.
var visitors = []string{"nobody", "grace", "ned", "olga", "Ada", "token"}

// A coming is one way to come to a route.
type coming struct {
	method  string
	headers []string
	host    string
}

// The ways to come, in the order of the rows of walk.
var comings = map[string]coming{
	"GET":   {http.MethodGet, nil, ""},
	"POST":  {http.MethodPost, []string{"Sec-Fetch-Site", "same-origin"}, ""},
	"plain": {http.MethodPost, nil, ""}, // no browser: one tells where a form comes from
	"cross": {http.MethodPost, []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, ""},
	"host":  {http.MethodGet, nil, "evil.example"},
	"hostP": {http.MethodPost, []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://evil.example"}, "evil.example"},
}

// walk is every route, with the answers to GET and to POST for nobody, for who
// may write (grace), for who may only read (ned), for the owner of another
// account (olga), for an operator (Ada) and for the read-only token. "" stands
// for the answer of the line's GET to nobody.
var walk = []struct{ route, path, get, post string }{
	{"/{$}", "/", "303 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/r/{owner}/{repo}", "/r/acme/shop", "303 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/r/{owner}/{repo}/scan", "/r/acme/shop/scan", "405 405 405 405 405 405", "303 303 403 404 303 403"},
	{"/r/{owner}/{repo}/tick", "/r/acme/shop/tick", "405 405 405 405 405 405", "303 409 403 404 409 403"},
	{"/p", "/p", "303 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/p/{ecosystem}/{package...}", "/p/dockerfile/docker.io/library/python", "303 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/runs", "/runs", "303 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/runs/{id}", "/runs/1", "303 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/vulnerable", "/vulnerable", "303 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/vulnerable/dismiss", "/vulnerable/dismiss", "405 405 405 405 405 405", "303 400 400 400 400 403"},
	{"/pulls", "/pulls", "303 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/jobs", "/jobs", "303 403 403 403 200 200", "405 405 405 405 405 405"},
	{"/jobs/retry", "/jobs/retry", "405 405 405 405 405 405", "303 403 403 403 404 403"},
	{"/jobs/stop", "/jobs/stop", "405 405 405 405 405 405", "303 403 403 403 404 403"},
	{"/jobs/cancel", "/jobs/cancel", "405 405 405 405 405 405", "303 403 403 403 404 403"},
	{"/jobs/{state}", "/jobs/running", "303 403 403 403 200 403", "405 405 405 405 405 405"},
	{"/about", "/about", "200 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/login", "/login", "200 200 200 200 200 200", "401 401 401 401 401 401"},
	{"/login/github", "/login/github", "303 303 303 303 303 303", "405 405 405 405 405 405"},
	{"/auth/callback", "/auth/callback?state=x&code=Ada", "400 400 400 400 400 400", "405 405 405 405 405 405"},
	{"/logout", "/logout", "405 405 405 405 405 405", "303 303 303 303 303 303"},
	{"/badge/{owner}/{file}", "/badge/acme/shop.svg", "404 404 404 404 404 404", "405 405 405 405 405 405"},
	{"/static/", "/static/x.css", "404 404 404 404 404 404", "405 405 405 405 405 405"},
	{"/favicon.ico", "/favicon.ico", "302 302 302 302 302 302", "405 405 405 405 405 405"},
	{"/robots.txt", "/robots.txt", "200 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/", "/nothing", "404 404 404 404 404 404", "404 404 404 404 404 404"},
	{"/api/v1/openapi.json", "/api/v1/openapi.json", "200 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/overview", "/api/v1/overview", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/repositories", "/api/v1/repositories", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/repositories/{owner}/{repo}", "/api/v1/repositories/acme/shop", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/repositories/{owner}/{repo}/pins", "/api/v1/repositories/acme/shop/pins", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/repositories/{owner}/{repo}/pulls", "/api/v1/repositories/acme/shop/pulls", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/repositories/{owner}/{repo}/runs", "/api/v1/repositories/acme/shop/runs", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/repositories/{owner}/{repo}/trend", "/api/v1/repositories/acme/shop/trend", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/runs", "/api/v1/runs", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/runs/{id}", "/api/v1/runs/1", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/vulnerable", "/api/v1/vulnerable", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/pulls", "/api/v1/pulls", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/packages", "/api/v1/packages", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/packages/{ecosystem}/{package...}", "/api/v1/packages/dockerfile/docker.io/library/python", "401 200 200 404 200 200", "405 405 405 405 405 405"},
	{"/api/v1/who", "/api/v1/who?q=python", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/jobs", "/api/v1/jobs", "401 403 403 403 200 200", "405 405 405 405 405 405"},
	{"/api/v1/health", "/api/v1/health", "401 200 200 200 200 200", "405 405 405 405 405 405"},
	{"/api/v1/{rest...}", "/api/v1/nothing", "401 404 404 404 404 404", "405 405 405 405 405 405"},
}

// TestHostileWalk walks every route as everybody, in every way. A route that is
// not in the table fails the test.
func TestHostileWalk(t *testing.T) {
	listed := map[string]bool{}
	for _, line := range walk {
		listed[line.route] = true
	}
	for _, route := range web.Routes() {
		if !listed[route] {
			t.Errorf("%s is not in the table: say who may come to it", route)
		}
		delete(listed, route)
	}
	for route := range listed {
		t.Errorf("there is no route %s", route)
	}
	if t.Failed() {
		return
	}
	w := webtest.Neighbours(t)
	w.Repo("olga/site", 4, true)
	w.Door.Lets("olga", []int64{4}, []int64{4})
	tried := 0
	for _, line := range walk {
		for column, who := range visitors {
			for name, c := range comings {
				if line.route == "/logout" && name != "cross" && c.host == "" && who != "nobody" {
					continue // ends the session: below
				}
				tried++
				w.Advance(time.Minute) // wrong tokens at /login are another test's
				want := expected(line.get, line.post, name, column)
				r := w.Visitor(who).Send(c.method, line.path, url.Values{}, append([]string{"Host", c.host}, c.headers...)...)
				if fmt.Sprint(r.StatusCode) != want {
					t.Errorf("%s %s by %s is %d, want %s", name, line.path, who, r.StatusCode, want)
				}
				if got := r.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src") || r.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s %s by %s is not hardened: %v", name, line.path, who, r.Header)
				}
				if strings.Contains(r.Text, "secret-lib") && who != "Ada" && who != "token" {
					t.Errorf("%s %s shows %s what another account has", name, line.path, who)
				}
			}
		}
	}
	if w.Stopped() {
		t.Error("everything was stopped on the way")
	}
	t.Logf("%d ways", tried)
}

// expected is the answer for a visitor and a way to come.
func expected(get, post, way string, column int) string {
	get, post = strings.Fields(get)[column], strings.Fields(post)[column]
	switch way {
	case "host", "hostP":
		return "421"
	case "cross":
		return "403"
	case "GET":
		return get
	}
	return post
}

// TestHostileHosts (F5, F26): pages answer under their own name, loopback names
// and the address that they are reached at; of other names they do nothing, and
// the forge never learns of one.
func TestHostileHosts(t *testing.T) {
	for _, base := range []string{"", "https://freshpin.acme.com"} {
		w := webtest.New(t, func(o *web.Options) { o.Base, o.NoLogin, o.Listen = base, base == "", "192.0.2.7:8080" })
		own := map[bool]int{true: 200, false: 421}[base != ""]
		for host, want := range map[string]int{
			"localhost": 200, "localhost:8080": 200, "LOCALHOST.": 200, "freshpin.localhost:1": 200, "127.0.0.1": 200, "127.8.9.1:80": 200, "[::1]": 200,
			"[::1]:8080": 200, "[::ffff:127.0.0.1]:8080": 200, "192.0.2.7": 200, "192.0.2.7:9999": 200,
			"freshpin.acme.com": own, "FreshPin.ACME.com:443": own, "freshpin.acme.com.": own,
			"evil.example": 421, "evil.example:8097": 421, "localhost.evil.example": 421, "127.0.0.1.nip.io": 421, "127.0.0.1.evil.example:80": 421,
			"evillocalhost": 421, "freshpin.acme.com.evil.example": 421, "evil.freshpin.acme.com": 421, "acme.com": 421, "10.0.0.1": 421,
			"169.254.169.254": 421, "0.0.0.0": 421, "[::]": 421, "[fe80::1%25lo]": 421, "2130706433": 421, "0x7f.1": 421, "127.1": 421, "localhost:8080:80": 421,
			"\u217costhost": 400, "local host": 400, "localhost\t": 200, "localhost,evil.example": 421, "user@localhost": 400, "": 421,
		} {
			for _, line := range []string{"GET /api/v1/openapi.json", "GET /about", "GET /robots.txt"} {
				status, answer := raw(t, w, line+" HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n")
				if status != want {
					t.Errorf("base %q: %s, Host %q is %d, want %d\n%s", base, line, host, status, want, answer)
				}
			}
		}
		for request, want := range map[string]int{
			"GET http://evil.example/about HTTP/1.1\r\nHost: localhost\r\n":                421,
			"GET //evil.example/about HTTP/1.1\r\nHost: localhost\r\n":                     307, // to /evil.example/about
			"GET /about HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n":             400,
			"GET /about HTTP/1.1\r\n":                                                      400,
			"GET /about HTTP/1.0\r\n":                                                      421,
			"GET /about HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\n": 421,
			"GET /about HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example\r\n": 200,
			"POST /jobs/stop HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n": 421,
		} {
			if status, answer := raw(t, w, request+"Connection: close\r\n\r\n"); status != want {
				t.Errorf("%q is %d, want %d\n%s", request, status, want, answer)
			}
		}
	}
}

// raw sends bytes and returns the status and all of the answer.
func raw(t *testing.T, w *webtest.World, request string) (int, string) {
	t.Helper()
	c, err := net.Dial("tcp", w.Server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(c); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b.Bytes())), nil)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	defer res.Body.Close()
	return res.StatusCode, b.String()
}

// TestHostileWayBack (F26): where the forge sends browsers back to is what the
// operator said, or this machine, and nothing that a request says.
func TestHostileWayBack(t *testing.T) {
	for _, c := range []struct{ base, listen, host, want string }{
		{"https://freshpin.acme.com", "", "localhost:80", "https://freshpin.acme.com/auth/callback"},
		{"https://freshpin.acme.com/", "", "freshpin.acme.com", "https://freshpin.acme.com/auth/callback"},
		{"", "", "localhost:8080", "http://localhost:8080/auth/callback"},
		{"", "", "[::1]:8080", "http://[::1]:8080/auth/callback"},
		{"", "192.0.2.7:80", "192.0.2.7", "409"},
		{"", "", "evil.example", "421"},
	} {
		w := webtest.New(t, func(o *web.Options) { o.Base, o.Listen = c.base, c.listen })
		r := w.Browser().Get("/login/github", "Host", c.host)
		to, err := url.Parse(r.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if got := to.Query().Get("back"); got != c.want && fmt.Sprint(r.StatusCode) != c.want {
			t.Errorf("base %q, Host %s: %d, back to %q, want %s", c.base, c.host, r.StatusCode, got, c.want)
		}
	}
}

// TestHostilePublicWithoutLogin (F5): pages without a login are not made for others than this machine.
func TestHostilePublicWithoutLogin(t *testing.T) {
	for base, ok := range map[string]bool{
		"": true, "http://localhost:8080": true, "http://127.0.0.1": true, "http://[::1]:1": true,
		"https://freshpin.acme.com": false, "http://10.0.0.1": false, "http://localhost.evil.example": false, "http://0.0.0.0:80": false,
	} {
		if _, err := web.New(web.Options{NoLogin: true, Base: base}); (err == nil) != ok {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// TestHostileGuesses (F27): an address that sends many wrong tokens has to wait,
// at every door; then it may go on, and nothing is told meanwhile.
func TestHostileGuesses(t *testing.T) {
	doors := map[string]func(b *webtest.Browser, token string) int{
		"the form": func(b *webtest.Browser, token string) int { return b.Post("/login", "token", token).StatusCode },
		"the API": func(b *webtest.Browser, token string) int {
			return b.Get("/api/v1/overview", "Authorization", "Bearer "+token).StatusCode
		},
		"a page": func(b *webtest.Browser, token string) int {
			return b.Get("/", "Authorization", "bearer  "+token).StatusCode
		},
	}
	for name, door := range doors {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t)
			b := w.Browser()
			var got []int
			for n := range 300 {
				got = append(got, door(b, fmt.Sprintf("a-wrong-token-of-a-stranger-%d", n)))
			}
			if want := append(slices.Repeat([]int{401}, 10), slices.Repeat([]int{429}, 290)...); !slices.Equal(got, want) {
				t.Errorf("300 wrong tokens: %v", got)
			}
			for other, door := range doors {
				if status := door(b, webtest.ReadToken); status != 429 {
					t.Errorf("the right token while that address has to wait, at %s: %d", other, status)
				}
			}
			if r := b.Post("/login", "token", "x"); r.Header.Get("Retry-After") == "" || !strings.Contains(r.Text, "Wait a minute") {
				t.Errorf("it is not told to wait: %v", r.Header)
			}
			w.Advance(7 * time.Second)
			if status := door(b, "another-wrong-token"); status != 401 {
				t.Errorf("after a while: %d", status)
			}
			w.Advance(time.Minute)
			if status := door(b, webtest.ReadToken); status == 429 || status == 401 {
				t.Errorf("the right token after a minute: %d", status)
			}
		})
	}
}

// TestHostileNext checks that sign-in never redirects to another site.
func TestHostileNext(t *testing.T) {
	w := webtest.New(t)
	for _, next := range []string{
		"//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example", "javascript:alert(1)",
		"/\t/evil.example", "/\n/evil.example", "/%09/evil.example", "%2F%2Fevil.example", "/%2Fevil.example", "/%5Cevil.example", "http:///evil.example",
		"//evil.example@localhost/", "data:text/html,x", " //evil.example", "/..//evil.example", "?next=//evil.example", "\u2044\u2044evil.example", "/login?next=//evil.example",
		"/" + strings.Repeat("x", 3000),
	} {
		for _, r := range []webtest.Reply{
			w.Browser().Post("/login", "token", webtest.ReadToken, "next", next),
			w.Browser().Get("/login/github?next=" + url.QueryEscape(next)),
		} {
			to, err := r.Request.URL.Parse(r.Header.Get("Location"))
			if err != nil || to.Host != r.Request.URL.Host && !strings.HasPrefix(to.String(), w.Door.Server.URL) || strings.HasPrefix(to.Path, "//") {
				t.Errorf("next=%q leads to %s, %v", next, to, err)
			}
		}
	}
}

// TestHostileSession: a session that was there before somebody signed in is not
// theirs, and its cookie is for this host, for requests and not for scripts.
func TestHostileSession(t *testing.T) {
	w := webtest.New(t, func(o *web.Options) { o.Base = "https://freshpin.acme.com" })
	w.Door.Lets("grace", []int64{1}, nil)
	b := w.Browser()
	const fixed = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	r := b.Send(http.MethodPost, "/login", url.Values{"token": {webtest.ReadToken}}, "Cookie", "__Host-freshpin-session="+fixed)
	cookie := r.Header.Get("Set-Cookie")
	if r.StatusCode != http.StatusSeeOther || strings.Contains(cookie, fixed) {
		t.Errorf("%d, %s", r.StatusCode, cookie)
	}
	for _, want := range []string{"__Host-freshpin-session=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=28800"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie is %s, without %s", cookie, want)
		}
	}
	if strings.Contains(cookie, "Domain") {
		t.Errorf("the cookie goes to other hosts: %s", cookie)
	}
	for _, value := range []string{fixed, "", "x", strings.Repeat("x", 5000), "../../etc", "' OR 1=1 --", "\u0000", "token:" + fixed} {
		r := w.Browser().Get("/api/v1/overview", "Cookie", (&http.Cookie{Name: "__Host-freshpin-session", Value: value}).String())
		if r.StatusCode != http.StatusUnauthorized {
			t.Errorf("a made-up session %q is %d", value, r.StatusCode)
		}
	}
	if r := w.Browser().Get("/api/v1/overview", "Cookie", "freshpin-session="+strings.Split(strings.Split(cookie, "=")[1], ";")[0]); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("the session under the name that other hosts can set is %d", r.StatusCode)
	}
}
