package kubernetes

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/gittag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
)

var _ interface {
	ecosystems.Ecosystem
	ecosystems.Marked
	ecosystems.Dater
	ecosystems.Describer
} = (*Ecosystem)(nil)

// another moves a pin to another version and digest.
func another(d ecosystems.Dependency) ecosystems.Target {
	switch d.Package.Kind {
	case "helm":
		v, _ := semver.Parse("77.8.1")
		return ecosystems.Target{Version: v}
	case "git":
		to := ecosystems.Target{Version: gittag.Parse("v77.8.1")}
		if d.Pin.Digest != "" {
			to.Digest = strings.Repeat("f", 40)
		}
		return to
	}
	text := d.Pin.Before + "77.8" + d.Pin.After
	if len(d.Pin.Text) > 0 && d.Pin.Text[0] == 'v' {
		text = "v77.8"
	}
	to := ecosystems.Target{Version: dockertag.Parse(text)}
	if d.Pin.NoDigest == "" {
		to.Digest = other
	}
	return to
}

// containers of a pod.
var containers = []string{
	"  - image: a:1.1\n", "  - name: b\n    image: 'b:1.2' # why\n", "  - image: \"c:1.3@" + sha + "\"\n", "  - {image: d, name: x}\n", "  - image: e@" + sha + " # v1.4\n",
	"  - image: >-\n      f:1.5\n    env: [{name: X_IMAGE, value: 'g:1.6'}]\n", "  - image: ${X}:1.7\n", "  - image: h:{{ .x }}\n", "  - image: Bad:1\n",
	"---\napiVersion: batch/v1\nkind: Job\nspec:\n  containers:\n  - image: i:1.8\n", "---\nkind: [\napiVersion: v1\nimage: x\n---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n",
	"---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec:\n  version: 2.1.0\n  image: quay.io/p/p:v2.1.0\n  containers:\n", "  - {image: &j j:1.9}\n  - {image: j2:1.9}\n",
}

// installs are resources of Flux and Argo CD.
var installs = []string{
	"---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: x}\nspec: {url: https://x.io/charts}\n",
	"---\napiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  chart:\n    spec:\n      chart: a\n      version: ~1.2 # why\n      sourceRef: {kind: HelmRepository, name: x}\n  values:\n    image:\n      repository: a/b\n      tag: 1.3.0\n",
	"---\napiVersion: source.toolkit.fluxcd.io/v1beta2\nkind: OCIRepository\nspec:\n  url: oci://r.io/c\n  ref: {tag: 1.4.0, digest: '" + sha + "'}\n",
	"---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  sources:\n  - {repoURL: https://x.io/charts, chart: d, targetRevision: 1.5.*}\n  - repoURL: https://github.com/acme/e.git\n    targetRevision: v1.6.0\n  - repoURL: https://github.com/acme/f\n    targetRevision: 0123456789abcdef0123456789abcdef01234567 # v1.7.0\n",
}

const head = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil, nil, nil), "deploy/app.yaml", head, containers, another)
	ecosystemtest.Generated(t, New(nil, nil, nil), "deploy/apps.yaml", "# head\n", installs, another)
}

func FuzzExtract(f *testing.F) {
	seeds := []string{"apiVersion: v1\nkind: List\nitems: [&a {apiVersion: v1, kind: Pod, spec: {containers: [{image: *a}, {<<: *a}]}}]\n"}
	seeds = append(seeds, installs...)
	for _, c := range containers {
		seeds = append(seeds, head+c)
	}
	ecosystemtest.Fuzzed(f, New(nil, nil, nil), "app.yaml", seeds, another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil, nil, nil), another) }

// BenchmarkOtherFiles looks into 20,000 YAML files that are no manifests.
func BenchmarkOtherFiles(b *testing.B) {
	data := []byte("# a workflow\non: [push]\njobs:\n")
	for n := range 60 {
		data = fmt.Appendf(data, "  job%d:\n    steps:\n    - uses: actions/checkout@v4\n    - run: make test%d\n", n, n)
	}
	e := New(nil, nil, nil)
	for b.Loop() {
		for range 20_000 {
			if e.Marked(data) {
				b.Fatal("it is no manifest")
			}
		}
	}
}

// Without the marks a file is not parsed, however broken it is.
func TestUnmarked(t *testing.T) {
	for _, src := range []string{"a: [", "\tx: {{", "kind: x\nimage: a:1.1\n"} {
		list, err := New(nil, nil, nil).Extract(fstest.MapFS{"x.yaml": {Data: []byte(src)}}, "x.yaml")
		if err != nil || len(list) != 0 {
			t.Errorf("%q: %v, %v", src, list, err)
		}
	}
	if _, err := New(nil, nil, nil).Extract(os.DirFS(t.TempDir()), "x.yaml"); err == nil {
		t.Error("a file that is not there is no error")
	}
}
