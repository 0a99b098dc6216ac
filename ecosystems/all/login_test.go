package all

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// shown is who was shown a token.
type shown map[string]string

func (s shown) RoundTrip(req *http.Request) (*http.Response, error) {
	s[req.URL.String()] = req.Header.Get("Authorization")
	return &http.Response{StatusCode: http.StatusNoContent, Body: http.NoBody, Request: req}, nil
}

// TestReleaseLogin: releases are asked for in the name of the login, at the
// public API alone: a redirect leads the token nowhere, nor does a mirror see it.
func TestReleaseLogin(t *testing.T) {
	s := shown{}
	for _, address := range []string{
		"https://api.github.com/repos/a/b/releases/tags/v1", "http://api.github.com/repos/a/b", "https://api.github.com.evil.example/repos/a/b",
		"https://api.github.com:8443/repos/a/b", "https://github.com/a/b/releases/download/v1/b", "https://objects.githubusercontent.com/x",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (bearer{s, "ghs_1"}).RoundTrip(req); err != nil || req.Header.Get("Authorization") != "" {
			t.Errorf("%s: %v, and the request of the caller has the token", address, err)
		}
		want := ""
		if address == "https://api.github.com/repos/a/b/releases/tags/v1" {
			want = "Bearer ghs_1"
		}
		if s[address] != want {
			t.Errorf("%s was shown %q, want %q", address, s[address], want)
		}
	}
	failed := errors.New("the App is suspended")
	answer := func(token, identity string, err error) func(context.Context) (string, string, error) {
		return func(context.Context) (string, string, error) { return token, identity, err }
	}
	client := fetch.New(fetch.Options{})
	for _, c := range []struct {
		name     string
		o        Options
		asks     bool // there is a login
		identity string
		err      error
	}{
		{"a login", Options{HTTP: client, Git: Git{API: answer("ghs_1", "app acme", nil)}}, true, "app acme", nil},
		{"none for this repository", Options{HTTP: client, Git: Git{API: answer("", "app acme", nil)}}, true, "", nil},
		{"one that fails", Options{HTTP: client, Git: Git{API: answer("", "", failed)}}, true, "", failed},
		{"none", Options{HTTP: client}, false, "", nil},
		{"a mirror", Options{HTTP: client, Git: Git{API: answer("ghs_1", "app acme", nil)}, Mirrors: map[string]string{"api.github.com": "https://mirror.example"}}, false, "", nil},
	} {
		ask := login(c.o)
		if (ask != nil) != c.asks {
			t.Errorf("%s: there is a login: %t", c.name, ask != nil)
		}
		if ask == nil {
			continue
		}
		if via, identity, err := ask(t.Context()); identity != c.identity || (via != nil) != (c.identity != "") || !errors.Is(err, c.err) {
			t.Errorf("%s: in the name of %q, %v", c.name, identity, err)
		}
	}
}
