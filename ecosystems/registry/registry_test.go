package registry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/authn"
	"go.uber.org/goleak"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nobody is a keychain without logins, so that tests do not use those of the machine.
type keychain map[string]authn.AuthConfig

func (k keychain) Resolve(target authn.Resource) (authn.Authenticator, error) {
	if config, ok := k[target.RegistryStr()]; ok {
		return authn.FromConfig(config), nil
	}
	return authn.Anonymous, nil
}

// serve starts a server and returns its host; as localhost, not 127.0.0.1,
// which go-containerregistry does not accept for issuers of tokens.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return strings.Replace(s.Listener.Addr().String(), "127.0.0.1", "localhost", 1)
}

func newRegistry(t *testing.T, o Options, f fetch.Options) *Registry {
	t.Helper()
	f.Backoff = time.Millisecond
	o.HTTP = fetch.New(f)
	t.Cleanup(o.HTTP.Close)
	if o.Keychain == nil {
		o.Keychain = keychain{}
	}
	return New(o)
}

func texts(l ecosystems.Listing) (list []string) {
	for _, c := range l.Candidates {
		list = append(list, c.Version.Text)
	}
	return list
}

func pin(tag, digest string) ecosystems.Pin {
	return ecosystems.Pin{Text: tag, Digest: digest, Version: dockertag.Parse(tag)}
}

var both = []string{"linux/amd64", "linux/arm64/v8"}

func day(d int) time.Time { return time.Date(2024, 1, d, 0, 0, 0, 0, time.UTC) }

func spent(s *ociserver.Server) string {
	var list []string
	n := s.Requests()
	for _, kind := range []string{"ping", "token", "refused", "tags", "head", "manifest", "blob"} {
		if n[kind] > 0 {
			list = append(list, fmt.Sprintf("%s:%d", kind, n[kind]))
		}
	}
	return strings.Join(list, " ")
}

func TestVersions(t *testing.T) {
	s := &ociserver.Server{PageSize: 7}
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprintf("1.%02d", i))
	}
	for _, tag := range append(slices.Clone(want), "sha256-"+strings.Repeat("a", 64)+".sig", "sha256-"+strings.Repeat("a", 64)) {
		s.Add("acme/app", tag, ociserver.Image{})
	}
	host := serve(t, s)
	got, err := newRegistry(t, Options{}, fetch.Options{}).Versions(t.Context(), host+"/acme/app")
	if err != nil || cmp.Diff(want, texts(got)) != "" {
		t.Errorf("Versions = %v, %s", err, cmp.Diff(want, texts(got)))
	}
	if n := s.Requests()["tags"]; n != 8 {
		t.Errorf("%d pages, want 8", n)
	}
}

// A second run within the lifetime sends nothing at all: no ping, no login.
func TestSecondRunSendsNothing(t *testing.T) {
	s := &ociserver.Server{Tokens: true, User: "u", Password: "p"}
	s.Add("acme/app", "1.0", ociserver.Image{Content: "x", Platforms: both, Created: day(1)})
	s.Add("acme/app", "1.1", ociserver.Image{Content: "y", Platforms: both, Created: day(2)})
	host := serve(t, s)
	dir := t.TempDir()
	for i, want := range []string{"ping:1 token:1 refused:1 tags:1 head:1 manifest:3 blob:1", ""} {
		s.ForgetRequests()
		r := newRegistry(t, Options{Keychain: keychain{host: {Username: "u", Password: "p"}}}, fetch.Options{CacheDir: dir})
		work(t, r, host+"/acme/app")
		if got := spent(s); got != want {
			t.Errorf("run %d: requests %q, want %q", i+1, got, want)
		}
		if sent := r.o.HTTP.Stats().Sent; i > 0 && sent != 0 {
			t.Errorf("run %d sent %d", i+1, sent)
		}
	}
	// Other logins do not get the answers for this login.
	r := newRegistry(t, Options{}, fetch.Options{CacheDir: dir})
	if _, err := r.Versions(t.Context(), host+"/acme/app"); fetch.Code(err) != fetch.Unauthorized {
		t.Errorf("without the login: %v, want %s", err, fetch.Unauthorized)
	}
}

