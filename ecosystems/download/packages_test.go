package download

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/dockerfile"
	"github.com/freshpin/freshpin/ecosystems/download/reading"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gosemver"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/pep440"
	"github.com/freshpin/freshpin/ecosystems/internal/source/ospackages"
	"github.com/freshpin/freshpin/ecosystems/internal/source/pypi"
	"github.com/freshpin/freshpin/ecosystems/requirements"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// inRooms returns the ecosystem with the rooms of the other kinds.
func inRooms() *Ecosystem {
	index := pypi.New(fetch.New(fetch.Options{Offline: true}), pypi.Indexes{Main: "https://pypi.org/simple"}, func(string) bool { return false })
	return New(nil, nil, map[string]ecosystems.Ecosystem{reading.Pip: requirements.New(index, nil), images: dockerfile.New(nil), reading.Golang: nil})
}

func parsed(kind, text string) (v version.Version) {
	switch kind {
	case reading.Pip:
		v, _ = pep440.Parse(text)
	case reading.Golang:
		v, _ = gosemver.Parse(text)
	case images:
		v = dockertag.Parse(text)
	case Kind:
		v, _ = version.Version{Text: text, Release: []uint64{9}}, true
	default:
		v, _ = ospackages.Parse(kind, text)
	}
	return v
}

// TestPackages is what scripts install with a version, and what stands there after an update.
func TestPackages(t *testing.T) {
	for _, c := range []struct{ file, src, name, pkg, index, to, want string }{
		{"", "FROM python:3.11\nRUN pip install flask==1.0 'requests>=2.0,<3' gunicorn\n", "flask", "flask", "", "1.0.4", "flask==1.0.4 'requests>=2.0,<3'"},
		{"", "FROM python:3.11\nRUN pip3 install --no-cache-dir -r x.txt \\\n    'Django~=3.2.1' \\\n    uwsgi[x]==2.0\n", "Django", "django", "", "3.2.25", "'Django~=3.2.1' \\\n    uwsgi[x]==2.0"},
		{"", "FROM python:3.11\nRUN python3 -m pip install uwsgi[x]==2.0\n", "uwsgi", "uwsgi", "", "2.0.9", "uwsgi[x]==2.0.9\n"},
		{"", "FROM python:3.11\nENV UWSGI_VERSION=2.0\nRUN uv pip install --system \"uwsgi==${UWSGI_VERSION}\"\n", "uwsgi", "uwsgi", "", "2.0.9", "UWSGI_VERSION=2.0.9\nRUN uv pip install --system \"uwsgi==${UWSGI_VERSION}\""},
		{"", "FROM python:3.11\nRUN pip install --index-url https://private.example/simple thing==1.0\n", "thing", "thing", "", "", "index-not-allowed"},
		{"", "FROM golang\nRUN go install golang.org/x/tools/cmd/goimports@v0.1.0 && go install example.com/x@latest\n", "golang.org/x/tools/cmd/goimports", "golang.org/x/tools/cmd/goimports", "", "v0.1.12", "goimports@v0.1.12 && go install example.com/x@latest"},
		{"", "FROM alpine:3.20\nRUN apk add --no-cache curl=8.9.0-r0 git~=2.45\n", "curl", "curl", "v3.20", "8.9.1-r2", "curl=8.9.1-r2 git~=2.45"},
		{"", "FROM python:3.12-alpine3.19 AS b\nFROM b\nRUN apk --no-cache add 'curl=8.9.0-r0'\n", "curl", "curl", "v3.19", "8.9.1-r2", "'curl=8.9.1-r2'"},
		{"", "FROM alpine\nRUN apk add curl=8.9.0-r0\n", "curl", "curl", "", "", "unsupported"},
		{"", "FROM debian:bookworm-slim\nENV CURL=7.88.1-10+deb12u5\nRUN apt-get update && apt-get install -y --no-install-recommends curl:amd64=$CURL git=1:2.39.2-1.1 ca-certificates\n", "curl:amd64", "curl", "bookworm", "7.88.1-10+deb12u12", "ENV CURL=7.88.1-10+deb12u12\n"},
		{"", "FROM ubuntu:22.04\nRUN apt-get install -y curl=7.81.0-1ubuntu1.10 python3=3.10.*\n", "curl", "curl", "ubuntu/jammy", "7.81.0-1ubuntu1.20", "curl=7.81.0-1ubuntu1.20 python3=3.10.*"},
		{"", "FROM debian:12\n# renovate: datasource=github-releases depName=acme/thing\nENV THING_VERSION=1.2.3\n", "acme/thing", "github.com/acme/thing", "github-release [v]{version}", "1.2.4", "THING_VERSION=1.2.4\n"},
		{"Makefile", "# renovate: datasource=github-tags depName=acme/thing extractVersion=^thing-(?<version>.*)$\nTHING := \"1.2.3\"\nOTHER := 1.2.3\n", "acme/thing", "github.com/acme/thing", "github-release thing-{version}", "1.2.4", "THING := \"1.2.4\"\nOTHER := 1.2.3\n"},
		{"ci.sh", "#!/bin/sh\n  # renovate: datasource=docker depName=nginx versioning=docker\nIMAGE=nginx:1.13.0 # old\n", "nginx", "docker.io/library/nginx", "", "1.13.12", "IMAGE=nginx:1.13.12 # old\n"},
		{"x.yml", "a:\n  # renovate: datasource=pypi depName=ansible-core\n  version: '2.15.0'\n", "ansible-core", "ansible-core", "", "2.15.8", "version: '2.15.8'\n"},
		{"x.mk", "// renovate: datasource=go depName=golang.org/x/tools\nT = v0.1.0\n", "golang.org/x/tools", "golang.org/x/tools", "", "v0.1.12", "T = v0.1.12\n"},
		{"x.mk", "# renovate: datasource=golang-version depName=golang\nGO=1.21.0\n", "go", "go.dev/dl", "go go{version}", "1.21.1", "GO=1.21.1\n"},
		{"x.mk", "# renovate: datasource=crate depName=x\nX=1.0.0\n", "x", "", "", "", "unsupported"},
	} {
		file := c.file
		if file == "" {
			file = "Dockerfile"
		}
		for _, src := range []string{c.src, strings.ReplaceAll(c.src, "\n", "\r\n")} {
			want := c.want
			if src != c.src {
				want = strings.ReplaceAll(want, "\n", "\r\n")
			}
			e := inRooms()
			list, err := e.Extract(fstest.MapFS{file: {Data: []byte(src)}}, file)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, d := range list {
				if d.Name != c.name {
					continue
				}
				found = true
				if d.Package.Name != c.pkg || d.Package.Index != c.index && d.Package.Kind != reading.Pip {
					t.Errorf("%q: package %q of %q, want %q of %q", src, d.Package.Name, d.Package.Index, c.pkg, c.index)
				}
				if c.to == "" {
					if d.Skip.Code != want {
						t.Errorf("%q: %v, want %s", src, d.Skip, want)
					}
					continue
				}
				if text := src[d.At[0].Start:d.At[0].End]; d.Pin.Before+text+d.Pin.After != d.Pin.Text || !d.Skip.IsZero() {
					t.Errorf("%q: %q stands at the place of %q, skip %v", src, text, d.Pin.Text, d.Skip)
				}
				edits, err := e.Edit(d, ecosystems.Target{Version: parsed(d.Package.Kind, c.to)})
				if err != nil {
					t.Errorf("%q: %v", src, err)
					continue
				}
				after, err := ecosystems.Apply([]byte(src), edits)
				if err != nil || !strings.Contains(string(after), want) {
					t.Errorf("%q to %s: %q, %v", src, c.to, after, err)
				}
			}
			if !found {
				t.Errorf("%q: no %s among %v", src, c.name, list)
			}
		}
	}
}

