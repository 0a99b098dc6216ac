package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A stranger's URL leads to no private address, by whatever name, proxy or redirect.
func TestNoPrivate(t *testing.T) {
	inside, n := serve(t, plain)
	host := strings.TrimPrefix(inside, "http://")
	port := host[strings.LastIndex(host, ":"):]
	for _, url := range []string{
		inside, "http://localhost" + port, "http://LOCALHOST." + port, "http://app.localhost" + port, "http://[::1]" + port,
		"http://[::ffff:127.0.0.1]" + port, "http://127.1" + port, "http://2130706433" + port, "http://0x7f000001" + port,
		"http://0" + port, "http://169.254.169.254/latest/meta-data/", "https://10.0.0.1/",
	} {
		_, err := client(t, Options{NoPrivate: true}).Get(t.Context(), Request{URL: url})
		if err == nil || strings.Contains(url, "127.0.0.1") && Code(err) != Refused {
			t.Errorf("Get(%s) = %v, want %s", url, err, Refused)
		}
	}
	own := func(h string) bool { return h == host }
	if _, err := client(t, Options{NoPrivate: true, Own: own}).Get(t.Context(), Request{URL: inside}); err != nil {
		t.Errorf("the operator's own host: %v", err)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests came through, want that of the operator's own host", n.Load())
	}
}

func TestNoPrivateAfterRedirect(t *testing.T) {
	inside, n := serve(t, plain)
	outside, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside, http.StatusFound) })
	own := func(h string) bool { return h == strings.TrimPrefix(outside, "http://") }
	_, err := client(t, Options{NoPrivate: true, Own: own}).Get(t.Context(), Request{URL: outside})
	if Code(err) != Refused || n.Load() != 0 {
		t.Errorf("Get = %v, %d requests inside, want %s and none", err, n.Load(), Refused)
	}
}

func TestAllow(t *testing.T) {
	a, _ := serve(t, plain)
	b, n := serve(t, plain)
	redirecting, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, b, http.StatusFound) })
	want := errors.New("not on the list of the operator")
	allow := func(host string) error {
		if "http://"+host == b {
			return want
		}
		return nil
	}
	c := client(t, Options{Allow: allow})
	if _, err := c.Get(t.Context(), Request{URL: a}); err != nil {
		t.Error(err)
	}
	for _, url := range []string{b, redirecting} {
		if _, err := c.Get(t.Context(), Request{URL: url}); Code(err) != Refused || !errors.Is(err, want) {
			t.Errorf("Get(%s) = %v, want %v", url, err, want)
		}
	}
	if n.Load() != 0 || len(c.FailedHosts()) != 0 {
		t.Errorf("%d requests, failed %v, want none", n.Load(), c.FailedHosts())
	}
}

// TestAllowBeforeCache warms a cache before a rule forbids the host: the rule holds
// for cached answers, also for those of the host that a redirect leads to.
func TestAllowBeforeCache(t *testing.T) {
	forbidden, n := serve(t, plain)
	allowed, m := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, forbidden+r.URL.Path, http.StatusFound)
	})
	dir, want := t.TempDir(), errors.New("not on the list of the operator")
	requests := []Request{{URL: forbidden + "/a"}, {URL: forbidden + "/b", Forever: true}, {URL: allowed + "/c"}, {URL: allowed + "/d", Forever: true}}
	warm := client(t, Options{CacheDir: dir})
	for _, r := range requests {
		if _, err := warm.Get(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	sent := n.Load() + m.Load()
	for _, offline := range []bool{false, true} {
		c := client(t, Options{CacheDir: dir, Offline: offline, Allow: func(host string) error {
			if "http://"+host == forbidden {
				return want
			}
			return nil
		}})
		for _, r := range requests {
			if res, err := c.Get(t.Context(), r); Code(err) != Refused || !errors.Is(err, want) || res != nil {
				t.Errorf("offline %v: Get(%s) = %v, %v, want %v", offline, r.URL, res, err, want)
			}
		}
	}
	if n.Load()+m.Load() != sent {
		t.Errorf("%d requests, want none", n.Load()+m.Load()-sent)
	}
}

// Credentials stay with their host, and those of a netrc come to the host that they are for.
func TestCredentialsDoNotTravel(t *testing.T) {
	show := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Header.Get("Authorization"), r.Header.Get("Referer"))
	}
	b, _ := serve(t, show)
	target := b
	a, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, target, http.StatusFound)
	})
	hostA, hostB := strings.TrimPrefix(a, "http://"), strings.TrimPrefix(b, "http://")
	for _, test := range []struct {
		name, url, target, want string
		netrc                   map[string]bool
	}{
		{"from the URL", "http://u:secret@" + hostA, b, " ", nil},
		{"from a netrc", a, b, " ", map[string]bool{hostA: true}},
		{"each its own", a, b, "Basic dTpw ", map[string]bool{hostA: true, hostB: true}},
		{"put into the redirect", "http://u:secret@" + hostA, "http://x:y@" + hostB, " ", nil},
	} {
		target = test.target
		c := client(t, Options{Credentials: func(host string) (string, string, bool) { return "u", "p", test.netrc[host] }})
		res, err := c.Get(t.Context(), Request{URL: test.url + "/" + strings.ReplaceAll(test.name, " ", "-")})
		if err != nil || string(res.Body) != test.want {
			t.Errorf("%s: %v, %v, want %q", test.name, res, err, test.want)
		}
	}
}

