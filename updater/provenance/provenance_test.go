package provenance

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest/ocipush"
	"github.com/freshpin/freshpin/ecosystems/fetch"
	"github.com/freshpin/freshpin/ecosystems/registry"
	"github.com/freshpin/freshpin/updater/advisory"
)

// servers are the registries that the tests talk to: one that knows referrers
// (OCI distribution specification 1.1), and one that does not.
func servers(t *testing.T) map[string]string {
	t.Helper()
	s := httptest.NewServer(ociserver.New(ocimem.New(), nil))
	t.Cleanup(s.Close)
	list := map[string]string{"cuelabs": strings.TrimPrefix(s.URL, "http://")}
	if path, err := exec.LookPath("docker-registry"); err == nil && !testing.Short() {
		list["distribution 2.8"] = launch(t, path)
	} else {
		t.Log("no docker-registry here, or -short: one kind of registry is not tested")
	}
	return list
}

// launch starts Debian's docker-registry.
func launch(t *testing.T, path string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	file := filepath.Join(t.TempDir(), "config.yml")
	if err := os.WriteFile(file, []byte("version: 0.1\nlog: {level: info}\nstorage: {inmemory: {}}\nhttp: {addr: '"+addr+"'}\n"), 0o600); err != nil {
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
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "listening on") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return addr
		}
	}
	t.Fatal("docker-registry did not start")
	return ""
}

func data(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A system is one of the images of a test: its files, and its list of packages.
type systemFiles struct{ release, database, path string }

// layersOf lays the system into one layer, and a program into another.
func (s systemFiles) layersOf(t *testing.T) []map[string]string {
	t.Helper()
	return []map[string]string{
		{"etc/os-release": data(t, s.release), s.path: data(t, s.database), "bin/sh": "#!"},
		{"app/main": "program"},
	}
}

func debian(version string) systemFiles {
	return systemFiles{"debian-release", "dpkg-" + version, "var/lib/dpkg/status"}
}

func alpine(version string) systemFiles {
	return systemFiles{"alpine-release", "apk-" + version, "lib/apk/db/installed"}
}

// spdx is what BuildKit's scanner writes of the packages.
func spdx(t *testing.T, name string) ocipush.Statement {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(data(t, name)), &doc); err != nil {
		t.Fatal(err)
	}
	return ocipush.Statement{Type: "https://spdx.dev/Document", Predicate: doc}
}

// What differs between the two images of each system.
var (
	debianDiffers = &Difference{
		Changed: []PackageChange{{"deb", "libssl3", "3.0.11-1~deb12u1", "3.0.13-1~deb12u1"}, {"deb", "openssl", "3.0.11-1~deb12u1", "3.0.13-1~deb12u1"}},
		Added:   []PackageChange{{"deb", "ca-certificates", "", "20230311"}},
		Removed: []PackageChange{{"deb", "wget", "1.21.3-1+b2", ""}},
		Same:    2,
	}
	alpineDiffers = &Difference{
		Changed: []PackageChange{{"apk", "libcrypto3", "3.1.4-r0", "3.1.4-r5"}},
		Added:   []PackageChange{{"apk", "ca-certificates-bundle", "", "20240226-r0"}},
		Removed: []PackageChange{{"apk", "zlib", "1.2.13-r1", ""}},
		Same:    1,
	}
)

