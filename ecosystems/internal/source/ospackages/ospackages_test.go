package ospackages

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/fetch"
)

// apkIndex packs as abuild does: a signature in a stream of its own, then the index.
func apkIndex(t *testing.T, text string) []byte {
	var out bytes.Buffer
	for n, files := range []map[string]string{{".SIGN.RSA.alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub": "x"}, {"DESCRIPTION": "v3.20", "APKINDEX": text}} {
		packed := gzip.NewWriter(&out)
		archive := tar.NewWriter(packed)
		for name, data := range files {
			if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
				t.Fatal(err)
			}
			archive.Write([]byte(data))
		}
		if n == 0 {
			archive.Flush() // no end of the archive
		} else {
			archive.Close()
		}
		packed.Close()
	}
	return out.Bytes()
}

func debIndex(t *testing.T, text string) []byte {
	var out bytes.Buffer
	w, err := xz.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	w.Close()
	return out.Bytes()
}

func TestVersions(t *testing.T) {
	pages := map[string][]byte{
		"/alpine/v3.20/main/x86_64/APKINDEX.tar.gz":                              apkIndex(t, "C:Q1x=\nP:curl\nV:8.9.1-r2\nA:x86_64\nt:1723000000\n\nC:Q1y=\nP:zlib\nV:1.3.1-r1\n"),
		"/alpine/v3.20/community/x86_64/APKINDEX.tar.gz":                         apkIndex(t, "P:gosu\nV:1.17-r3\n\n"),
		"/debian/dists/bookworm/main/binary-amd64/Packages.xz":                   debIndex(t, "Package: curl\nVersion: 7.88.1-10+deb12u8\nDescription: x\n more\n\nPackage: git\nVersion: 1:2.39.2-1.1\n"),
		"/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz":           debIndex(t, ""),
		"/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz": debIndex(t, "Package: curl\nVersion: 7.88.1-10+deb12u12\n"),
		"/debian/dists/trixie/main/binary-amd64/Packages.xz":                     []byte("<html>"),
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if page, ok := pages[r.URL.Path]; ok {
			w.Write(page)
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	s := New(fetch.New(fetch.Options{Retries: -1}), map[string]string{"deb.debian.org": server.URL, "dl-cdn.alpinelinux.org": server.URL})
	for _, c := range []struct{ kind, index, name, want string }{
		{APK, "v3.20", "curl", "8.9.1-r2"}, {APK, "v3.20", "gosu", "1.17-r3"}, {APK, "v3.20", "none", ""},
		{DEB, "bookworm", "curl", "7.88.1-10+deb12u8 7.88.1-10+deb12u12"}, {DEB, "bookworm", "git", "1:2.39.2-1.1"},
	} {
		l, err := s.Versions(context.Background(), ecosystems.Package{Kind: c.kind, Name: c.name, Index: c.index})
		var got []string
		for _, one := range l.Candidates {
			got = append(got, one.Version.Text)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s in %s: %q, %v, want %q", c.name, c.index, got, err, c.want)
		}
	}
	if asked != 5 { // two of Alpine and three of Debian for any number of packages
		t.Errorf("%d requests", asked)
	}
	if _, err := s.Versions(context.Background(), ecosystems.Package{Kind: DEB, Name: "x", Index: "trixie"}); fetch.Code(err) != fetch.BadAnswer {
		t.Errorf("a page of HTML: %v", err)
	}
	if _, err := s.Versions(context.Background(), ecosystems.Package{Kind: APK, Name: "x", Index: "v9.9"}); fetch.Code(err) != fetch.NotFound {
		t.Errorf("a branch that does not exist: %v", err)
	}
}

func TestBranches(t *testing.T) {
	for image, want := range map[string]string{
		"alpine:3.20": "v3.20", "alpine:3.20.1": "v3.20", "python:3.12-alpine3.20": "v3.20", "alpine:latest": "", "alpine": "", "alpine:3.20@sha256:ab": "v3.20", "node:20-alpine": "", "docker.io/library/alpine:3.19": "v3.19",
		"debian:bookworm-slim": "bookworm", "debian:12": "bookworm", "debian:12.5-slim": "bookworm", "python:3.12-slim-bookworm": "bookworm", "python:3.12": "", "ubuntu:22.04": "ubuntu/jammy", "ubuntu:jammy": "ubuntu/jammy", "ubuntu:latest": "",
		"buildpack-deps:trixie-scm": "trixie", "debian:latest": "",
	} {
		if got := AlpineBranch(image) + Suite(image); got != want {
			t.Errorf("%s: %q, want %q", image, got, want)
		}
	}
}

// TestRealIndex reads an index of a real suite, of the server that FRESHPIN_DEBIAN names.
func TestRealIndex(t *testing.T) {
	server := os.Getenv("FRESHPIN_DEBIAN")
	if server == "" {
		t.Skip("FRESHPIN_DEBIAN names no server")
	}
	s := New(fetch.New(fetch.Options{}), map[string]string{"deb.debian.org": server})
	for _, name := range []string{"curl", "git", "libc6", "openssl"} {
		l, err := s.Versions(context.Background(), ecosystems.Package{Kind: DEB, Name: name, Index: "bookworm"})
		if err != nil || len(l.Candidates) == 0 {
			t.Fatalf("%s: %v", name, err)
		}
		for _, c := range l.Candidates {
			t.Log(name, c.Version.Text)
		}
	}
}
