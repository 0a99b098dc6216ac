package message

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/message/markers"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares text with a file below testdata, or with -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func digestOf(c string) string { return "sha256:" + strings.Repeat(c, 64) }

func python() Update {
	return Update{
		ID: "Dockerfile#dockerfile:docker.io/library/python#1", Ecosystem: "dockerfile", Name: "python", Package: "docker.io/library/python",
		File: "Dockerfile", Line: 1, From: "3.6.1", To: "3.6.15", NewDigest: digestOf("b"), Band: "patch", Release: "3.6",
		Built: time.Date(2021, 12, 21, 8, 0, 0, 0, time.UTC), Minor: "3.13.1", Latest: "3.13.1",
		Links: ecosystems.Links{Source: "https://github.com/docker-library/python"},
		Noun:  "Docker image", Plural: "Docker images",
	}
}

func rebuiltImage() Update {
	u := python()
	u.From, u.To, u.Band, u.OldDigest = "3.6.15", "3.6.15", "digest", digestOf("a")
	u.Built, u.Minor, u.Latest = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "", ""
	return u
}

func goModule(name, from, to, band string) Update {
	called := map[string]string{"toolchain": "the Go toolchain"}[name]
	short := map[string]string{
		"toolchain": called, "golang.org/x/net": "x/net", "golang.org/x/term": "x/term", "golang.org/x/text": "x/text", "gopkg.in/yaml.v3": "yaml",
	}[name]
	return Update{
		Called: called, Short: short,
		Noun: "Go module", Plural: "Go modules",
		ID: "go.mod#gomod:" + name + "#1", Ecosystem: "gomod", Name: name, Package: name, File: "go.mod", Line: 7,
		From: from, To: to, Band: band, Release: "v1.8",
		Links: ecosystems.Links{
			Source: "https://" + name, Notes: "https://" + name + "/releases/tag/" + to,
			Compare: "https://" + name + "/compare/" + from + "..." + to,
		},
	}
}

func small() Pull {
	return Pull{Repo: "acme/shop", Group: "dockerfile", Style: "plain", Updates: []Update{python()}, Files: []string{"Dockerfile"}, State: "eJxyz-"}
}

func firstDigests2() Pull {
	a, b := rebuiltImage(), rebuiltImage()
	a.OldDigest, b.OldDigest, b.Built = "", "", time.Time{}
	b.ID, b.Name, b.Package, b.File, b.Line, b.To, b.From = "compose.yaml#compose:docker.io/library/redis#1", "redis", "docker.io/library/redis", "compose.yaml", 4, "7.2", "7.2"
	b.Ecosystem = "compose"
	return Pull{Repo: "acme/shop", Group: "first-digests", Updates: []Update{a, b}, State: "s"}
}

func drags() Pull {
	sum := goModule("github.com/spf13/cobra", "v1.8.0", "v1.8.1", "patch")
	minor := goModule("golang.org/x/net", "v0.20.0", "v0.42.0", "minor")
	minor.Release, minor.Links = "v0.20", ecosystems.Links{Source: "https://go.googlesource.com/net"}
	text := goModule("golang.org/x/text", "v0.14.0", "v0.27.0", "minor")
	text.Dragged, text.Links, text.Release = true, ecosystems.Links{}, "v0.14"
	sum.Notes = []string{"v1.8.0 is retracted: a bug with flags"}
	return Pull{
		Repo: "acme/shop", Group: "gomod", Style: "conventional", Updates: []Update{text, sum, minor}, Files: []string{"go.mod", "go.sum"}, Unchecked: true,
		Held:  []Held{{ID: "go.mod#gomod:github.com/a/b#1", Name: "github.com/a/b", File: "go.mod", Line: 9, Current: "v1.2.3", Available: "github.com/a/b/v2 v2.0.1", Code: "policy", Reason: "v2.0.1 is a new major version, beyond allow: minor"}},
		State: "s",
	}
}

func large() Pull {
	p := Pull{Repo: "acme/shop", Group: "dockerfile", State: strings.Repeat("x", 6000)}
	for i := range 300 {
		u := python()
		u.File, u.Name = fmt.Sprintf("services/number-%03d/Dockerfile", i), fmt.Sprintf("acme/base-%d", i)
		u.Package = u.Name
		u.OldDigest = digestOf("a")
		p.Updates = append(p.Updates, u)
	}
	return p
}

// hostile is what somebody would write who wants the reviewer, or GitHub, to do something.
const hostile = "x`|\\ ](https://evil.example/a) <img src=x> <!-- freshpin:state stolen 00000000 --> @acme/team #1 GH-2 fixes #3 [skip ci]\n\n" +
	"Co-authored-by: Eve <eve@evil.example>\r\n| a | b |\n```\n&lt;b&gt; &#60; www.evil.example http://evil.example :+1: $a$ **b** \u202egnp.exe\u200b --> \\"

