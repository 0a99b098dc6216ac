package kustomize

import (
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
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
			"github.com/acme/app//deploy?ref=v1.2.3  [3:3 github.com/acme/app//deploy?ref=v1.2.3] skip=unsupported\nhttps://x.io/a.yaml  [4:3 https://x.io/a.yaml] skip=url"},
		{"images: [", "images: [  [1:1 images: [] skip=malformed"},
		{"images: {name: x}\n", ""},
	} {
		if got := ecosystemtest.Shown(New(nil), fstest.MapFS{file: {Data: []byte(c.src)}}, file); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// another moves a pin to another version; without quotes 77.80 would be a number.
func another(d ecosystems.Dependency) ecosystems.Target {
	to := ecosystems.Target{Version: dockertag.Parse("77.80")}
	if d.Pin.NoDigest == "" {
		to.Digest = other
	}
	return to
}

var elements = []string{
	"- name: a\n  newTag: 1.13\n", "- newTag: '1.14'\n  name: b # why\n", "- {name: c, newName: r.io/c, newTag: \"1.15\"}\n", "- name: d\n  digest: " + sha + " # v1.16\n", "- name: e\n  newTag: 2\n",
	"- name: f\n  newTag: 1.17@" + sha + "\n", "- name: g\n  newTag: 1.1\n  digest: " + sha + "\n", "- name: h\n  newTag: {{ .x }}\n", "- name: i\n  newTag: >-\n    1.18\n",
}

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil), file, "# head\nimages:\n", elements, another)
}

func FuzzExtract(f *testing.F) {
	var seeds []string
	for _, e := range elements {
		seeds = append(seeds, "images:\n"+e)
	}
	ecosystemtest.Fuzzed(f, New(nil), file, seeds, another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }
