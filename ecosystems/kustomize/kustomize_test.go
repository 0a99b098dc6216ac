package kustomize

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
)

const (
	file  = "overlays/kustomization.yaml"
	sha   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func TestImages(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"images:\n- name: nginx\n  newTag: \"1.13\"\n", "nginx 1.13 [3:12 1.13] nodigest"},
		{"images:\n- name: app\n  newName: ghcr.io/acme/app\n  newTag: v1.2.3 # why\n", "ghcr.io/acme/app v1.2.3 [4:11 v1.2.3] nodigest"},
		{"images: [{newTag: '7', name: redis}]", "redis 7 [1:20 7] nodigest"},
		{"images:\n- name: nginx\n  newTag: 1.10\n", "nginx 1.10 [3:11 1.10] skip=unsupported"},
		{"images:\n- name: nginx\n  newTag: 1.11\n", "nginx 1.11 [3:11 1.11] nodigest"},
		{"images:\n- name: nginx\n  newTag: latest\n", "nginx latest [3:11 latest] nodigest skip=unpinned"},
		{"images:\n- name: nginx\n  newTag: ${TAG}\n", "nginx ${TAG} [3:11 ${TAG}] skip=variable"},
		{"images:\n- name: nginx\n  digest: " + sha + "\n", "nginx  digest=012345 [3:11 012345] skip=no-tag"},
		{"images:\n- name: nginx\n  digest: " + sha + " # 1.13\n", "nginx 1.13 digest=012345 [3:11 012345] comment=1.13"},
		{"images:\n- name: nginx\n  newTag: 1.13\n  digest: " + sha + "\n", "nginx  [3:11 1.13] skip=conflict"},
		{"images:\n- name: nginx\n  newTag: 1.13@" + sha + "\n", "nginx 1.13 digest=012345 [3:11 1.13] [3:16 012345]"},
		{"images:\n- name: nginx\n  newTag: 1.13\n  digest: ''\n", "nginx 1.13 [3:11 1.13] nodigest"},
		{"images:\n- name: nginx\n  digest: sha256:abc\n", "nginx  [3:11 sha256:abc] skip=malformed"},
		{"images:\n- name: nginx\n  newName: my-nginx\n", ""},
		{"images:\n- name: pg\n  newName: acme/pg:11.1@" + sha + "\n", "acme/pg 11.1 digest=012345 [3:20 11.1] [3:25 012345]"},
		{"images:\n- newTag: 1.1\n", "newTag: 1.1  [2:3 newTag: 1.1] skip=malformed"},
		{"images:\n- nginx:1.1\n", "nginx:1.1  [2:3 nginx:1.1] skip=malformed"},
		{"images:\n- name: nginx:1.2\n  newTag: '1.13'\n", "nginx:1.2:1.13  [3:12 1.13] skip=unsupported"},
		{"images:\n- name: nginx\n  newTag: '1.13' # freshpin: ignore\n", "nginx 1.13 [3:12 1.13] nodigest ignored"},
		{"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- &i {name: a, newTag: v1}\n- {<<: *i, name: b}\n", "a v1 [4:24 v1] nodigest\nb v1 [4:24 v1] nodigest"},
		{"resources:\n- base\n- github.com/acme/app//deploy?ref=v1.2.3\n- https://x.io/a.yaml\n- ../x?ref=1\n",
			"github.com/acme/app v1.2.3 [3:35 v1.2.3] nodigest index=https://github.com/acme/app.git\nhttps://x.io/a.yaml  [4:3 https://x.io/a.yaml] skip=url"},
		{"images: [", "images: [  [1:1 images: [] skip=malformed"},
		{"images: {name: x}\n", ""},
	} {
		if got := ecosystemtest.Shown(New(nil, nil, nil), fstest.MapFS{file: {Data: []byte(c.src)}}, file); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// TestBases: addresses of kustomize's own tests (api/internal/git/repospec_test.go), its examples
// (examples/remoteBuild.md) and those of Renovate's kustomize manager.
func TestBases(t *testing.T) {
	for _, c := range []struct{ base, want string }{
		{"github.com/fluxcd/flux/deploy?ref=1.19.0", "github.com/fluxcd/flux 1.19.0 AT github.com/fluxcd/flux.git"},
		{"github.com/user/repo//deploy?ref=v0.0.1", "github.com/user/repo v0.0.1 AT github.com/user/repo.git"},
		{"https://github.com/user/test-repo.git?timeout=120&ref=v1.0.0&submodules=false&version=v1", "github.com/user/test-repo v1.0.0"},
		{"https://github.com/user/test-repo.git?version=v1.0.0&version=v0", "github.com/user/test-repo v1.0.0"},
		{"https://github.com/user/test-repo.git?timeout=10s", "skip=url"},
		{"git@github.com:kubernetes-sigs/kustomize.git//examples/helloWorld?ref=v2.0.0", "github.com/kubernetes-sigs/kustomize v2.0.0"},
		{"git@github.com:user/repo.git/subdir?ref=v1.0.0", "github.com/user/repo v1.0.0"},
		{"ssh://git@bitbucket.org/user/test-repo/subdir?ref=v1.2.3", "bitbucket.org/user/test-repo v1.2.3"},
		{"git::https://git.example.com:8443/group/sub/repo.git//a/b?ref=v1.2.3", "git.example.com:8443/group/sub/repo v1.2.3"},
		{"https://gitlab.com/group/sub/repo//a?ref=v1.2.3", "gitlab.com/group/sub/repo v1.2.3"},
		{"https://dev.azure.com/org/project/_git/repo/path?ref=v1.2.3", "dev.azure.com/org/project/_git/repo v1.2.3"},
		{"ssh://git@git.example.com:7999/user/repo?ref=v1.2.3", "git.example.com/user/repo v1.2.3"}, // the port is that of ssh
		{"ssh://?ref=v1", "skip=unsupported"},
		{"github.com/acme/app?ref=main", "github.com/acme/app main skip=unpinned"},
		{"github.com/acme/app?ref=0123456789abcdef0123456789abcdef01234567 # v1.2.3", "github.com/acme/app v1.2.3 @0123456 comment"},
		{"github.com/acme/app?ref=refs/tags/v1.2.3", "github.com/acme/app v1.2.3"},
		{"github.com/acme/app?ref=release%2Fv1", "skip=unsupported"},
		{"github.com/acme/app?ref={{ v }}", "skip=variable"},
		{"\"github.com/acme/app?ref=v1.2.3\" # freshpin: ignore", "github.com/acme/app v1.2.3 ignored"},
		{"https://github.com/acme/app/releases/download/v1.2.3/install.yaml", "skip=url"},
		{"https://raw.githubusercontent.com/acme/app/v1.2.3/a.yaml", "skip=url"},
		{"../base?ref=v1", ""},
	} {
		src := "resources:\n- " + c.base + "\n"
		deps, err := New(nil, nil, nil).Extract(fstest.MapFS{file: {Data: []byte(src)}}, file)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, d := range deps {
			if d.Package.Kind == "git" {
				got += d.Name + " " + d.Pin.Text
				if strings.Contains(c.want, " AT ") {
					got += " AT " + strings.TrimPrefix(d.Package.Index, "https://")
				}
				if x := d.Pin.Excludes; d.Skip.IsZero() && (!x(gittag.Parse("v1.2.4+1")) || x(gittag.Parse("v1.2.4"))) {
					t.Errorf("%s: versions that an address cannot name are not ruled out", c.base)
				}
				if at := d.At[0]; d.Pin.Digest == "" && src[at.Start:at.End] != d.Pin.Text {
					t.Errorf("%s: at %q", c.base, src[at.Start:at.End])
				}
			}
			if d.Pin.Digest != "" {
				got += " @" + d.Pin.Digest[:7]
			}
			if d.Pin.Comment != nil {
				got += " comment"
			}
			if d.Skip.Code != "" {
				got += " skip=" + d.Skip.Code
			}
			if d.Ignored {
				got += " ignored"
			}
		}
		if strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %q, want %q", c.base, strings.TrimSpace(got), c.want)
		}
	}
}

