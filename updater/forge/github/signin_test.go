package github_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/freshpin/freshpin/updater/forge/forgetest"
	"github.com/freshpin/freshpin/updater/forge/forgetest/contract"
	"github.com/freshpin/freshpin/updater/forge/github"
)

// TestDoor checks that a user who signs in gets the readable and writable repositories.
func TestDoor(t *testing.T) {
	s := forgetest.New(t.TempDir())
	contract.Hold(t, s)
	site, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s.App(7, "freshpin", &key.PublicKey)
	s.OAuth("client", "secret")
	file := map[string]forgetest.File{"README.md": {Data: []byte("Hello.\n")}}
	for name, o := range map[string]forgetest.Options{"acme/open": {}, "acme/closed": {Private: true}, "acme/mine": {Private: true}, "other/one": {Private: true}} {
		if err := s.AddRepo(name, file, o); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Grant("acme/mine", "ada", "write"); err != nil {
		t.Fatal(err)
	}
	door, err := github.NewSignIn(github.SignInOptions{ClientID: "client", ClientSecret: "secret", APIURL: site, SiteURL: site})
	if err != nil {
		t.Fatal(err)
	}
	s.SignIn("ada")
	code := come(t, door.Address("the state", "http://localhost/back?x=1"))
	ctx := context.Background()
	if _, err := door.Enter(ctx, code, "http://localhost/another"); err == nil {
		t.Error("a code is taken for another way back")
	}
	code = come(t, door.Address("the state", "http://localhost/back?x=1"))
	person, err := door.Enter(ctx, code, "http://localhost/back?x=1")
	if err != nil {
		t.Fatal(err)
	}
	if person.Login != "ada" || len(person.Read) != 2 || len(person.Write) == 0 || !slices.Contains(person.Read, person.Write[0]) {
		t.Errorf("%+v", person)
	}
	if _, err := door.Enter(ctx, code, "http://localhost/back?x=1"); err == nil {
		t.Error("a code is taken twice")
	}
}

// come goes where a browser is sent, and returns the code with which it comes back.
func come(t *testing.T, address string) string {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Query().Get("state") != "the state" || back.Query().Get("x") != "1" {
		t.Fatalf("%d: came back at %s", res.StatusCode, back)
	}
	return back.Query().Get("code")
}
