package registry

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ociserver"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

func TestParseMirrors(t *testing.T) {
	for text, want := range map[string]string{
		"": "map[]", " , \n": "map[]",
		"docker.io=http://127.0.0.1:5000,ghcr.io=https://mirror.example": "map[docker.io:http://127.0.0.1:5000 ghcr.io:https://mirror.example]",
		"docker.io=http://127.0.0.1:5000, ghcr.io=http://127.0.0.1:5000": "map[docker.io:http://127.0.0.1:5000 ghcr.io:http://127.0.0.1:5000]",
		"index.docker.io=m.example":                                      "map[docker.io:https://m.example]",
		"quay.io=localhost:5000/quay":                                    "map[quay.io:http://localhost:5000/quay]",
		"r.example:5000=https://harbor.example/hub/sub/":                 "map[r.example:5000:https://harbor.example/hub/sub/]",
		"localhost:5000=https://localhost:5000":                          "map[localhost:5000:https://localhost:5000]",
		"docker.io=[::1]:5000":                                           "map[docker.io:http://[::1]:5000]",
		"docker.io":                                                      `mirror "docker.io" is not host=url`,
		"docker.io=":                                                     `mirror "docker.io=" is not host=url`,
		"=http://x":                                                      `mirror for "": not a host`,
		"docker.io/library=http://x":                                     `mirror for "docker.io/library": not a host`,
		"docker.io=ftp://x":                                              `mirror for docker.io: "ftp://x" is neither http nor https`,
		"docker.io=http://":                                              `mirror for docker.io: "http://" is not the address of a server`,
		"docker.io=https://u:secret@x":                                   `mirror for docker.io: "https://x" has a login, which belongs into Docker's configuration, for x`,
		"docker.io=https://x?y=z":                                        `mirror for docker.io: "https://x?y=z" is not the address of a server`,
		"docker.io=https://x/UPPER":                                      `mirror for docker.io: "UPPER" cannot stand before the name of a repository`,
		"docker.io=http://a,registry-1.docker.io=http://b":               "mirror for docker.io is given twice",
	} {
		got, err := ParseMirrors(text)
		if s := fmt.Sprint(got); err == nil && s != want || err != nil && err.Error() != want {
			t.Errorf("ParseMirrors(%q) = %v, %v, want %s", text, got, err, want)
		}
	}
}

func TestSplitMirror(t *testing.T) {
	for target, want := range map[string]string{
		"http://h":                "http://h/v2/ ",
		"http://h/":               "http://h/v2/ ",
		"http://h/hub":            "http://h/v2/ hub/",
		"http://h/hub/sub/":       "http://h/v2/ hub/sub/",
		"http://h/v2":             "http://h/v2/ ",
		"http://h/v2/hub":         "http://h/v2/ hub/",
		"http://h/some/v2":        "http://h/some/v2/ ",
		"http://h/some/v2/":       "http://h/some/v2/ ",
		"http://h/some/v2/a/b":    "http://h/some/v2/ a/b/",
		"http://h/artifactory/v2": "http://h/artifactory/v2/ ",
	} {
		base, prefix, err := splitMirror(target)
		if err != nil || fmt.Sprint(base, " ", prefix) != want {
			t.Errorf("splitMirror(%s) = %v %q, %v, want %s", target, base, prefix, err, want)
		}
	}
}

// Where each image is asked for, and with whose login.
func TestMirrors(t *testing.T) {
	for _, test := range []struct{ name, path, image, repository string }{
		{"at the root", "", "docker.io/library/python", "library/python"},
		{"behind a path", "/hub", "docker.io/library/python", "hub/library/python"},
		{"API elsewhere", "/api/v2", "docker.io/library/python", "library/python"},
		{"API elsewhere and a path", "/api/v2/hub", "ghcr.io/acme/app", "hub/acme/app"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &ociserver.Server{User: "u", Password: "p"}
			s.Add(test.repository, "1", ociserver.Image{})
			var h http.Handler = s
			if strings.HasPrefix(test.path, "/api") {
				h = http.StripPrefix("/api", s)
			}
			host := serve(t, h)
			mirrors, err := ParseMirrors("docker.io=http://" + host + test.path + ",ghcr.io=http://" + host + test.path)
			if err != nil {
				t.Fatal(err)
			}
			k := keychain{host: {Username: "u", Password: "p"}, "index.docker.io": {Username: "hub", Password: "secret"}, "ghcr.io": {Username: "x", Password: "y"}}
			l, err := newRegistry(t, Options{Keychain: k, Mirrors: mirrors}, fetch.Options{}).Versions(t.Context(), test.image)
			if err != nil || len(l.Candidates) != 1 {
				t.Errorf("Versions = %v, %v", texts(l), err)
			}
		})
	}
}

