package registry

import (
	"bufio"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/sync/errgroup"

	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

// binary finds a registry server: by an environment variable, or in PATH.
func binary(t *testing.T, variable, command string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("real servers take long: make test-long")
	}
	if path := os.Getenv(variable); path != "" {
		return path
	}
	path, err := exec.LookPath(command)
	if err != nil {
		t.Skipf("no %s here: set %s to the server's path", command, variable)
	}
	return path
}

// launch starts a distribution server with an auth section and returns its host.
func launch(t *testing.T, path, auth string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "config.yml")
	text := "version: 0.1\nlog: {level: info}\nstorage: {inmemory: {}}\nhttp: {addr: '" + addr + "'}\n" + auth
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "serve", file)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var log strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		fmt.Fprintln(&log, lines.Text())
		if strings.Contains(lines.Text(), "listening on") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return strings.Replace(addr, "127.0.0.1", "localhost", 1)
		}
	}
	t.Fatalf("the server did not start: %s", log.String())
	return ""
}

// basicAuth returns the section for a password, as htpasswd writes it: bcrypt
// is the one form that distribution reads.
func basicAuth(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("htpasswd")
	if err != nil {
		t.Skip("no htpasswd here (Debian: apache2-utils)")
	}
	line, err := exec.Command(path, "-nbBC", "4", "user", "password").Output()
	if err != nil || !strings.HasPrefix(string(line), "user:$2") {
		t.Fatalf("htpasswd: %s, %v", line, err)
	}
	file := filepath.Join(t.TempDir(), "htpasswd")
	if err := os.WriteFile(file, line, 0o600); err != nil {
		t.Fatal(err)
	}
	return "auth: {htpasswd: {realm: test, path: '" + file + "'}}\n"
}

// tokenAuth starts an issuer of tokens and returns the section that names it.
func tokenAuth(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	host := serve(t, issuer{key, der})
	return fmt.Sprintf("auth: {token: {realm: 'http://%s/token', service: test, issuer: tester, rootcertbundle: '%s'}}\n", host, file)
}

// An issuer gives those who know the password what they ask for, in the form
// of distribution's token specification.
type issuer struct {
	key *rsa.PrivateKey
	der []byte
}

func (i issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, ok := r.BasicAuth(); !ok || user != "user" || password != "password" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	granted := []access{}
	for _, scope := range r.URL.Query()["scope"] {
		if p := strings.Split(scope, ":"); len(p) == 3 {
			granted = append(granted, access{p[0], p[1], strings.Split(p[2], ",")})
		}
	}
	header := map[string]any{"typ": "JWT", "alg": "RS256", "x5c": []string{base64.StdEncoding.EncodeToString(i.der)}}
	now := time.Now().Unix()
	claims := map[string]any{"iss": "tester", "sub": "user", "aud": "test", "exp": now + 300, "nbf": now - 10, "iat": now, "jti": fmt.Sprint(now), "access": granted}
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": i.sign(header, claims)})
}

func (i issuer) sign(parts ...any) string {
	var text []string
	for _, part := range parts {
		data, err := json.Marshal(part)
		if err != nil {
			panic(err)
		}
		text = append(text, base64.RawURLEncoding.EncodeToString(data))
	}
	sum := sha256.Sum256([]byte(strings.Join(text, ".")))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return strings.Join(append(text, base64.RawURLEncoding.EncodeToString(signature)), ".")
}

// Every server that is to be had, open, with a password, with tokens.
func TestServers(t *testing.T) {
	inProcess := func(h http.Handler) func(t *testing.T) string {
		return func(t *testing.T) string { return serve(t, h) }
	}
	v2 := func(t *testing.T) string { return binary(t, "FRESHPIN_TEST_REGISTRY_V2", "docker-registry") }
	v3 := func(t *testing.T) string { return binary(t, "FRESHPIN_TEST_REGISTRY_V3", "registry") }
	for _, test := range []struct {
		name  string
		start func(t *testing.T) string
		login bool
	}{
		{"distribution 2.8", func(t *testing.T) string { return launch(t, v2(t), "") }, false},
		{"distribution 2.8, basic", func(t *testing.T) string { return launch(t, v2(t), basicAuth(t)) }, true},
		{"distribution 2.8, token", func(t *testing.T) string { return launch(t, v2(t), tokenAuth(t)) }, true},
		{"distribution 3", func(t *testing.T) string { return launch(t, v3(t), "") }, false},
		{"distribution 3, basic", func(t *testing.T) string { return launch(t, v3(t), basicAuth(t)) }, true},
		{"distribution 3, token", func(t *testing.T) string { return launch(t, v3(t), tokenAuth(t)) }, true},
		{"go-containerregistry", inProcess(registry.New(registry.Logger(log.New(io.Discard, "", 0)))), false},
		{"cuelabs", inProcess(ociserver.New(ocimem.New(), nil)), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			host := test.start(t)
			k := keychain{}
			if test.login {
				k[host] = authn.AuthConfig{Username: "user", Password: "password"}
			}
			p := push(t, host, k)
			r := newRegistry(t, Options{Keychain: k}, fetch.Options{})
			p.check(t, r, host+"/acme/app")
			if !test.login {
				return
			}
			_, err := newRegistry(t, Options{}, fetch.Options{}).Versions(t.Context(), host+"/acme/app")
			if fetch.Code(err) != fetch.Unauthorized {
				t.Errorf("without a login: %v, want %s", err, fetch.Unauthorized)
			}
		})
	}
}