func TestNoWayDownFromHTTPS(t *testing.T) {
	open, n := serve(t, plain)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, open, http.StatusFound) }))
	t.Cleanup(s.Close)
	c := client(t, Options{})
	c.wire.transport.TLSClientConfig = s.Client().Transport.(*http.Transport).TLSClientConfig
	_, err := c.Get(t.Context(), Request{URL: s.URL})
	if Code(err) != Refused || n.Load() != 0 || !strings.Contains(err.Error(), "https to http") {
		t.Errorf("Get = %v, %d open requests, want it refused", err, n.Load())
	}
}

// The log tells of every request and retry, never of a secret.
func TestNoSecretsInLog(t *testing.T) {
	var log bytes.Buffer
	url, _ := serve(t, status(503))
	c := client(t, Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	_, _ = c.Get(t.Context(), Request{URL: "http://user:hunter2@" + strings.TrimPrefix(url, "http://") + "/?sig=hunter2"}) // the log is looked at
	if text := log.String(); strings.Count(text, "msg=request") != 4 || strings.Count(text, "msg=retry") != 3 || strings.Contains(text, "hunter2") {
		t.Errorf("log: %s", text)
	}
}

// The messages tell where, never with what.
func TestNoSecretsInErrors(t *testing.T) {
	url, _ := serve(t, status(403))
	host := strings.TrimPrefix(url, "http://")
	for _, r := range []string{"http://user:hunter2@" + host, "http://hunter2@" + host, url + "/?X-Amz-Signature=hunter2", url + "/?token=hunter2&n=1", "http://user:hunter2@127.0.0.1:1/"} {
		_, err := client(t, Options{}).Get(t.Context(), Request{URL: r})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Get(%s) = %v", r, err)
		}
	}
}

func TestProxyFromEnvironment(t *testing.T) {
	proxy, n := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "via proxy to ", r.URL.Host) })
	t.Setenv("HTTP_PROXY", proxy)
	t.Setenv("NO_PROXY", "direct.example")
	c := client(t, Options{NoPrivate: true}) // the proxy itself may be anywhere
	res, err := c.Get(t.Context(), Request{URL: "http://far.example/"})
	if err != nil || string(res.Body) != "via proxy to far.example" || n.Load() != 1 {
		t.Errorf("Get = %v, %v", res, err)
	}
	if _, err := c.Get(t.Context(), Request{URL: proxy}); Code(err) != Refused {
		t.Errorf("the proxy itself by a stranger's URL: %v, want %s", err, Refused)
	}
}

func TestNetrc(t *testing.T) {
	path := filepath.Join(t.TempDir(), "netrc")
	text := `# machine commented.example login a password b
machine one.example login user password pass#word
machine   TWO.example
	login u2
	password p2
macdef init
machine inside.example login x password y

machine port.example:8080 login u3 account z password p3
machine one.example login second password second
default login anonymous password any
machine last.example password only
machine`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	find, err := Netrc(path)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"one.example": "user:pass#word true", "two.example": "u2:p2 true", "Two.Example:443": "u2:p2 true", "port.example:8080": "u3:p3 true",
		"port.example": ": false", "inside.example": ": false", "other.example": ": false", "commented.example": ": false", "": ": false",
		"last.example": ":only true", "init": ": false",
	} {
		user, password, ok := find(host)
		if got := fmt.Sprintf("%s:%s %v", user, password, ok); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	if find, err := Netrc(filepath.Join(t.TempDir(), "none")); err != nil || find == nil {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine a login b password c\nmacdef x\n\ndefault login y")
	f.Add("machine")
	f.Fuzz(func(t *testing.T, text string) { parseNetrc(text) })
}
