package registry

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// Challenges as registries give them: on the root, on the repository alone
// (containerd answers each), another one there, several at once, none that can be answered.
func TestChallenges(t *testing.T) {
	const user, password = "u", "p"
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	for _, c := range []struct {
		name     string
		ping     string // the challenge of /v2/; "" for 200
		repo     string // the challenge of the repository; HOST is its host
		accepted string // what opens the repository
		login    bool
		code     string
	}{
		{"Bearer on the repository only", "", `Bearer realm="http://HOST/token",service="reg"`, "Bearer t:repository:acme/app:pull", false, ""},
		{"Bearer on the repository only, with a login", "", `Bearer realm="http://HOST/token",service="reg"`, "Bearer t:repository:acme/app:pull", true, ""},
		{"Bearer that wants another scope", "", `Bearer realm="http://HOST/token",scope="repository:acme/app:pull,metadata"`, "Bearer t:repository:acme/app:pull,metadata", false, ""},
		{"another realm for the repository", `Bearer realm="http://HOST/wrong"`, `Bearer realm="http://HOST/token"`, "Bearer t:repository:acme/app:pull", false, ""},
		{"Basic on the repository only", "", `Basic realm="x"`, login, true, ""},
		{"Basic where the root wants Bearer", `Bearer realm="http://HOST/token"`, `Basic realm="x"`, login, true, ""},
		{"several in one header, a comma in quotes", "", `Negotiate, Basic realm="a, b", Bearer service="x", realm="http://HOST/token"`, "Bearer t:repository:acme/app:pull", false, ""},
		{"Basic without a login", "", `Basic realm="x"`, login, false, fetch.Unauthorized},
		{"a scheme that is not known", "", `Negotiate`, "Negotiate x", true, fetch.Unauthorized},
		{"a token that does not open", "", `Bearer realm="http://HOST/token"`, "Bearer other", false, fetch.Unauthorized},
		{"no realm", "", `Bearer service="x"`, "Bearer other", false, fetch.Unauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			var host string
			refuse := func(w http.ResponseWriter, challenge string) {
				w.Header().Set("WWW-Authenticate", strings.ReplaceAll(challenge, "HOST", host))
				w.WriteHeader(http.StatusUnauthorized)
			}
			host = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/token":
					fmt.Fprintf(w, `{"token":%q}`, "t:"+r.URL.Query()["scope"][0])
				case r.URL.Path == "/wrong":
					fmt.Fprint(w, `{"token":"w"}`)
				case r.URL.Path == "/v2/" && c.ping != "":
					refuse(w, c.ping)
				case r.URL.Path == "/v2/":
				case r.Header.Get("Authorization") == c.accepted:
					fmt.Fprint(w, `{"tags":["1.0.0","1.0.5"]}`)
				default:
					refuse(w, c.repo)
				}
			}))
			k := keychain{}
			if c.login {
				k[host] = authn.AuthConfig{Username: user, Password: password}
			}
			l, err := newRegistry(t, Options{Keychain: k}, fetch.Options{}).Versions(t.Context(), host+"/acme/app")
			if got := strings.Join(texts(l), " "); fetch.Code(err) != c.code && (err != nil || c.code != "") || c.code == "" && got != "1.0.0 1.0.5" {
				t.Errorf("Versions = %q, %v, want %q", got, err, c.code)
			}
		})
	}
}

// A login goes to its own server only, wherever that redirects and whatever the other one asks for.
func TestChallengeElsewhere(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	var other string
	other = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, r.URL.Path+" "+r.Header.Get("Authorization"))
		mu.Unlock()
		switch {
		case r.URL.Path == "/token":
			fmt.Fprint(w, `{"token":"free"}`)
		case r.Header.Get("Authorization") != "Bearer free":
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+other+`/token",scope="s"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			fmt.Fprint(w, `{"tags":["1.0.0"]}`)
		}
	}))
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			http.Redirect(w, r, "http://"+other+"/v2/x/tags/list", http.StatusTemporaryRedirect)
		}
	}))
	k := keychain{host: {Username: "u", Password: "p"}}
	l, err := newRegistry(t, Options{Keychain: k}, fetch.Options{}).Versions(t.Context(), host+"/acme/app")
	if got := strings.Join(texts(l), " "); err != nil || got != "1.0.0" {
		t.Errorf("Versions = %q, %v", got, err)
	}
	if diff := cmp.Diff([]string{"/v2/x/tags/list ", "/token ", "/v2/x/tags/list Bearer free"}, seen); diff != "" {
		t.Error(diff)
	}
}

// A token that has expired is replaced once, by however many requests at a time.
func TestTokenExpires(t *testing.T) {
	var mu sync.Mutex
	tokens, valid := 0, "1"
	var host string
	host = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.URL.Path == "/token":
			tokens++
			fmt.Fprintf(w, `{"token":"%d"}`, tokens)
		case r.Header.Get("Authorization") != "Bearer "+valid:
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+host+`/token"`)
			w.WriteHeader(http.StatusUnauthorized)
		default:
			fmt.Fprint(w, `{"tags":["1.0.0"]}`)
		}
	}))
	r := newRegistry(t, Options{}, fetch.Options{Lifetime: -1})
	if _, err := r.Versions(t.Context(), host+"/acme/app"); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	valid = "2"
	mu.Unlock()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			repo, err := r.repository(host + "/acme/app")
			if err == nil {
				_, err = r.get(t.Context(), repo, fetch.Request{URL: repo.at("tags", fmt.Sprint("list", i)), Limit: 1000})
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if tokens != 2 {
		t.Errorf("%d tokens, want 2", tokens)
	}
}