// pushed is what push left on a server.
type pushed struct{ index, rebuilt, child string }

const floods = 1050 // tags of one repository: more than one page

func push(t *testing.T, host string, k keychain) (p pushed) {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	options := []remote.Option{remote.WithAuthFromKeychain(k), remote.WithTransport(transport), remote.WithContext(t.Context())}
	index, child := multiArch(t)
	rebuilt, _ := multiArch(t)
	for tag, i := range map[string]v1.ImageIndex{"1.0": index, "1.1": rebuilt} {
		ref, err := name.NewTag(host+"/acme/app:"+tag, name.Insecure)
		if err == nil {
			err = remote.WriteIndex(ref, i, options...)
		}
		if err != nil {
			t.Fatalf("push %s: %v", tag, err)
		}
	}
	pusher, err := remote.NewPusher(options...)
	if err != nil {
		t.Fatal(err)
	}
	var group errgroup.Group
	group.SetLimit(8)
	for n := range floods {
		ref, err := name.NewTag(fmt.Sprintf("%s/acme/flood:1.%d", host, n), name.Insecure)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() error { return pusher.Push(t.Context(), ref, empty.Image) })
	}
	if err := group.Wait(); err != nil {
		t.Fatalf("push many: %v", err)
	}
	return pushed{digestString(t, index), digestString(t, rebuilt), child}
}

func digestString(t *testing.T, d interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	hash, err := d.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

// multiArch makes an index of two platforms, and returns the digest of the one for arm64.
func multiArch(t *testing.T) (index v1.ImageIndex, child string) {
	t.Helper()
	index = empty.Index
	for _, arch := range []string{"amd64", "arm64"} {
		image, err := random.Image(64, 1)
		if err == nil {
			image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: arch, Created: v1.Time{Time: day(2)}})
		}
		if err != nil {
			t.Fatal(err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}}})
		child = digestString(t, image)
	}
	return index, child
}

// check asks for everything once.
func (p pushed) check(t *testing.T, r *Registry, image string) {
	t.Helper()
	l, err := r.Versions(t.Context(), image)
	if tags := slices.Sorted(slices.Values(texts(l))); err != nil || !slices.Equal(tags, []string{"1.0", "1.1"}) {
		t.Errorf("Versions = %v, %v", tags, err)
	}
	l, err = r.Versions(t.Context(), strings.Replace(image, "acme/app", "acme/flood", 1))
	if err != nil || len(l.Candidates) != floods {
		t.Errorf("Versions of many = %d tags, %v, want %d", len(l.Candidates), err, floods)
	}
	for _, test := range []struct{ tag, digest, to, want string }{
		{"1.0", "", "1.0", p.index},
		{"1.0", p.index, "1.0", p.index},
		{"1.1", p.index, "1.1", p.rebuilt},
		{"1.0", "", "1.1", p.rebuilt},
	} {
		got, err := r.Pins(t.Context(), image, pin(test.tag, test.digest), dockertag.Parse(test.to))
		if err != nil || got.Digest != test.want || len(got.Missing) > 0 || got.Unchanged != (test.digest == test.want) {
			t.Errorf("Pins(%s@%s, %s) = %+v, %v, want %s", test.tag, test.digest, test.to, got, err, test.want)
		}
	}
	got, err := r.Pins(t.Context(), image, pin("1.0", p.child), dockertag.Parse("1.0"))
	if err != nil || got.Digest != p.child || !got.Unchanged || codes(got.Notes) != "platform-digest" {
		t.Errorf("Pins of one platform = %+v, %v", got, err)
	}
	built, err := r.Published(t.Context(), image, "1.0")
	if err != nil || !built.Equal(day(2)) {
		t.Errorf("Published = %v, %v, want %v", built, err, day(2))
	}
	if _, err := r.Versions(t.Context(), strings.Replace(image, "acme/app", "acme/none", 1)); fetch.Code(err) != fetch.NotFound {
		t.Errorf("an unknown repository: %v, want %s", err, fetch.NotFound)
	}
}

// Docker's own configuration: logins written in it, helpers, and helpers that are not there.
func TestDockerConfig(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "user" || password != "password" {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"name":"app","tags":["1"]}`)
	}))
	t.Cleanup(s.Close)
	host := s.Listener.Addr().String()
	bin := t.TempDir()
	helper := "#!/bin/sh\necho '{\"Username\":\"user\",\"Secret\":\"password\"}'\n"
	if err := os.WriteFile(filepath.Join(bin, "docker-credential-freshpintest"), []byte(helper), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("HOME", t.TempDir())
	for _, test := range []struct{ name, config, text string }{
		{"written", `{"auths":{"` + host + `":{"auth":"dXNlcjpwYXNzd29yZA=="}}}`, ""},
		{"helper", `{"credHelpers":{"` + host + `":"freshpintest"}}`, ""},
		{"store", `{"credsStore":"freshpintest"}`, ""},
		{"another host's", `{"auths":{"other.example":{"auth":"dXNlcjpwYXNzd29yZA=="}}}`, "needs a login"},
		{"helper not installed", `{"credHelpers":{"` + host + `":"none-such"}}`, "no login was found"},
		{"not JSON", `{`, "no login was found"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(test.config), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv("DOCKER_CONFIG", dir)
		_, err := newRegistry(t, Options{Keychain: authn.DefaultKeychain}, fetch.Options{}).Versions(t.Context(), host+"/app")
		if err == nil && test.text != "" || err != nil && (test.text == "" || !strings.Contains(err.Error(), test.text)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.text)
		}
	}
}
