package github

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/freshpin/freshpin/updater/forge"
)

// newKey makes the private key of an App; 2048 bits, as GitHub's.
func newKey(t testing.TB) (*rsa.PrivateKey, []byte) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func tokenAnswer(token string, ends time.Time) answer {
	return answer{status: 201, body: fmt.Sprintf(`{"token":%q,"expires_at":%q,"permissions":{"contents":"write","pull_requests":"read"}}`, token, ends.Format(time.RFC3339))}
}

// appForge returns a Forge that is an App, and its key.
func appForge(t testing.TB, server *fake) (*Forge, *clock, *rsa.PrivateKey, *strings.Builder) {
	t.Helper()
	key, text := newKey(t)
	f, c, log := testForge(t, server.URL, func(o *Options) { o.Token, o.App = "", &App{ID: 4711, Key: text} })
	return f, c, key, log
}

const (
	find  = "GET /repos/acme/shop/installation"
	token = "POST /app/installations/99/access_tokens"
)

func TestAppToken(t *testing.T) {
	start := newClock().at
	server := newFake(t, map[string][]answer{
		get:   {{body: "[]"}},
		find:  {{body: `{"id":99}`}},
		token: {tokenAnswer("ghs_one", start.Add(time.Hour)), tokenAnswer("ghs_two", start.Add(2*time.Hour))},
	})
	f, c, key, log := appForge(t, server)
	ask := func(at time.Duration, want string) {
		t.Helper()
		_ = c.sleep(t.Context(), start.Add(at).Sub(c.now()))
		if _, err := f.Subjects(t.Context(), "acme/shop"); err != nil {
			t.Fatal(err)
		}
		server.mu.Lock()
		defer server.mu.Unlock()
		if got := server.auth[len(server.auth)-1]; got != "Bearer "+want {
			t.Errorf("after %v: Authorization %s, want %s", at, got, want)
		}
	}
	ask(0, "ghs_one")
	ask(54*time.Minute, "ghs_one")
	ask(55*time.Minute, "ghs_two")
	ask(114*time.Minute, "ghs_two")
	want := []string{find, token, get, get, token, get, get}
	if got := server.requests(); strings.Join(got, ",") != strings.Join(want, ",") {
		t.Errorf("asked %v, want %v", got, want)
	}
	if reads, writes := f.Requests("acme/shop"); reads != 4 || writes != 0 {
		t.Errorf("%d reads and %d writes counted, want 4 and 0", reads, writes)
	}
	checkJWT(t, server.auth[0], key, start)
	if strings.Contains(log.String(), "ghs_") || strings.Contains(log.String(), "Bearer") {
		t.Errorf("a token is logged: %s", log)
	}
}

// checkJWT reads a JWT as GitHub does: signed with RS256, valid for ten minutes at most.
func checkJWT(t *testing.T, auth string, key *rsa.PrivateKey, now time.Time) {
	t.Helper()
	parts := strings.Split(strings.TrimPrefix(auth, "Bearer "), ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", auth)
	}
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		t.Error(err)
	}
	var claims struct {
		Iat, Exp int64
		Iss      string
	}
	data, _ := base64.RawURLEncoding.DecodeString(parts[1])
	if err := json.Unmarshal(data, &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Iss != "4711" || claims.Iat > now.Unix() || claims.Exp <= now.Unix() || claims.Exp-claims.Iat > 600 {
		t.Errorf("claims %s at %d", data, now.Unix())
	}
}