// Beyond the lifetime, everything that can change is asked for conditionally, and the rest not at all.
func TestLaterRunOnlyConfirms(t *testing.T) {
	s := &ociserver.Server{}
	s.Add("acme/app", "1.0", ociserver.Image{Content: "x", Platforms: both, Created: day(1)})
	s.Add("acme/app", "1.1", ociserver.Image{Content: "y", Platforms: both, Created: day(2)})
	host := serve(t, s)
	dir := t.TempDir()
	work(t, newRegistry(t, Options{}, fetch.Options{CacheDir: dir}), host+"/acme/app")
	r := newRegistry(t, Options{}, fetch.Options{CacheDir: dir, Lifetime: -1})
	work(t, r, host+"/acme/app")
	// The ping, the list, one HEAD, and the manifests of two tags.
	if got := r.o.HTTP.Stats(); got.Sent != 5 || got.Revalidated != 4 {
		t.Errorf("Stats() = %+v, want 5 sent, 4 of them only to confirm", got)
	}
}

// work does what one run does for one image.
func work(t *testing.T, r *Registry, image string) {
	t.Helper()
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, err := r.Versions(t.Context(), image)
			if err == nil {
				_, err = r.Pins(t.Context(), image, pin("1.0", ""), dockertag.Parse("1.0"))
			}
			if err == nil {
				_, err = r.Pins(t.Context(), image, pin("1.0", ""), dockertag.Parse("1.1"))
			}
			if err == nil {
				_, err = r.Published(t.Context(), image, "1.1")
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

// One ping for a server, one token for a repository, however many ask at once.
func TestLoginsAreShared(t *testing.T) {
	s := &ociserver.Server{Tokens: true}
	var group sync.WaitGroup
	for i := range 10 {
		s.Add(fmt.Sprint("acme/app", i), "1", ociserver.Image{})
	}
	host := serve(t, s)
	r := newRegistry(t, Options{}, fetch.Options{})
	for i := range 100 {
		group.Go(func() {
			if _, err := r.Versions(t.Context(), fmt.Sprint(host, "/acme/app", i%10)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := spent(s); got != "ping:1 token:10 refused:1 tags:10" {
		t.Errorf("requests %s", got)
	}
}

// A token that dies in the middle of a run is replaced.
func TestExpiredToken(t *testing.T) {
	s := &ociserver.Server{Tokens: true}
	s.Add("app", "1", ociserver.Image{})
	host := serve(t, s)
	r := newRegistry(t, Options{}, fetch.Options{})
	if _, err := r.Versions(t.Context(), host+"/app"); err != nil {
		t.Fatal(err)
	}
	s.ForgetTokens()
	if _, err := r.Pins(t.Context(), host+"/app", pin("1", ""), dockertag.Parse("1")); err != nil {
		t.Errorf("after the token's end: %v", err)
	}
}

func TestLogins(t *testing.T) {
	for _, test := range []struct {
		name string
		s    *ociserver.Server
		user string
		code string
		text string
	}{
		{"basic, known", &ociserver.Server{User: "u", Password: "p"}, "u", "", ""},
		{"basic, unknown", &ociserver.Server{User: "u", Password: "p"}, "", fetch.Unauthorized, "needs a login"},
		{"basic, wrong", &ociserver.Server{User: "u", Password: "p"}, "x", fetch.Unauthorized, "the login may not read it"},
		{"token, known", &ociserver.Server{Tokens: true, User: "u", Password: "p"}, "u", "", ""},
		{"token, unknown", &ociserver.Server{Tokens: true, User: "u", Password: "p"}, "", fetch.Unauthorized, "needs a login"},
		{"token, wrong", &ociserver.Server{Tokens: true, User: "u", Password: "p"}, "x", fetch.Unauthorized, "the login may not read it"},
		{"token for all", &ociserver.Server{Tokens: true}, "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := test.s
			s.Add("app", "1", ociserver.Image{})
			host := serve(t, s)
			k := keychain{}
			if test.user != "" {
				k[host] = authn.AuthConfig{Username: test.user, Password: "p"}
			}
			_, err := newRegistry(t, Options{Keychain: k}, fetch.Options{}).Versions(t.Context(), host+"/app")
			if err == nil && test.code == "" {
				return
			}
			if err == nil || fetch.Code(err) != test.code || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), host+"/app") {
				t.Errorf("Versions = %v (%s), want %q (%s)", err, fetch.Code(err), test.text, test.code)
			}
		})
	}
}

func TestPublished(t *testing.T) {
	s := &ociserver.Server{}
	stamp := func(key, value string) map[string]string { return map[string]string{key: value} }
	for tag, i := range map[string]ociserver.Image{
		"index":     {Content: "1", Platforms: both, Created: day(3)},
		"single":    {Content: "2", Created: day(4)},
		"annotated": {Content: "3", Platforms: both, Created: day(3), Annotations: stamp(ociserver.Created, "2024-01-05T00:00:00Z")},
		"epoch":     {Content: "4", Created: time.Unix(0, 0)},
		"nix":       {Content: "5", Created: time.Date(1980, 1, 1, 0, 0, 1, 0, time.UTC)},
		"future":    {Content: "6", Created: time.Now().Add(48 * time.Hour)},
		"none":      {Content: "7"},
		"labelled":  {Content: "8", Created: time.Unix(0, 0), Labels: stamp(ociserver.Created, "2024-01-06T01:00:00+01:00")},
		"nonsense":  {Content: "9", Labels: stamp(ociserver.Created, "yesterday")},
		"described": {Content: "11", Platforms: both, Created: day(8), Described: true},
		"misled":    {Content: "10", Platforms: both, Created: day(7), Annotations: stamp(ociserver.Created, "1970-01-01T00:00:00Z")},
	} {
		s.Add("app", tag, i)
	}
	host := serve(t, s)
	for tag, want := range map[string]struct {
		day      int
		requests string
	}{
		"index": {3, "manifest:2 blob:1"}, "single": {4, "manifest:1 blob:1"}, "annotated": {5, "manifest:1"}, "epoch": {0, "manifest:1 blob:1"},
		"nix": {0, "manifest:1 blob:1"}, "future": {0, "manifest:1 blob:1"}, "none": {0, "manifest:1 blob:1"}, "labelled": {6, "manifest:1 blob:1"},
		"nonsense": {0, "manifest:1 blob:1"}, "misled": {7, "manifest:2 blob:1"},
		"described": {8, "manifest:1"},
	} {
		s.ForgetRequests()
		got, err := newRegistry(t, Options{}, fetch.Options{}).Published(t.Context(), host+"/app", tag)
		expect := time.Time{}
		if want.day > 0 {
			expect = day(want.day)
		}
		if err != nil || !got.Equal(expect) || spent(s) != "ping:1 "+want.requests {
			t.Errorf("Published(%s) = %v, %v for %s, want %v for ping:1 %s", tag, got, err, spent(s), expect, want.requests)
		}
	}
	if _, err := newRegistry(t, Options{}, fetch.Options{}).Published(t.Context(), host+"/app", "no-such-tag"); fetch.Code(err) != fetch.NotFound {
		t.Errorf("Published(no-such-tag) = %v", err)
	}
}

// Registries send for blobs to other hosts, which must not see the login.
func TestLoginStaysAtHome(t *testing.T) {
	for _, s := range []*ociserver.Server{{User: "u", Password: "p"}, {User: "u", Password: "p", Tokens: true}} {
		s.Add("app", "1", ociserver.Image{Created: day(1)})
		open := &ociserver.Server{}
		open.Add("app", "1", ociserver.Image{Created: day(1)})
		elsewhere := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if a := r.Header.Get("Authorization"); a != "" {
				t.Errorf("another host was sent %q", a)
			}
			open.ServeHTTP(w, r)
		}))
		s.Fault = func(w http.ResponseWriter, r *http.Request) bool {
			away := strings.Contains(r.URL.Path, "/blobs/") && r.Header.Get("Authorization") != ""
			if away {
				http.Redirect(w, r, "http://"+elsewhere+r.URL.Path, http.StatusTemporaryRedirect)
			}
			return away
		}
		host := serve(t, s)
		r := newRegistry(t, Options{Keychain: keychain{host: {Username: "u", Password: "p"}}}, fetch.Options{})
		if got, err := r.Published(t.Context(), host+"/app", "1"); err != nil || !got.Equal(day(1)) {
			t.Errorf("Published = %v, %v, want %v", got, err, day(1))
		}
		if open.Requests()["blob"] != 1 {
			t.Error("nothing was asked elsewhere")
		}
	}
}

func TestCanceled(t *testing.T) {
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := newRegistry(t, Options{}, fetch.Options{})
	if _, err := r.Versions(ctx, host+"/app"); err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("Versions = %v, want canceled", err)
	}
}

// A run that ends while a server is asked for its login is no refusal of plain http.
func TestEndsDuringPing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	host := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	_, err := newRegistry(t, Options{}, fetch.Options{}).Versions(ctx, host+"/app")
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) || strings.Contains(err.Error(), "plain http") {
		t.Errorf("Versions = %v, want canceled", err)
	}
}
