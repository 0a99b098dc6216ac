package gocommand

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb"
	"golang.org/x/mod/sumdb/note"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/goproxyserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/goenv"
)

// real returns a tool with the go command of this machine and an environment of its own.
func real(t *testing.T, env map[string]string, change func(*Options)) *Tool {
	t.Helper()
	if _, err := goenv.Find(os.Getenv("PATH")); err != nil {
		t.Skip("no go command here")
	}
	all := map[string]string{"PATH": os.Getenv("PATH"), "GOROOT": os.Getenv("GOROOT"), "HOME": ecosystemtest.UserHome(t), "GOENV": "off", "GOSUMDB": "off"}
	for name, v := range env {
		all[name] = v
	}
	o := Options{Getenv: func(name string) string { return all[name] }, Cache: t.TempDir()}
	if change != nil {
		change(&o)
	}
	return New(o)
}

// modules is a module proxy that notes who asks for what.
type modules struct {
	goproxyserver.Server
	url string

	mu    sync.Mutex
	asked []string // "METHOD HOST PATH LOGIN"
}

func (m *modules) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, _ := r.BasicAuth()
	m.mu.Lock()
	m.asked = append(m.asked, fmt.Sprintf("%s %s %s %s:%s", r.Method, r.Host, r.URL.Path, user, password))
	m.mu.Unlock()
	m.Server.ServeHTTP(w, r)
}

func (m *modules) list() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.asked)
}

func start(t *testing.T) *modules {
	m := &modules{}
	for _, name := range []string{"a.test/lib", "a.test/Upper/Case", "corp.test/private", "127.0.0.1/x"} {
		m.Add(name, goproxyserver.Module{Version: "v1.0.0"})
	}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	m.url = s.URL
	return m
}

// requiring writes a module that requires others and uses them.
func requiring(t *testing.T, names ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	mod, code := "module m.test/m\n\ngo 1.21\n", "package m\n"
	for _, name := range names {
		mod += "\nrequire " + name + " v1.0.0\n"
		code += fmt.Sprintf("\nimport _ %q\n", name)
	}
	for name, text := range map[string]string{"go.mod": mod, "m.go": code} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestHostileGateway: what else could be asked of the server on loopback, by
// whoever finds its port.
func TestHostileGateway(t *testing.T) {
	m := start(t)
	tool := real(t, map[string]string{"GOPRIVATE": "corp.test,*.corp.test"}, nil)
	d, _, closes, err := tool.open(t.Context(), settings{env: map[string]string{"GOPROXY": m.url + ",direct", "GOSUMDB": "sum.test " + m.url, "GOPRIVATE": "corp.test,*.corp.test"}})
	if err != nil {
		t.Fatal(err)
	}
	defer closes()
	u, err := url.Parse(d.base)
	if err != nil {
		t.Fatal(err)
	}
	good := u.Path + "/0/a.test/lib/@v/list"
	lines := []string{
		"GET /0/a.test/lib/@v/list", "GET /", "GET //", "GET /WRONG/0/a.test/lib/@v/list", "GET " + strings.ToLower(good), "GET " + good + "?go-get=1", "POST " + good, "HEAD " + good, "PUT " + good,
		"GET " + u.Path + "/1/a.test/lib/@v/list", "GET " + u.Path + "/-1/a.test/lib/@v/list", "GET " + u.Path + "/sumdb/sum.test/latest", "GET " + u.Path + "/0/sumdb/sum.test/supported", "GET " + u.Path + "/0/admin",
		"GET " + u.Path + "/0/../../admin/@v/list", "GET " + u.Path + "/0/a.test/../admin/@v/list", "GET " + u.Path + "/0/%2e%2e/admin/@v/list", "GET " + u.Path + "/0//a.test/lib/@v/list",
		"GET " + u.Path + "/0/corp.test/private/@v/list", "GET " + u.Path + "/0/x.corp.test/y/@latest", "GET " + u.Path + "/0/!corp.test/private/@v/list", "GET " + u.Path + "/0/169.254.169.254/@v/../../x",
		"GET http://169.254.169.254/latest/meta-data/", "GET " + m.url + "/a.test/lib/@v/list", "GET http://" + u.Host + good, "CONNECT 169.254.169.254:443", "CONNECT " + strings.TrimPrefix(m.url, "http://"), "CONNECT " + u.Host,
	}
	for _, line := range lines {
		if status, body := raw(t, u.Host, line); status == "200 OK" || strings.Contains(body, "v1.0.0") {
			t.Errorf("%s: %s, %q", line, status, body)
		}
	}
	if asked := m.list(); len(asked) > 0 {
		t.Errorf("the proxy was asked %q", asked)
	}
	if status, body := raw(t, u.Host, "GET "+good); status != "200 OK" || !strings.Contains(body, "v1.0.0") {
		t.Errorf("what it is for: %s %q", status, body)
	}
	t.Logf("%d requests refused", len(lines))
}

// raw sends a request line as it stands.
func raw(t *testing.T, host, line string) (status, body string) {
	t.Helper()
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", line, host)
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(all), "\r\n")
	_, status, _ = strings.Cut(head, " ")
	return status, body
}

