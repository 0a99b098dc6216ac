package fetch

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestHostileDial: a program's way to a host has the rules of every request.
func TestHostileDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	here := l.Addr().String()
	for _, c := range []struct {
		host, code string
		o          Options
	}{
		{here, "", Options{}},
		{here, "", Options{NoPrivate: true, Own: func(host string) bool { return host == here }}},
		{here, Refused, Options{NoPrivate: true}},
		{"localhost:443", Refused, Options{NoPrivate: true}},
		{"169.254.169.254:443", Refused, Options{NoPrivate: true}},
		{here, Refused, Options{Allow: func(string) error { return net.ErrClosed }}},
		{"a b:443", Refused, Options{}},
		{"127.0.0.1:1", Unreachable, Options{}},
	} {
		conn, err := New(c.o).Dial(t.Context(), c.host)
		if err == nil {
			_ = conn.Close()
		}
		if (err == nil) != (c.code == "") || err != nil && Code(err) != c.code {
			t.Errorf("%s: %v, want %q", c.host, err, c.code)
		}
	}
}

// Behind a proxy of the operator the tunnel leads through it, with its login.
func TestDialThroughProxy(t *testing.T) {
	for answer, want := range map[string]string{
		"HTTP/1.1 200 Connection established\r\n\r\n":                             "",
		"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n": "407",
		"nonsense\r\n\r\n": "malformed",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		asked := make(chan *http.Request, 1)
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			req, _ := http.ReadRequest(bufio.NewReader(conn))
			asked <- req
			_, _ = io.WriteString(conn, answer)
			_, _ = io.Copy(conn, conn)
		}()
		proxy := &url.URL{Scheme: "http", User: url.UserPassword("u", "p"), Host: l.Addr().String()}
		r := newRules(Options{}.withDefaults())
		r.proxyOf = func(*url.URL) (*url.URL, error) { return proxy, nil }
		conn, err := r.tunnel(context.Background(), &url.URL{Scheme: "https", Host: "pypi.org"})
		if req := <-asked; req == nil || req.Method != http.MethodConnect || req.Host != "pypi.org:443" || req.Header.Get("Proxy-Authorization") != "Basic dTpw" {
			t.Errorf("the proxy was asked %v", req)
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", answer, err, want)
		}
		if err == nil {
			_, _ = io.WriteString(conn, "x")
			b := make([]byte, 1)
			if _, err := conn.Read(b); err != nil || b[0] != 'x' {
				t.Errorf("the tunnel carries %q, %v", b, err)
			}
			_ = conn.Close()
		}
		_ = l.Close()
	}
}
