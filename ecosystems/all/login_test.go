package all

import (
	"context"
	"errors"
	"testing"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// TestReleaseLogin: releases are asked for in the name of the login, and a mirror does not see it.
func TestReleaseLogin(t *testing.T) {
	failed := errors.New("the App is suspended")
	answer := func(token, identity string, err error) func(context.Context) (APILogin, error) {
		return func(context.Context) (APILogin, error) { return APILogin{Token: token, Identity: identity}, err }
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
