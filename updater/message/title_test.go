package message

import (
	"fmt"
	"strings"
	"testing"
)

func TestTitle(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	in := func(u Update, ecosystem, name, to, file string) Update {
		if ecosystem == "requirements" {
			u.Noun, u.Plural = "Python package", "Python packages"
		}
		u.Ecosystem, u.Name, u.Package, u.To, u.File = ecosystem, name, name, to, file
		return u
	}
	py, dig := python(), rebuiltImage()
	first := dig
	first.OldDigest = ""
	other := py
	other.File = "b/Dockerfile"
	net, cobra := goModule("golang.org/x/net", "v0.1.0", "v0.2.0", "minor"), goModule("github.com/spf13/cobra", "v1.8.0", "v1.8.1", "patch")
	yaml, term := goModule("gopkg.in/yaml.v3", "v3.0.0", "v3.0.1", "patch"), goModule("golang.org/x/term", "v0.1.0", "v0.2.0", "minor")
	v2 := goModule("github.com/acme/app/v2", "v2.0.0", "v2.0.1", "patch")
	v2.Short = "app"
	dragged := term
	dragged.Dragged = true
	long := in(py, "dockerfile", "registry.example.com/platform/department/team/an-image-with-a-rather-long-name", "3.6.15", "services/a/Dockerfile")
	for _, c := range []struct {
		group   string
		updates []Update
		want    string
	}{
		{"dockerfile", []Update{py}, "Update python from 3.6.1 to 3.6.15 in Dockerfile"},
		{"dockerfile", []Update{py, other}, "Update python from 3.6.1 to 3.6.15 in 2 files"},
		{"dockerfile", []Update{dig}, "Update digest of python:3.6.15 to bbbbbbbbbbbb (built 2026-11-20)"},
		{"first-digests", []Update{first}, "Pin python:3.6.15 to bbbbbbbbbbbb (built 2026-11-20) in Dockerfile"},
		{"first-digests", []Update{first, in(first, "dockerfile", "redis", "7.2", "Dockerfile")}, "Pin 2 Docker images to digests: python, redis"},
		{"dockerfile", []Update{dig, in(dig, "compose", "redis", "7.2", "compose.yaml")}, "Update digests of 2 Docker images: python, redis"},
		{"dockerfile", []Update{dig, in(py, "dockerfile", "redis", "7.2.4", "Dockerfile")}, "Update 2 Docker images: python, redis"},
		{"gomod", []Update{net, cobra, term, yaml}, "Update 4 Go modules: x/net, cobra, x/term, yaml"},
		{"gomod", []Update{net, cobra, term, yaml, v2}, "Update 5 Go modules: x/net, cobra, x/term, yaml and 1 more"},
		{"gomod", []Update{net, dragged}, "Update golang.org/x/net from v0.1.0 to v0.2.0 in go.mod"},
		{"gomod", []Update{dragged}, "Update golang.org/x/term from v0.1.0 to v0.2.0 in go.mod"},
		{"gomod", []Update{v2}, "Update github.com/acme/app/v2 from v2.0.0 to v2.0.1 in go.mod"},
		{"gomod", []Update{goModule("toolchain", "go1.26.1", "go1.26.2", "patch")}, "Update the Go toolchain from go1.26.1 to go1.26.2 in go.mod"},
		{"gomod", []Update{in(net, "gomod", "golang.org/x/net", "v0.2.0", "api/go.mod"), in(cobra, "gomod", "github.com/spf13/cobra", "v1.8.1", "api/go.mod")}, "Update 2 Go modules: x/net, cobra in api/go.mod"},
		{"all", []Update{net, py}, "Update 2 dependencies: x/net, python"},
		{"requirements", []Update{in(py, "requirements", "Flask", "0.12.5", "requirements.txt"), in(py, "requirements", "Django", "3.2.25", "requirements.txt")}, "Update 2 Python packages: Flask, Django"},
		{"in/services/api", []Update{py, net}, "Update 2 dependencies: python, x/net in services/api"},
		{"in/./first-digests", []Update{first, in(first, "compose", "redis", "7.2", "compose.yaml")}, "Pin 2 Docker images to digests: python, redis in the main folder"},
		{"chosen/dockerfile/python", []Update{py}, "Update python from 3.6.1 to 3.6.15 in Dockerfile"},
		{"dockerfile", []Update{long}, "Update an-image-with-a-rather-long-name from 3.6.1 to 3.6.15"},
		{"dockerfile", []Update{in(py, "dockerfile", "ghcr.io/a/app", "1", "x"), in(py, "dockerfile", "ghcr.io/b/app", "1", "x")}, "Update 2 Docker images: app, ghcr.io/b/app"},
		{"dockerfile", []Update{in(py, "dockerfile", strings.Repeat("n", 99), "1", "x")}, "Update 1 Docker image"},
	} {
		text, err := r.Pull(Pull{Group: c.group, Updates: c.updates})
		if err != nil || text.Title != c.want {
			t.Errorf("%s: title %q, %v, want %q", c.group, text.Title, err, c.want)
		}
	}
	many := Pull{Group: "gomod", Style: "conventional"}
	for i := range 30 {
		many.Updates = append(many.Updates, goModule(fmt.Sprintf("github.com/acme/a-module-of-some-length-%d", i), "v1.0.0", "v1.0.1", "patch"))
	}
	if text, _ := r.Pull(many); text.Title != "chore(deps): update 30 Go modules" && len(text.Title) > maxTitle {
		t.Errorf("title %q", text.Title)
	}
}
