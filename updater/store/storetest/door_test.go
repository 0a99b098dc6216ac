package storetest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestDoor(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") }))
	defer server.Close()
	d := NewDoor(t, server.Listener.Addr().String())
	address := d.Address
	said := func() (string, error) {
		res, err := http.Get("http://" + d.Address)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		return string(data), err
	}
	for range 3 {
		if got, err := said(); got != "here" || err != nil {
			t.Fatalf("through the open door: %q, %v", got, err)
		}
		held, err := net.Dial("tcp", d.Address)
		if err != nil {
			t.Fatal(err)
		}
		d.Shut()
		if got, err := said(); err == nil {
			t.Errorf("through the shut door: %q", got)
		}
		if n, err := held.Read(make([]byte, 1)); err == nil {
			t.Errorf("a connection from before: %d bytes", n)
		}
		_ = held.Close()
		if err := d.Open(); err != nil || d.Address != address {
			t.Fatalf("opened at %s: %v", d.Address, err)
		}
	}
}