// Several registries behind one server share its ping and its login.
func TestOneServerForAll(t *testing.T) {
	s := &ociserver.Server{Tokens: true}
	for _, name := range []string{"library/python", "acme/app"} {
		s.Add(name, "1", ociserver.Image{})
	}
	host := serve(t, s)
	r := newRegistry(t, Options{Mirrors: map[string]string{"docker.io": "http://" + host, "ghcr.io": "http://" + host}}, fetch.Options{})
	for _, image := range []string{"docker.io/library/python", "ghcr.io/acme/app"} {
		if _, err := r.Versions(t.Context(), image); err != nil {
			t.Error(err)
		}
	}
	if got := spent(s); got != "ping:1 token:2 refused:1 tags:2" {
		t.Errorf("requests %s", got)
	}
}

// Plain http is for this machine and for what the operator named.
func TestSchemes(t *testing.T) {
	insecure := func(host string) bool { return host == "old.example" }
	for host, want := range map[string]string{
		"docker.io": "https://index.docker.io/v2/", "ghcr.io": "https://ghcr.io/v2/", "localhost": "http://localhost/v2/", "localhost:5000": "http://localhost:5000/v2/",
		"127.0.0.1:5000": "http://127.0.0.1:5000/v2/", "127.9.9.9": "http://127.9.9.9/v2/", "[::1]:5000": "http://[::1]:5000/v2/", "10.0.0.1:5000": "https://10.0.0.1:5000/v2/",
		"localhost.example": "https://localhost.example/v2/", "old.example": "http://old.example/v2/", "192.168.1.1": "https://192.168.1.1/v2/",
	} {
		base, _, err := New(Options{Insecure: insecure, Keychain: authn.NewMultiKeychain()}).address(host)
		if err != nil || base.String() != want {
			t.Errorf("address(%s) = %v, %v, want %s", host, base, err, want)
		}
	}
}

func TestPlatforms(t *testing.T) {
	for text, want := range map[string]string{
		"linux/arm64/v8": "linux/arm64", "linux/arm64": "linux/arm64", "linux/arm64v8": "linux/arm64", "linux/aarch64": "linux/arm64", "linux/arm64/8": "linux/arm64",
		"linux/arm64/v9": "linux/arm64/v9", "linux/arm": "linux/arm/v7", "linux/arm/v7": "linux/arm/v7", "linux/arm32v7": "linux/arm/v7", "linux/arm/v6": "linux/arm/v6",
		"linux/armhf": "linux/arm/v7", "linux/armel": "linux/arm/v6", "linux/amd64": "linux/amd64", "linux/x86_64": "linux/amd64", "linux/amd64/v1": "linux/amd64",
		"linux/amd64/v3": "linux/amd64/v3", "linux/i386": "linux/386", "Linux/AMD64": "linux/amd64", "windows/amd64": "windows/amd64", "arm64": "linux/arm64",
		"amd64": "linux/amd64", "linux": "", "": "", "$BUILDPLATFORM": "", "linux/${TARGETARCH}": "", "linux/": "",
	} {
		if got := parsePlatform(text); got != want {
			t.Errorf("parsePlatform(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzParseMirrors(f *testing.F) {
	f.Add("docker.io=http://127.0.0.1:5000,ghcr.io=https://mirror.example/a/v2/b")
	f.Fuzz(func(t *testing.T, text string) {
		mirrors, err := ParseMirrors(text)
		for host, target := range mirrors {
			if _, _, e := splitMirror(target); err != nil || e != nil {
				t.Errorf("%s=%s: %v, %v", host, target, err, e)
			}
		}
	})
}
