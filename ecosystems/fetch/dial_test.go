package fetch

import (
	"net"
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
