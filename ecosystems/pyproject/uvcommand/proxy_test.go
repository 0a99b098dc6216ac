package uvcommand

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// opened returns a proxy of a tool that leads every allowed host to a server.
func opened(t *testing.T, o Options) (proxy *url.URL, closes func()) {
	t.Helper()
	address, closes, err := New(o).startProxy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closes)
	if proxy, err = url.Parse(address); err != nil {
		t.Fatal(err)
	}
	return proxy, closes
}

// TestHostileProxy: what uv reaches through the proxy, and what it does not.
func TestHostileProxy(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "for "+r.Host) }))
	defer server.Close()
	var dialled []string
	proxy, _ := opened(t, Options{
		Allows: func(host string) bool { return host == "pypi.org" || host == "own.test:8443" },
		Dial: func(ctx context.Context, host string) (net.Conn, error) {
			dialled = append(dialled, host)
			if strings.HasPrefix(host, "own.test") {
				return nil, errors.New("it is down")
			}
			return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
		},
	})
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	for _, c := range []struct{ address, want string }{
		{"https://pypi.org/simple/", "for pypi.org"},
		{"https://PyPI.org/simple/", "for PyPI.org"},
		{"https://files.pythonhosted.org/x", "for files.pythonhosted.org"},
		{"https://own.test:8443/", "Bad Gateway"},
		{"https://own.test/", "Forbidden"},
		{"https://pypi.org:8443/", "Forbidden"},
		{"https://evil.test/", "Forbidden"},
		{"https://127.0.0.1/", "Forbidden"},
		{"http://pypi.org/simple/", "only package indexes that the operator allows"},
	} {
		got := ""
		res, err := client.Get(c.address)
		if err != nil {
			got = err.Error()
		} else {
			body, _ := io.ReadAll(res.Body)
			got = string(body)
			_ = res.Body.Close()
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.address, got, c.want)
		}
	}
	if len(dialled) != 4 {
		t.Errorf("asked %q", dialled)
	}
	for _, user := range []*url.Userinfo{nil, url.UserPassword("uv", "x")} {
		other := *proxy
		other.User = user
		if _, err := (&http.Transport{Proxy: http.ProxyURL(&other)}).RoundTrip(httptest.NewRequest(http.MethodGet, "https://pypi.org/", nil)); err == nil || !strings.Contains(err.Error(), "Proxy Authentication Required") {
			t.Errorf("with the login %v: %v", user, err)
		}
	}
}

// A tunnel ends with the run, whatever its ends want.
func TestProxyCloses(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	proxy, closes := opened(t, Options{Allows: func(string) bool { return true }, Dial: func(context.Context, string) (net.Conn, error) { return here, nil }})
	conn, err := net.Dial("tcp", proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	password, _ := proxy.User.Password()
	req := httptest.NewRequest(http.MethodConnect, "https://pypi.org:443", nil)
	req.SetBasicAuth("uv", password)
	fmt.Fprintf(conn, "CONNECT pypi.org:443 HTTP/1.1\r\nHost: pypi.org:443\r\nProxy-Authorization: %s\r\n\r\n", req.Header.Get("Authorization"))
	in := bufio.NewReader(conn)
	if res, err := http.ReadResponse(in, req); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", res, err)
	}
	closes()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute)) // a safety net
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && (err == nil || !strings.Contains(err.Error(), "reset")) {
		t.Errorf("the tunnel is open: %v", err)
	}
}

// uv is not run where it would find settings above its folder.
func TestHostileAbove(t *testing.T) {
	for _, name := range []string{"pyproject.toml", "uv.toml", ".python-version", ".venv"} {
		above, bin := t.TempDir(), t.TempDir()
		if err := errors.Join(os.WriteFile(filepath.Join(above, name), nil, 0o644), os.WriteFile(filepath.Join(bin, "uv"), []byte("#!/bin/sh\nexit 0\n"), 0o755)); err != nil {
			t.Fatal(err)
		}
		tool := New(Options{Cache: filepath.Join(above, "cache"), Getenv: func(string) string { return bin }})
		if _, err := tool.Lock(t.Context(), map[string][]byte{"uv.lock": {}}, nil); err == nil || !strings.Contains(err.Error(), "a "+name+" stands in a folder above") {
			t.Errorf("%s: %v", name, err)
		}
		if left, _ := filepath.Glob(filepath.Join(above, "cache", "*")); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
	tool := New(Options{Cache: t.TempDir(), Getenv: func(string) string { return os.Getenv("PATH") }})
	for _, name := range []string{"../x", "/etc/x"} {
		if r, err := tool.open(map[string][]byte{name: nil}); err == nil {
			t.Errorf("%s is written to %v", name, r)
		}
	}
}

const maxSentence = 300 // of confine.Sentence

func TestSentence(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"", "it ended without a word"},
		{"Using CPython 3.12.1 interpreter at: /usr/bin/python3\nerror: Failed to parse: `pyproject.toml`\n  Caused by: TOML parse error\n", "Failed to parse: `pyproject.toml` Caused by: TOML parse error"},
		{"  × No solution found when resolving dependencies:\n  ╰─▶ Because a\n      and b.\n\n      hint: c\n", "No solution found when resolving dependencies: Because a and b."},
		{"warning: x\nerror: /tmp/t/tree/uv.lock https://u:p@x.test/ \x1b[31m\u202e\n", "uv.lock https://x.test/ [31m"},
		{strings.Repeat("é", 1000), strings.Repeat("é", maxSentence) + "…"},
	} {
		if got := sentence(c.said, "/tmp/t/tree"); got != c.want {
			t.Errorf("sentence(%q) = %q, want %q", c.said, got, c.want)
		}
	}
}

// A uv that needs too long, or too much, is ended.
func TestHostileRun(t *testing.T) {
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "uv"), []byte("#!/bin/sh\nsleep 300\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	tool := New(Options{Cache: t.TempDir(), Limit: 50 * time.Millisecond, Getenv: func(string) string { return bin + string(os.PathListSeparator) + os.Getenv("PATH") }})
	if _, err := tool.Lock(t.Context(), map[string][]byte{"uv.lock": {}}, nil); err == nil || !strings.Contains(err.Error(), "uv needs longer than 50ms") {
		t.Errorf("%v", err)
	}
}