func imagesAt(t *testing.T, host, name string) (*registry.Registry, *ocipush.Repository, string) {
	t.Helper()
	push, err := ocipush.At(host + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	client := fetch.New(fetch.Options{Retries: -1})
	return registry.New(registry.Options{HTTP: client, Insecure: func(string) bool { return true }}), push, host + "/" + name
}

// TestDifference finds the same difference by every way in which lists of
// packages come, in both kinds of registries.
func TestDifference(t *testing.T) {
	provenance := ocipush.Statement{Type: "https://slsa.dev/provenance/v0.2", Predicate: map[string]any{
		"builder":  map[string]any{"id": "https://ci.example/run/7"},
		"metadata": map[string]any{"https://mobyproject.org/buildkit@v1#metadata": map[string]any{"vcs": map[string]string{"source": "https://github.com/acme/app", "revision": "0123456"}}},
	}}
	for server, host := range servers(t) {
		for n, c := range []struct {
			name     string
			system   func(string) systemFiles
			list     string // of packages; "" for none
			attached bool   // by the referrers of the image, not in its index
			want     *Difference
			from     string
		}{
			{"debian by BuildKit", debian, "spdx-dpkg-", false, debianDiffers, "SPDX"},
			{"debian by referrers", debian, "spdx-dpkg-", true, debianDiffers, "SPDX"},
			{"debian by layers", debian, "", false, debianDiffers, "layers"},
			{"alpine by BuildKit", alpine, "spdx-apk-", false, alpineDiffers, "SPDX"},
			{"alpine by referrers", alpine, "spdx-apk-", true, alpineDiffers, "SPDX"},
			{"alpine by layers", alpine, "", false, alpineDiffers, "layers"},
		} {
			t.Run(server+": "+c.name, func(t *testing.T) {
				images, push, repository := imagesAt(t, host, fmt.Sprintf("acme/app%d", n))
				push.Tags = server != "cuelabs"
				for _, version := range []string{"old", "new"} {
					image := ocipush.Image{Platform: "linux/amd64", Created: "2026-11-01T08:00:00Z", Layers: c.system(version).layersOf(t)}
					if c.list != "" && !c.attached {
						image.Statements = []ocipush.Statement{spdx(t, c.list+version+".json"), provenance}
					}
					built, err := push.Build(version, image)
					if err != nil {
						t.Fatal(err)
					}
					if c.attached {
						attach(t, push, built.Image, spdx(t, c.list+version+".json"), provenance)
					}
				}
				got, err := Reader{Layers: true}.Compare(t.Context(), images, repository, "old", "new", "")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got.Packages); diff != "" || got.From != c.from || got.Why != "" {
					t.Errorf("from %q, %q (-want +got):\n%s", got.From, got.Why, diff)
				}
				if c.list != "" && (got.Build == nil || *got.Build != Build{"https://ci.example/run/7", "https://github.com/acme/app", "0123456"}) {
					t.Errorf("built by %+v", got.Build)
				}
				if got.Worth() != Differs || got.New.Platform != "linux/amd64" || got.New.Created.IsZero() {
					t.Errorf("%v, %+v", got.Worth(), got.New)
				}
			})
		}
	}
}