// TestHostileNetwork: the real go command reaches the proxies, and no other
// host, whatever module paths, private patterns and redirects lead to.
func TestHostileNetwork(t *testing.T) {
	m := start(t)
	elsewhere := start(t)
	m.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/moved.test/") {
			http.Redirect(w, r, elsewhere.url+"/a.test/lib/@v/list", http.StatusFound)
			return true
		}
		return false
	}
	guarded := fetch.New(fetch.Options{NoPrivate: true, Own: func(host string) bool { return "http://"+host == m.url }}).Transport()
	caught := listen443(t)
	for _, test := range []struct{ module, private, insecure, want string }{
		{"a.test/lib", "", "", ""},
		{"a.test/Upper/Case", "", "", ""}, // asked for as a.test/%21upper/%21case
		{"none.test/x", "", "", "reading " + m.url + "/none.test/x/@v/v1.0.0.zip: 404 Not Found"},
		{"corp.test/private", "corp.test", "", "^.*corp.test/private is private \\(GONOPROXY, GOPRIVATE\\): no proxy is asked.*$"},
		{"127.0.0.1/x", "*", "*", "127.0.0.1/x is private"},
		{"127.0.0.1/x", "", "*", ""}, // not private: only the proxy gets the request
		{"10.0.0.1/x", "10.*", "*", "10.0.0.1/x is private"},
		{"github.com/acme/private", "github.com/acme", "", "is private"},
		{"corp.test/x.git", "*.test", "", "is private"}, // ".git" needs no go-get=1
		{"moved.test/x", "", "", "private or local address"},
		{"gopkg.test/yaml.v3", "*", "", "is private"},
	} {
		before := len(m.list())
		tool := real(t, map[string]string{"GOPROXY": m.url + ",direct", "GOPRIVATE": test.private, "GOINSECURE": test.insecure, "GOVCS": "*:all"}, func(o *Options) { o.Via = guarded })
		_, err := tool.Run(t.Context(), Command{Dir: requiring(t, test.module), Args: []string{"mod", "tidy"}})
		var f *Failure
		switch {
		case (err == nil) != (test.want == ""):
			t.Errorf("%s, private %q: %v, want %q", test.module, test.private, err, test.want)
		case err != nil && (!errors.As(err, &f) || !regexp.MustCompile(test.want).MatchString(Sentence(f.Stderr)) || strings.Contains(f.Stderr, tool.o.Cache)):
			t.Errorf("%s, private %q: %v, want %q", test.module, test.private, err, test.want)
		case test.private != "" && len(m.list()) > before:
			t.Errorf("%s is private, and the proxy was asked %q", test.module, m.list()[before:])
		}
	}
	if asked := elsewhere.list(); len(asked) > 0 {
		t.Errorf("a redirect led to %q", asked)
	}
	if n := caught(); n > 0 {
		t.Errorf("%d connections to 127.0.0.1:443", n)
	}
}

// listen443 counts who comes to the port where a repository would be asked, where a test may listen there.
func listen443(t *testing.T) (count func() int) {
	l, err := net.Listen("tcp", "127.0.0.1:443")
	if err != nil {
		return func() int { return 0 }
	}
	var mu sync.Mutex
	n := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
			mu.Lock()
			n++
			mu.Unlock()
		}
	}()
	return func() int {
		_ = l.Close()
		<-done
		return n
	}
}

