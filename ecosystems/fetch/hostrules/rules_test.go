package hostrules

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestPrivate(t *testing.T) {
	for text, want := range map[string]bool{
		"::ffff:127.0.0.1": true, "64:ff9b::7f00:1": true, "2002:7f00:1::": true, "fe80::1%eth0": true, "169.254.169.254": true,
		"fd00:ec2::254": true, "100.100.100.200": true, "168.63.129.16": true, "::": true, "0.0.0.0": true, "0.1.2.3": true,
		"::1": true, "127.8.9.1": true, "10.0.0.1": true, "172.16.0.1": true, "172.31.255.255": true, "192.168.1.1": true,
		"255.255.255.255": true, "224.0.0.1": true, "ff02::1": true, "::127.0.0.1": true, "64:ff9b:1::1": true, "64:ff9b::a9fe:a9fe": true,
		"172.32.0.1": false, "8.8.8.8": false, "1.1.1.1": false, "2606:4700::1111": false, "64:ff9b::808:808": false, "2002:808:808::": false,
		"::ffff:8.8.8.8": false, "100.128.0.1": false, "168.63.129.17": false,
	} {
		if got := private(netip.MustParseAddr(text)); got != want {
			t.Errorf("private(%s) = %v, want %v", text, got, want)
		}
	}
}

// TestHostileAddresses: addresses that are not of the public internet, however they are wrapped.
func TestHostileAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"127.0.0.1": true, "10.1.2.3": true, "192.168.0.1": true, "169.254.169.254": true, "100.64.0.1": true, "192.0.0.192": true, "100.100.100.200": true,
		"168.63.129.16": true, "198.19.0.1": true, "192.88.99.1": true, "255.255.255.255": true, "0.0.0.0": true,
		"::ffff:10.0.0.1": true, "::ffff:0:10.0.0.1": true, "::10.0.0.1": true, "64:ff9b::10.0.0.1": true, "64:ff9b:1::8.8.8.8": true, "64:ff9b:2::1": true,
		"2002:a00:1::": true, "2001:0:4136:e378:8000:63bf:3fff:fdd2": true, "2001:db8::1": true, "3fff::1": true, "5f00::1": true, "100::1": true,
		"fd00:ec2::254": true, "fe80::1": true, "fec0::1": true, "ff02::1": true, "::1": true, "::": true, "4000::1": true,
		"8.8.8.8": false, "1.1.1.1": false, "2606:4700::1111": false, "2a00:1450:4001::1": false, "64:ff9b::8.8.8.8": false, "::ffff:1.1.1.1": false, "2002:808:808::1": false,
	} {
		if got := private(netip.MustParseAddr(text)); got != want {
			t.Errorf("private(%s) = %v, want %v", text, got, want)
		}
	}
}

// TestHostileNames: names that lead inside by their spelling, for resolvers and for proxies.
func TestHostileNames(t *testing.T) {
	for name, want := range map[string]bool{
		"localhost": true, "x.localhost": true, "registry": true, "metadata": true, "metadata.google.internal": true, "printer.local": true, "nas.home.arpa": true,
		"host.localdomain": true, "127.1": true, "2130706433": true, "0x7f000001": true, "0x7f.0.0.1": true, "017700000001": true, "127.0.0.1": true, "010.0.0.1": true,
		"::1": true, "::ffff:127.0.0.1": true, "fe80::1%eth0": true, "１２７.0.0.1": true, "localhost。x": true, "": true, "1.2.3.0x4": true,
		"registry.example": false, "8.8.8.8": false, "2606:4700::1111": false, "internal.example": false, "local.example": false, "127.0.0.1.nip.io": false, "xn--bcher-kva.example": false,
	} {
		if got := internal(name); got != want {
			t.Errorf("internal(%q) = %v, want %v", name, got, want)
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
		r := New(Options{Timeout: 30 * time.Second, Log: slog.New(slog.DiscardHandler)})
		r.proxyOf = func(*url.URL) (*url.URL, error) { return proxy, nil }
		conn, err := r.Tunnel(context.Background(), &url.URL{Scheme: "https", Host: "pypi.org"})
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