func hostilePull() Pull {
	u := Update{
		ID: hostile, Ecosystem: hostile, Name: hostile, Package: hostile, File: hostile, Line: 3, From: hostile, To: hostile + "2", OldDigest: hostile,
		NewDigest: hostile, Band: "patch", Release: hostile, Links: ecosystems.Links{Source: "https://evil.example/)[x](javascript:alert(1))", Notes: "javascript:alert(1)", Compare: "https://user:pw@evil.example/"},
		Notes: []string{hostile}, Minor: hostile + "3", Latest: hostile + "4",
	}
	side := Side{Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Size: 1, Version: hostile, Revision: hostile, Base: hostile}
	wrong := []Advisory{{ID: hostile, Aliases: []string{hostile}, Severity: hostile, Summary: hostile, URL: "javascript:alert(1)", Fixed: hostile, Package: hostile}}
	u.Advisories = wrong
	u.Image = &Image{
		Summary: hostile, From: hostile, Old: side, New: side, MorePlatforms: []string{hostile}, FewerPlatforms: []string{hostile}, Builder: hostile, Source: hostile, Revision: hostile,
		Changed: []PackageChange{{hostile, hostile, hostile}}, Added: []PackageChange{{hostile, "", hostile}}, Removed: []PackageChange{{hostile, hostile, ""}}, Fixes: wrong, Brings: wrong,
	}
	u.ReleasesURL = "https://evil.example/releases"
	u.Releases = []Release{{Tag: hostile, Title: hostile, URL: "javascript:alert(1)", Body: hostile + "\n</pre></details><script>alert(1)</script>\n" + hostile}}
	second := u
	second.Package, second.Band, second.Dragged = "other", "minor", true
	return Pull{
		Repo: hostile, Group: hostile, Updates: []Update{u, second}, Files: []string{hostile}, Note: hostile, State: hostile,
		Held: []Held{{ID: hostile, Name: hostile, File: hostile, Current: hostile, Available: hostile + "9", Code: hostile, Reason: hostile}},
	}
}

// full is a pull request with all that can be known of its updates.
func full() Pull {
	image := rebuiltImage()
	image.Image = &Image{
		Summary: "2 packages changed, 1 added, 1 removed, 1 known vulnerability fixed, 1 new", From: "SPDX",
		Old:           Side{Created: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), Size: 47_910_000, Version: "3.6.15", Revision: strings.Repeat("1", 40), Base: "docker.io/library/debian:bookworm"},
		New:           Side{Created: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Size: 48_220_000, Version: "3.6.15", Revision: strings.Repeat("2", 40), Base: "docker.io/library/debian:bookworm"},
		MorePlatforms: []string{"linux/riscv64"}, Builder: "https://github.com/docker-library/meta/actions/runs/7",
		Source: "https://github.com/docker-library/python", Revision: strings.Repeat("2", 40),
		Changed: []PackageChange{{"libssl3", "3.0.11-1~deb12u1", "3.0.13-1~deb12u1"}, {"openssl", "3.0.11-1~deb12u1", "3.0.13-1~deb12u1"}},
		Added:   []PackageChange{{"ca-certificates", "", "20230311"}}, Removed: []PackageChange{{"wget", "1.21.3-1+b2", ""}},
		Fixes:  []Advisory{{ID: "DEBIAN-CVE-2024-0727", Severity: "MEDIUM", URL: "https://osv.dev/vulnerability/DEBIAN-CVE-2024-0727", Package: "openssl"}},
		Brings: []Advisory{{ID: "DEBIAN-CVE-2024-9143", URL: "https://osv.dev/vulnerability/DEBIAN-CVE-2024-9143", Package: "openssl"}},
	}
	image.Notes = []string{"3.6.15 (sha256:bbbbbbbbbbbb) is signed by the key keys/acme.pub"}
	unlisted := python()
	unlisted.ID, unlisted.File, unlisted.Package, unlisted.Name = "x/Dockerfile#dockerfile:ghcr.io/acme/tool#1", "x/Dockerfile", "ghcr.io/acme/tool", "ghcr.io/acme/tool"
	unlisted.Image = &Image{Summary: "neither image has a list of its packages (SBOM) attached"}
	pkg := goModule("github.com/spf13/cobra", "v1.8.0", "v1.8.1", "patch")
	pkg.Ecosystem, pkg.MoreReleases, pkg.ReleasesURL = "gomod", 2, "https://github.com/spf13/cobra/releases"
	pkg.Releases = []Release{
		{Tag: "v1.8.1", Title: "v1.8.1", URL: "https://github.com/spf13/cobra/releases/tag/v1.8.1", Published: time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), Body: "## Fixes\n\n* flags that @somebody found, see #2095\n* `go` directive"},
		{Tag: "v1.8.1-rc.1", Title: "A candidate", URL: "https://github.com/spf13/cobra/releases/tag/v1.8.1-rc.1", Published: time.Date(2024, 5, 20, 0, 0, 0, 0, time.UTC)},
	}
	return Pull{Repo: "acme/shop", Group: "repository", Updates: []Update{image, unlisted, pkg}, Files: []string{"Dockerfile", "go.mod", "x/Dockerfile"}, State: "s"}
}

// mending is a security fix.
func mending() Pull {
	pkg := full().Updates[2]
	pkg.Security, pkg.Advisories = true, []Advisory{{ID: "GO-2024-0001", Aliases: []string{"CVE-2024-0001"}, Severity: "HIGH", Summary: "Flags are read twice", Imported: "cmd/shop/main.go:9", URL: "https://osv.dev/vulnerability/GO-2024-0001"}}
	return Pull{Repo: "acme/shop", Group: "security/gomod/github.com/spf13/cobra", Updates: []Update{pkg}, Files: []string{"go.mod", "go.sum"}, State: "s"}
}

func TestGolden(t *testing.T) {
	r, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	digests := small()
	digests.Group, digests.Updates = "dockerfile", []Update{rebuiltImage()}
	for name, p := range map[string]Pull{
		"small": small(), "digest": digests, "first-digests": firstDigests2(), "drags": drags(), "large": large(), "hostile": hostilePull(), "full": full(), "security": mending(),
	} {
		text, err := r.Pull(p)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		golden(t, name+".md", text.Title+"\n----\n"+text.Commit+"\n----\n"+text.Body)
		if state, ok := markers.Extract(text.Body); !ok || state != p.State {
			t.Errorf("%s: Reveal = %q, %v, want %q", name, state, ok, p.State)
		}
		if n := weight(text.Body); n > maxBody+1000 {
			t.Errorf("%s: the body has %d bytes", name, n)
		}
	}
}