// TestHostileLogins: logins for proxies go to the proxies; the go command, and
// so whatever it may be tricked into, never has them.
func TestHostileLogins(t *testing.T) {
	m, next := start(t), start(t)
	m.Fault = func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, ".zip") {
			http.Redirect(w, r, next.url+r.URL.Path, http.StatusFound)
			return true
		}
		return false
	}
	host := strings.TrimPrefix(m.url, "http://")
	for _, test := range []struct {
		proxy  string
		strict bool
		want   string
	}{
		{"http://ada:SECRET@" + host, false, "ada:SECRET"},
		{"http://ada:SECRET@" + host, true, "ada:SECRET"}, // the operator named it for this
		{m.url, false, "bob:OTHER"},
		{m.url, true, ":"},
	} {
		home := ecosystemtest.UserHome(t)
		if err := os.WriteFile(filepath.Join(home, ".netrc"), []byte("machine 127.0.0.1 login bob password OTHER\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		before, after := len(m.list()), len(next.list())
		env := map[string]string{"GOPROXY": test.proxy + ",direct", "HOME": home, "GOAUTH": "netrc"}
		if _, err := real(t, env, func(o *Options) { o.Strict = test.strict }).Run(t.Context(), Command{Dir: requiring(t, "a.test/lib"), Args: []string{"mod", "tidy"}}); err != nil {
			t.Error(err)
		}
		for _, line := range m.list()[before:] {
			if !strings.HasSuffix(line, " "+test.want) {
				t.Errorf("%+v: asked as %q", test, line)
			}
		}
		for _, line := range next.list()[after:] {
			if !strings.HasSuffix(line, " :") {
				t.Errorf("%+v: a login went along with a redirect: %q", test, line)
			}
		}
		if len(m.list()) == before || len(next.list()) == after {
			t.Errorf("%+v: nothing was asked", test)
		}
		env["PATH"] = script(t, "/usr/bin/env; cat \"$HOME/.netrc\" \"$NETRC\" 2>/dev/null; true\n")
		out, err := real(t, env, func(o *Options) { o.Strict = test.strict }).Run(t.Context(), Command{Dir: t.TempDir(), Args: []string{"mod", "tidy"}})
		if err != nil || strings.Contains(string(out), "SECRET") || strings.Contains(string(out), "OTHER") {
			t.Errorf("the go command has a login: %v\n%s", err, out)
		}
	}
	_, err := real(t, map[string]string{"GOPROXY": "http://ada:SECRET@" + host}, nil).Run(t.Context(), Command{Dir: requiring(t, "none.test/x"), Args: []string{"mod", "tidy"}})
	if err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), host) {
		t.Errorf("an error shows %v", err)
	}
}

// TestGatewayChain: the proxy of the operator's environment is asked, where there is one.
func TestGatewayChain(t *testing.T) {
	m := start(t)
	t.Setenv("HTTP_PROXY", m.url)
	t.Setenv("NO_PROXY", "")
	tool := real(t, map[string]string{"GOPROXY": "http://modules.test", "HTTP_PROXY": m.url}, nil)
	if _, err := tool.Run(t.Context(), Command{Dir: requiring(t, "a.test/lib"), Args: []string{"mod", "tidy"}}); err != nil {
		t.Error(err)
	}
	if asked := m.list(); len(asked) == 0 || !strings.HasPrefix(asked[0], "GET modules.test /a.test/lib/") {
		t.Errorf("asked %q", asked)
	}
}

// TestHostileSums: the checksum database is asked through the gateway, by the way
// that the operator has set, and what it says counts.
func TestHostileSums(t *testing.T) {
	secret, verifier, err := note.GenerateKey(nil, "sum.test")
	if err != nil {
		t.Fatal(err)
	}
	for _, offers := range []bool{true, false} {
		for _, truth := range []bool{true, false} {
			m := start(t)
			sums := sumdb.NewServer(sumdb.NewTestServer(secret, func(path, version string) ([]byte, error) { return goSum(t, m.url, path, version, truth), nil }))
			other := httptest.NewServer(sums)
			m.Fault = func(w http.ResponseWriter, r *http.Request) bool {
				rest, is := strings.CutPrefix(r.URL.Path, "/sumdb/sum.test")
				switch {
				case !is || !offers:
					return false
				case rest != "/supported":
					r.URL.Path = rest
					sums.ServeHTTP(w, r)
				}
				return true
			}
			db := verifier
			if !offers {
				db += " " + other.URL
			}
			dir := requiring(t, "a.test/lib")
			_, err := real(t, map[string]string{"GOPROXY": m.url + ",direct", "GOSUMDB": db}, nil).Run(t.Context(), Command{Dir: dir, Args: []string{"mod", "tidy"}})
			if (err == nil) != truth || err != nil && !strings.Contains(err.Error(), "checksum mismatch") {
				t.Errorf("by the proxy %v, true %v: %v", offers, truth, err)
			}
			other.Close()
		}
	}
}

// goSum returns the lines of go.sum for a module, true ones or others.
func goSum(t *testing.T, proxy, path, version string, truth bool) []byte {
	dir := requiring(t, path)
	if _, err := real(t, map[string]string{"GOPROXY": proxy}, nil).Run(t.Context(), Command{Dir: dir, Args: []string{"mod", "tidy"}}); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		t.Error(err)
	}
	if !truth {
		data = []byte(strings.ReplaceAll(string(data), "h1:", "h1:AAAA"))
		data = regexp.MustCompile(`h1:AAAA(.{40}).*`).ReplaceAll(data, []byte("h1:AAAA$1"))
	}
	return data
}