// Charts that kustomize inflates, and the images in their values.
func TestCharts(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"helmCharts:\n- name: redis\n  repo: https://charts.example.com\n  version: 1.2.3\n- name: floating\n", "redis 1.2.3 [4:12 1.2.3] nodigest index=https://charts.example.com"},
		{"helmCharts: [{name: redis, repo: 'oci://r.io/charts', version: ^1.2}]\n", "redis ^1.2 [1:64 ^1.2] nodigest index=oci"},
		{"helmCharts: [{name: redis, version: 1.2.3}]\n", "redis 1.2.3 [1:37 1.2.3] nodigest skip=path"},
		{"helmCharts: [5, {name: redis, repo: 'https://x.io', version: [1]}]\n", "[1]}]  [1:62 [1]}]] skip=unsupported"},
		{"helmChartInflationGenerator:\n- chartName: redis\n  chartRepo: https://charts.example.com\n  chartVersion: 1.2.3\n", "redis 1.2.3 [4:17 1.2.3] nodigest index=https://charts.example.com"},
		{"helmCharts:\n- name: x\n  valuesInline:\n    image: {repository: a/b, tag: 1.1.1}\n", "a/b 1.1.1 [4:35 1.1.1] nodigest"},
	} {
		if got := ecosystemtest.Shown(New(nil, nil, nil), fstest.MapFS{file: {Data: []byte(c.src)}}, file); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// another moves a pin to another version; without quotes 77.80 would be a number.
func another(d ecosystems.Dependency) ecosystems.Target {
	to := ecosystems.Target{Version: dockertag.Parse("77.80")}
	if d.Package.Kind == "helm" {
		to.Version, _ = semver.Parse("77.80.1")
		if _, err := New(nil, nil, nil).Edit(d, to); err != nil && d.Pin.Admits != nil { // a range of a shape that is not moved
			return ecosystems.Target{}
		}
		return to
	}
	if d.Package.Kind == "git" {
		to := ecosystems.Target{Version: gittag.Parse("v77.80")}
		if d.Pin.Digest != "" {
			to.Digest = strings.Repeat("f", 40)
		}
		return to
	}
	if d.Pin.NoDigest == "" {
		to.Digest = other
	}
	return to
}

var elements = []string{
	"- name: a\n  newTag: 1.13\n", "- newTag: '1.14'\n  name: b # why\n", "- {name: c, newName: r.io/c, newTag: \"1.15\"}\n", "- name: d\n  digest: " + sha + " # v1.16\n", "- name: e\n  newTag: 2\n",
	"- name: f\n  newTag: 1.17@" + sha + "\n", "- name: g\n  newTag: 1.1\n  digest: " + sha + "\n", "- name: h\n  newTag: {{ .x }}\n", "- name: i\n  newTag: >-\n    1.18\n",
}

var bases = []string{
	"- github.com/acme/a//deploy?ref=v1.2.3\n", "- 'https://github.com/acme/b.git//x?timeout=90s&ref=v1.2' # why\n", "- git@github.com:acme/c.git?version=1.0.0\n",
	"- github.com/acme/d?ref=0123456789abcdef0123456789abcdef01234567 # v1.2.3\n", "- ../e?ref=v1\n", "- https://x.io/f.yaml\n", "- github.com/acme/g?ref={{ v }}\n",
}

var inflated = []string{
	"- name: a\n  repo: https://x.io\n  version: 1.1.1\n", "- {name: b, repo: 'oci://x.io/c', version: '^1.2'} # why\n", "- name: c\n  repo: https://x.io\n  version: 1.3.x\n  valuesInline:\n    image: {repository: d/e, tag: '1.4.0'}\n",
}

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil, nil, nil), file, "# head\nhelmCharts:\n", inflated, another)
	ecosystemtest.Generated(t, New(nil, nil, nil), file, "# head\nimages:\n", elements, another)
	ecosystemtest.Generated(t, New(nil, nil, nil), file, "# head\nresources:\n", bases, another)
}

func FuzzExtract(f *testing.F) {
	var seeds []string
	for _, e := range elements {
		seeds = append(seeds, "images:\n"+e)
	}
	for _, c := range inflated {
		seeds = append(seeds, "helmCharts:\n"+c)
	}
	for _, b := range bases {
		seeds = append(seeds, "resources:\n"+b)
	}
	ecosystemtest.Fuzzed(f, New(nil, nil, nil), file, seeds, another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil, nil, nil), another) }
