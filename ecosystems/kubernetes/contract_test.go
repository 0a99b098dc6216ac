package kubernetes

import (
	"fmt"
	"os"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

var _ interface {
	ecosystems.Ecosystem
	ecosystems.Marked
	ecosystems.Dater
	ecosystems.Describer
} = (*Ecosystem)(nil)

// another moves a pin to another version and digest.
func another(d ecosystems.Dependency) ecosystems.Target {
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

const head = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil), "deploy/app.yaml", head, containers, another)
}

func FuzzExtract(f *testing.F) {
	seeds := []string{"apiVersion: v1\nkind: List\nitems: [&a {apiVersion: v1, kind: Pod, spec: {containers: [{image: *a}, {<<: *a}]}}]\n"}
	for _, c := range containers {
		seeds = append(seeds, head+c)
	}
	ecosystemtest.Fuzzed(f, New(nil), "app.yaml", seeds, another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }

// BenchmarkOtherFiles looks into 20,000 YAML files that are no manifests.
func BenchmarkOtherFiles(b *testing.B) {
	data := []byte("# a workflow\non: [push]\njobs:\n")
	for n := range 60 {
		data = fmt.Appendf(data, "  job%d:\n    steps:\n    - uses: actions/checkout@v4\n    - run: make test%d\n", n, n)
	}
	e := New(nil)
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
		list, err := New(nil).Extract(fstest.MapFS{"x.yaml": {Data: []byte(src)}}, "x.yaml")
		if err != nil || len(list) != 0 {
			t.Errorf("%q: %v, %v", src, list, err)
		}
	}
	if _, err := New(nil).Extract(os.DirFS(t.TempDir()), "x.yaml"); err == nil {
		t.Error("a file that is not there is no error")
	}
}