func attach(t *testing.T, push *ocipush.Repository, to ocipush.Descriptor, said ...ocipush.Statement) {
	t.Helper()
	for _, s := range said {
		data, err := ocipush.InToto(s, to.Digest)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := push.Attach(ocipush.InTotoType, to, ocipush.Document{MediaType: ocipush.InTotoType, Data: data}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingKnown says in one line why no difference is known, and does not
// download layers that nobody asked for.
func TestNothingKnown(t *testing.T) {
	for _, host := range servers(t) {
		images, push, repository := imagesAt(t, host, "acme/bare")
		for _, v := range []string{"old", "new"} {
			i := ocipush.Image{Platform: "linux/amd64", Layers: debian(v).layersOf(t)}
			if _, err := push.Build(v, i); err != nil {
				t.Fatal(err)
			}
			i.Statements = []ocipush.Statement{spdx(t, "spdx-dpkg-"+v+".json")}
			if _, err := push.Build(v+"-listed", i); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range [][3]string{
			{"old", "new", "neither image has a list of its packages (SBOM) attached"},
			{"old", "new-listed", "the image in use has no list of its packages (SBOM) attached"},
			{"old-listed", "new", "the new image has no list of its packages (SBOM) attached"},
			{"gone", "new-listed", "the image in use cannot be read any more, so nothing is known of its packages"},
		} {
			got, err := Reader{}.Compare(t.Context(), images, repository, c[0], c[1], "")
			if err != nil || got.Packages != nil || got.Why != c[2] || got.Summary() != c[2] || got.Worth() != Unknown {
				t.Errorf("%s → %s: %+v, %v", c[0], c[1], got, err)
			}
		}
		if _, err := (Reader{}).Compare(t.Context(), images, repository, "old", "gone", ""); fetch.Code(err) != fetch.NotFound {
			t.Errorf("a new image that is gone: %v", err)
		}
	}
}

// TestLayers holds what layers do to each other (OCI image specification, "Applying Changesets").
func TestLayers(t *testing.T) {
	images, push, repository := imagesAt(t, servers(t)["cuelabs"], "acme/layers")
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	const stanza = "Package: %s\nStatus: install ok installed\nArchitecture: amd64\nVersion: %s\n\n"
	status := func(name, version string) string { return fmt.Sprintf(stanza, name, version) }
	release := "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n"
	const file = "var/lib/dpkg/status"
	for n, c := range []struct {
		name   string
		layers []map[string]string
		want   string // names and versions; "none" for no database
	}{
		{"the upper one counts", []map[string]string{{"etc/os-release": release, file: status("a", "1")}, {file: status("a", "2")}}, "a 2"},
		{"taken away", []map[string]string{{"etc/os-release": release, file: status("a", "1")}, {"var/lib/dpkg/.wh.status": ""}}, "none"},
		{"a folder taken away", []map[string]string{{"etc/os-release": release, file: status("a", "1")}, {"var/lib/.wh.dpkg": ""}}, "none"},
		{"made anew", []map[string]string{{"etc/os-release": release, file: status("a", "1")}, {"var/lib/dpkg/.wh..wh..opq": "", file: status("b", "1")}}, "b 1"},
		{"distroless", []map[string]string{{"etc/os-release": release, "var/lib/dpkg/status.d/a": status("a", "1"), "var/lib/dpkg/status.d/a.md5sums": "x"}, {"var/lib/dpkg/status.d/b": status("b", "2")}}, "a 1, b 2"},
		{"removed, with its settings left", []map[string]string{{"etc/os-release": release, file: strings.ReplaceAll(status("a", "1"), "install ok installed", "deinstall ok config-files") + status("b", "1")}}, "b 1"},
		{"a way out of the folder", []map[string]string{{"../../etc/os-release": release, "../" + file: status("a", "1")}}, "a 1"},
		{"no system", []map[string]string{{"app": "x"}}, "none"},
	} {
		built, err := push.Build(fmt.Sprintf("v%d", n), ocipush.Image{Platform: "linux/amd64", Layers: c.layers})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Installed(t.Context(), images, repository, built.Image.Digest)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if text := words(got); text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(temporary, "freshpin-layers-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func words(c *Contents) string {
	if c == nil {
		return "none"
	}
	var list []string
	for _, p := range c.Packages {
		list = append(list, p.Name+" "+p.Version)
	}
	return strings.Join(list, ", ")
}

// TestWorth tells rebuilt images that change nothing from others.
func TestWorth(t *testing.T) {
	images, push, repository := imagesAt(t, servers(t)["cuelabs"], "acme/rebuilt")
	labels := func(revision, base string) map[string]string {
		return map[string]string{"org.opencontainers.image.revision": revision, "org.opencontainers.image.base.digest": base}
	}
	list := []ocipush.Statement{spdx(t, "spdx-dpkg-old.json")}
	layers := func(text string) []map[string]string { return []map[string]string{{"app": text}} }
	for name, i := range map[string]ocipush.Image{
		"a":            {Layers: layers("1"), Created: "2026-11-01T08:00:00Z", Labels: labels("one", "sha256:base")},
		"same-layers":  {Layers: layers("1"), Created: "2026-11-02T08:00:00Z"},
		"same-commit":  {Layers: layers("2"), Labels: labels("one", "sha256:base")},
		"other-base":   {Layers: layers("2"), Labels: labels("one", "sha256:newer")},
		"other-commit": {Layers: layers("2"), Labels: labels("two", "sha256:base")},
		"untold":       {Layers: layers("2")},
		"listed":       {Layers: layers("3"), Statements: list},
		"listed-again": {Layers: layers("4"), Statements: list},
		"listed-newer": {Layers: layers("4"), Statements: []ocipush.Statement{spdx(t, "spdx-dpkg-new.json")}},
	} {
		i.Platform = "linux/amd64"
		if _, err := push.Build(name, i); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		old, new string
		want     Similarity
	}{
		{"a", "same-layers", Same}, {"a", "same-commit", Same}, {"a", "other-base", Differs}, {"a", "other-commit", Unknown}, {"a", "untold", Unknown},
		{"listed", "listed-again", Same}, {"listed", "listed-newer", Differs}, {"a", "listed", Unknown},
	} {
		got, err := Reader{}.Compare(t.Context(), images, repository, c.old, c.new, "")
		if err != nil || got.Worth() != c.want {
			t.Errorf("%s → %s: %v, %v; want %v", c.old, c.new, got.Worth(), err, c.want)
		}
	}
}

// told is a source of advisories in memory of the test, read from files as the operator's are.
func told(t *testing.T, records ...string) advisory.Source {
	t.Helper()
	dir := t.TempDir()
	for n, r := range records {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", n)), []byte(r), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := advisory.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func record(id, ecosystem, name, introduced, fixed string) string {
	events := []map[string]string{{"introduced": introduced}}
	if fixed != "" {
		events = append(events, map[string]string{"fixed": fixed})
	}
	data, _ := json.Marshal(map[string]any{
		"id": id, "modified": "2026-01-01T00:00:00Z", "database_specific": map[string]string{"severity": "HIGH"},
		"affected": []any{map[string]any{"package": map[string]string{"ecosystem": ecosystem, "name": name}, "ranges": []any{map[string]any{"type": "ECOSYSTEM", "events": events}}}},
	})
	return string(data)
}

// TestAdvised says which vulnerabilities go and come, by the order of versions
// that each distribution has.
func TestAdvised(t *testing.T) {
	images, push, repository := imagesAt(t, servers(t)["cuelabs"], "acme/advised")
	for _, v := range []string{"old", "new"} {
		for _, s := range []struct{ name, list string }{{"debian-", "spdx-dpkg-"}, {"alpine-", "spdx-apk-"}} {
			i := ocipush.Image{Platform: "linux/amd64", Layers: []map[string]string{{"app": v + s.name}}, Statements: []ocipush.Statement{spdx(t, s.list+v+".json")}}
			if _, err := push.Build(s.name+v, i); err != nil {
				t.Fatal(err)
			}
		}
	}
	r := Reader{Now: time.Now(), Advisories: told(t,
		record("DEBIAN-CVE-2024-0001", "Debian:12", "openssl", "0", "3.0.13-1~deb12u1"),
		record("DEBIAN-CVE-2024-0002", "Debian:12", "openssl", "0", ""),                 // in both
		record("DEBIAN-CVE-2024-0003", "Debian:12", "openssl", "3.0.12-1", ""),          // new
		record("DEBIAN-CVE-2024-0004", "Debian:11", "openssl", "0", ""),                 // another release of the system
		record("DEBIAN-CVE-2024-0005", "Debian:12", "openssl", "0", "3.0.11-1~deb12u1"), // fixed before
		record("DEBIAN-CVE-2024-0006", "Debian:12", "tzdata", "0", ""),                  // of what does not differ
		record("ALPINE-CVE-2024-0001", "Alpine:v3.18", "openssl", "0", "3.1.4-r5"),
		record("ALPINE-CVE-2024-0002", "Alpine:v3.18", "openssl", "0", "3.1.4-r10"), // in both: r10 is behind r5
	)}
	for _, c := range [][3]string{{"debian-", "DEBIAN-CVE-2024-0001", "DEBIAN-CVE-2024-0003"}, {"alpine-", "ALPINE-CVE-2024-0001", ""}} {
		got, err := r.Compare(t.Context(), images, repository, c[0]+"old", c[0]+"new", "")
		if err != nil || got.AdvisedErr != nil {
			t.Fatal(err, got)
		}
		if ids(got.Fixes) != c[1] || ids(got.Brings) != c[2] {
			t.Errorf("%s fixes %q, brings %q; want %q", c[0], ids(got.Fixes), ids(got.Brings), c[1:])
		}
		if got.Fixes[0].Package != "openssl" || got.Fixes[0].Severity != "HIGH" {
			t.Errorf("%+v", got.Fixes[0])
		}
		if want := "2 packages changed, 1 added, 1 removed, 1 known vulnerability fixed, 1 new"; c[2] != "" && got.Summary() != want {
			t.Errorf("%q, want %q", got.Summary(), want)
		}
	}
	failing := Reader{Advisories: failingSource{}}
	if got, err := failing.Compare(t.Context(), images, repository, "debian-old", "debian-new", ""); err != nil || got.AdvisedErr == nil || got.Packages == nil {
		t.Errorf("%+v, %v", got, err)
	}
}

type failingSource struct{}

func (failingSource) Name() string { return "nobody" }
func (failingSource) Find(context.Context, []advisory.Question) ([][]*advisory.Record, error) {
	return nil, io.ErrUnexpectedEOF
}

func ids(list []Vulnerable) string {
	var names []string
	for _, v := range list {
		names = append(names, v.ID)
	}
	return strings.Join(names, " ")
}

// TestEcosystem names where packages come from, as databases of advisories do
// (OSV schema, "Defined ecosystems").
func TestEcosystem(t *testing.T) {
	for purl, want := range map[string]string{
		"pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl":                        "Debian:12 openssl 3.0.11-1~deb12u2",
		"pkg:deb/debian/libc6@2.36-9%2Bdeb12u3?arch=amd64&distro=bookworm&upstream=glibc":                             "Debian:12 glibc 2.36-9+deb12u3",
		"pkg:deb/debian/wget@1.21.3-1%2Bb2?arch=amd64&distro=debian-12.5&upstream=wget%401.21.3-1":                    "Debian:12 wget 1.21.3-1",
		"pkg:deb/ubuntu/openssl@3.0.2-0ubuntu1.12?arch=amd64&distro=ubuntu-22.04":                                     "Ubuntu:22.04:LTS openssl 3.0.2-0ubuntu1.12",
		"pkg:deb/ubuntu/openssl@3.0.10-1ubuntu2?distro=ubuntu-23.10":                                                  "Ubuntu:23.10 openssl 3.0.10-1ubuntu2",
		"pkg:deb/ubuntu/openssl@3.0.10-1ubuntu2?distro=ubuntu-23.04":                                                  "Ubuntu:23.04 openssl 3.0.10-1ubuntu2",
		"pkg:apk/alpine/libcrypto3@3.1.4-r0?arch=x86_64&distro=alpine-3.18.4&upstream=openssl":                        "Alpine:v3.18 openssl 3.1.4-r0",
		"pkg:apk/alpine/libcrypto3@3.1.4-r0?arch=x86_64&distro=3.18.4&origin=openssl":                                 "Alpine:v3.18 openssl 3.1.4-r0",
		"pkg:apk/wolfi/curl@8.4.0-r0?arch=x86_64":                                                                     "Wolfi curl 8.4.0-r0",
		"pkg:rpm/rocky/openssl-libs@3.0.7-16.el9?arch=x86_64&epoch=1&upstream=openssl-3.0.7.src.rpm&distro=rocky-9.2": "Rocky Linux:9 openssl-libs 1:3.0.7-16.el9",
		"pkg:rpm/redhat/bash@5.1.8-6.el9_1?arch=x86_64&distro=rhel-9.2":                                               " bash 5.1.8-6.el9_1",
		"pkg:golang/github.com/acme/shop@v1.2.3":                                                                      "Go github.com/acme/shop v1.2.3",
		"pkg:npm/%40acme/shop@1.2.3":                                                                                  "npm @acme/shop 1.2.3",
		"pkg:maven/org.acme/shop@1.2.3":                                                                               "Maven org.acme:shop 1.2.3",
		"pkg:pypi/requests@2.5.0":                                                                                     "PyPI requests 2.5.0",
		"pkg:generic/busybox@1.36.1":                                                                                  " busybox 1.36.1",
	} {
		p, ok := readPURL(purl)
		if got := p.Ecosystem + " " + p.Source + " " + p.SourceVersion; !ok || got != want {
			t.Errorf("%s: %q, %v; want %q", purl, got, ok, want)
		}
	}
	for _, purl := range []string{"", "pkg:", "pkg:deb/debian/x", "x", "pkg:deb/debian/" + strings.Repeat("x", 2000) + "@1"} {
		if p, ok := readPURL(purl); ok {
			t.Errorf("%.30q: %+v", purl, p)
		}
	}
}

// TestLists reads the other forms of lists of packages.
func TestLists(t *testing.T) {
	cyclone := `{"bomFormat":"CycloneDX","components":[{"purl":"pkg:deb/debian/a@1?distro=debian-12","components":[{"purl":"pkg:pypi/b@2"}]},{"name":"without"}]}`
	spdx3 := `{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"SpdxDocument","name":"sbom"},{"type":"software_Package","software_packageUrl":"pkg:deb/debian/a@1?distro=debian-12"},{"type":"software_Package","software_packageUrl":"pkg:pypi/b@2"}]}`
	stage := `{"name":"sbom-build","packages":[{"externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:deb/debian/gcc@1"}]}]}`
	for _, c := range []struct {
		said []statement
		want string
	}{
		{[]statement{{"https://cyclonedx.org/bom", cyclone}}, "a 1, b 2"},
		{[]statement{{"https://cyclonedx.org/bom/v1.6", cyclone}, {"https://slsa.dev/provenance/v1", "{}"}}, "a 1, b 2"},
		{[]statement{{"https://spdx.dev/Document/v3.0", spdx3}}, "a 1, b 2"},
		{[]statement{{"https://spdx.dev/Document", stage}, {"https://spdx.dev/Document", spdx3}}, "a 1, b 2"}, // the stage is no part of the image
		{[]statement{{"https://spdx.dev/Document", stage}}, "gcc 1"},
		{[]statement{{"https://slsa.dev/provenance/v1", "{}"}}, "none"},
		{nil, "none"},
	} {
		got, err := Listed(statements(c.said))
		if err != nil || words(got) != c.want {
			t.Errorf("%v: %s, %v; want %s", c.said, words(got), err, c.want)
		}
	}
	if got, err := Listed(statements([]statement{{"https://spdx.dev/Document", "[]"}})); err == nil {
		t.Errorf("%+v", got)
	}
}

// TestBuild reads who built an image from what, in the forms of BuildKit and of GitHub.
func TestBuild(t *testing.T) {
	for _, c := range []struct {
		kind, predicate string
		want            *Build
	}{
		{"https://slsa.dev/provenance/v0.2", `{"builder":{"id":"b"},"invocation":{"configSource":{"uri":"https://github.com/acme/app.git#refs/tags/v1","digest":{"sha1":"abc"}}}}`, &Build{"b", "https://github.com/acme/app.git", "abc"}},
		{"https://slsa.dev/provenance/v1", `{"buildDefinition":{"externalParameters":{"workflow":{"repository":"https://github.com/acme/app"}},"resolvedDependencies":[{"uri":"git+https://github.com/acme/app@refs/heads/main","digest":{"gitCommit":"abc"}}]},"runDetails":{"builder":{"id":"b"}}}`, &Build{"b", "https://github.com/acme/app", "abc"}},
		{"https://slsa.dev/provenance/v1", `{"runDetails":{"builder":{"id":""},"metadata":{"buildkit_metadata":{"vcs":{"source":"https://github.com/acme/app","revision":"abc"}}}}}`, &Build{"", "https://github.com/acme/app", "abc"}},
		{"https://slsa.dev/provenance/v1", `{"buildDefinition":{"resolvedDependencies":[{"uri":"pkg:docker/alpine@3.20","digest":{"sha256":"abc"}}]}}`, nil},
		{"https://slsa.dev/provenance/v1", `[]`, nil},
		{"https://spdx.dev/Document", `{"builder":{"id":"b"}}`, nil},
	} {
		got := builtBy(statements([]statement{{c.kind, c.predicate}}))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s:\n%s", c.predicate, diff)
		}
	}
}

// A statement is a statement as a test writes it.
type statement struct{ kind, predicate string }

func statements(list []statement) (said []ecosystems.Statement) {
	for _, s := range list {
		said = append(said, ecosystems.Statement{PredicateType: s.kind, Predicate: json.RawMessage(s.predicate)})
	}
	return said
}

func FuzzLists(f *testing.F) {
	f.Add("https://spdx.dev/Document", []byte(`{"packages":[{"externalRefs":[{"referenceType":"purl","referenceLocator":"pkg:deb/debian/a@1"}]}]}`))
	f.Add("https://cyclonedx.org/bom", []byte(`{"components":[{"purl":"pkg:pypi/b@2"}]}`))
	f.Add("https://slsa.dev/provenance/v1", []byte(`{"buildDefinition":{"resolvedDependencies":[{"uri":"@","digest":{"gitCommit":"a"}}]}}`))
	f.Fuzz(func(t *testing.T, kind string, predicate []byte) {
		said := statements([]statement{{kind, string(predicate)}})
		builtBy(said)
		if c, err := Listed(said); err == nil && c != nil {
			if d := Differ(c.Packages, c.Packages); !d.Empty() {
				t.Errorf("a list differs from itself: %+v", d)
			}
		}
	})
}

func FuzzLayer(f *testing.F) {
	for _, files := range []map[string]string{{"etc/os-release": "ID=debian", "var/lib/dpkg/status": "Package: a\nVersion: 1\n"}, {"lib/apk/db/installed": "P:a\nV:1\n"}, {"var/lib/rpm/Packages": "x"}, {"var/lib/.wh.dpkg": ""}} {
		layer, err := ocipush.Layer(files)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(layer)
	}
	f.Fuzz(func(t *testing.T, layer []byte) {
		s := &system{dir: t.TempDir(), left: 1 << 20}
		if s.apply(strings.NewReader(string(layer))) == nil {
			_, _ = s.contents(t.Context())
		}
	})
}