// Many goroutines that need a token ask for it once.
func TestAppTokenOnce(t *testing.T) {
	server := newFake(t, map[string][]answer{
		get: {{body: "[]"}}, find: {{body: `{"id":99}`}}, token: {tokenAnswer("ghs_one", newClock().at.Add(time.Hour))},
	})
	f, _, _, _ := appForge(t, server)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := f.Subjects(t.Context(), "acme/shop"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	asked := 0
	for _, r := range server.requests() {
		if r == token {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("%d tokens asked for, want 1", asked)
	}
}

func TestAppTrouble(t *testing.T) {
	start := newClock().at
	good := tokenAnswer("ghs_one", start.Add(time.Hour))
	for _, tt := range []struct {
		name    string
		answers map[string][]answer
		err     string
		code    string
	}{
		{"not installed", map[string][]answer{}, "the GitHub App is not installed on it", "not-found"},
		{"suspended", map[string][]answer{find: {{body: `{"id":99,"suspended_at":"2026-01-01T00:00:00Z"}`}}}, "suspended", "no-permission"},
		{"wrong key", map[string][]answer{find: {{status: 401, body: `{"message":"A JSON web token could not be decoded"}`}}}, "clock is wrong", "no-permission"},
		{"no token in the answer", map[string][]answer{find: {{body: `{"id":99}`}}, token: {{status: 201, body: "{}"}}}, "gave no token", ""},
		{"5xx on the way", map[string][]answer{find: {{status: 502}, {body: `{"id":99}`}}, token: {{status: 500}, {drop: true}, good}, get: {{body: "[]"}}}, "", ""},
		{"the token was revoked", map[string][]answer{find: {{body: `{"id":99}`}}, token: {good, tokenAnswer("ghs_two", start.Add(time.Hour))}, get: {{status: 401}, {body: "[]"}}}, "", ""},
		{"every token is refused", map[string][]answer{find: {{body: `{"id":99}`}}, token: {good}, get: {{status: 401}}}, "does not accept", "no-permission"},
	} {
		server := newFake(t, tt.answers)
		f, _, _, log := appForge(t, server)
		_, err := f.Subjects(t.Context(), "acme/shop")
		var refused *forge.Denied
		errors.As(err, &refused)
		switch {
		case tt.err == "" && err != nil, tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		case tt.code != "" && (refused == nil || refused.Code != tt.code):
			t.Errorf("%s: %#v, want the code %s", tt.name, err, tt.code)
		case strings.Contains(fmt.Sprint(err, log), "ghs_"):
			t.Errorf("%s: a token is told", tt.name)
		}
	}
}

// The App was removed and installed again: its installation has another number.
func TestAppInstalledAnew(t *testing.T) {
	start := newClock().at
	server := newFake(t, map[string][]answer{
		get: {{body: "[]"}}, find: {{body: `{"id":99}`}, {body: `{"id":100}`}},
		token: {tokenAnswer("ghs_one", start.Add(time.Hour)), {status: 404}},
		"POST /app/installations/100/access_tokens": {tokenAnswer("ghs_new", start.Add(9*time.Hour))},
	})
	f, c, _, _ := appForge(t, server)
	for range 2 {
		if _, err := f.Subjects(t.Context(), "acme/shop"); err != nil {
			t.Error(err)
		}
		_ = c.sleep(t.Context(), 2*time.Hour)
	}
	if got := server.auth[len(server.auth)-1]; got != "Bearer ghs_new" {
		t.Errorf("Authorization %s", got)
	}
}

// While a token is still good, a failed renewal is no failure.
func TestAppRenewalMayFail(t *testing.T) {
	start := newClock().at
	server := newFake(t, map[string][]answer{
		get: {{body: "[]"}}, find: {{body: `{"id":99}`}}, token: {tokenAnswer("ghs_one", start.Add(time.Hour)), {status: 422}},
	})
	f, c, _, _ := appForge(t, server)
	for _, tt := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {56 * time.Minute, true}, {5 * time.Minute, false}} {
		_ = c.sleep(t.Context(), tt.after)
		if _, err := f.Subjects(t.Context(), "acme/shop"); err == nil != tt.ok {
			t.Errorf("%v later: %v", tt.after, err)
		}
	}
}

func TestAppKeys(t *testing.T) {
	key, pkcs1 := newKey(t)
	der, _ := x509.MarshalPKCS8PrivateKey(key)
	curve, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ec, _ := x509.MarshalPKCS8PrivateKey(curve)
	for _, tt := range []struct {
		name string
		app  App
		err  string
	}{
		{"nothing", App{ID: 1}, "not PEM"},
		{"no PEM", App{ID: 1, Key: []byte("secret key")}, "not PEM"},
		{"not a key", App{ID: 1, Key: pem.EncodeToMemory(&pem.Block{Type: "X", Bytes: []byte("secret key")})}, "not an RSA key"},
		{"another kind", App{ID: 1, Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: ec})}, "not an RSA key"},
		{"no id", App{Key: pkcs1}, "no id"},
		{"PKCS #1", App{ID: 1, Key: pkcs1}, ""},
		{"PKCS #8", App{ID: 1, Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}, ""},
	} {
		_, err := New(Options{App: &tt.app})
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}
	if _, err := New(Options{Token: "x", App: &App{ID: 1, Key: pkcs1}}); err == nil {
		t.Error("both a token and an App are taken")
	}
}