// TestPackagesHostile: nothing that a shell obeys is written.
func TestPackagesHostile(t *testing.T) {
	e := inRooms()
	list, _ := e.Extract(fstest.MapFS{"Dockerfile": {Data: []byte("FROM alpine:3.20\nRUN apk add curl=8.9.0-r0 && go install a.b/c@v1.0.0\n")}}, "Dockerfile")
	for _, d := range list {
		for _, text := range []string{"1;id", "$(id)", "1 2", "`id`", "", "1&&id"} {
			if edits, err := e.Edit(d, ecosystems.Target{Version: version.Version{Text: text}}); err == nil {
				t.Errorf("%s: %v", d.Name, edits)
			}
		}
	}
}

// TestBeside: an unknown host is known by the comment, and the checksum by what lies beside the file.
func TestBeside(t *testing.T) {
	w := newWorld(t)
	w.versions["acme/thing"] = []string{"1.2.3", "1.2.4"}
	w.prefix["acme/thing"] = "v"
	form := "FROM debian\n# renovate: datasource=github-tags depName=acme/thing\nARG THING_VERSION={V}\nARG THING_SHA256={sha256 example.com/thing/thing-{V}.tgz}\nRUN curl -LO https://example.com/thing/thing-${THING_VERSION}.tgz && echo \"$THING_SHA256  thing-${THING_VERSION}.tgz\" | sha256sum -c\n"
	got, why := step(t, w.ecosystem(), fill(form, "1.2.3"), "acme/thing", "1.2.4")
	if got != fill(form, "1.2.4") {
		t.Errorf("%v\n%s", why, got)
	}
	for what, n := range w.asked {
		if n > 1 {
			t.Errorf("%s was asked %d times", what, n)
		}
	}
}
