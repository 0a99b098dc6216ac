package kubernetes

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
)

const (
	sha   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func shown(src string) string {
	return ecosystemtest.Shown(New(nil, nil, nil), fstest.MapFS{"deploy/app.yaml": {Data: []byte(src)}}, "deploy/app.yaml")
}

// pod is a pod with one container, whose image begins in line 5, column 12.
func pod(image string) string {
	return "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: " + image
}

func TestImage(t *testing.T) {
	for _, c := range []struct{ image, want string }{
		{"nginx:1.13", "nginx 1.13 [5:18 1.13]"},
		{"nginx:1.10 # why", "nginx 1.10 [5:18 1.10]"},
		{"'nginx:1.13'\r\n    name: x", "nginx 1.13 [5:19 1.13]"},
		{`"nginx:1.13@` + sha + `"`, "nginx 1.13 digest=012345 [5:19 1.13] [5:24 012345]"},
		{"nginx@" + sha, "nginx  digest=012345 [5:18 012345] skip=no-tag"},
		{"nginx@" + sha + " # v1.13", "nginx v1.13 digest=012345 [5:18 012345] comment=v1.13"},
		{">-\n      nginx:1.13\n", "nginx 1.13 [6:13 1.13]"},
		{"nginx", "nginx  [5:12 nginx] skip=unpinned"},
		{"localhost:5000/nginx:latest", "localhost:5000/nginx latest [5:33 latest] skip=unpinned"},
		{"Nginx:1", "Nginx:1  [5:12 Nginx:1] skip=malformed"},
		{"ko://github.com/acme/app/cmd/server", "ko://github.com/acme/app/cmd/server  [5:12 ko://github.com/acme/app/cmd/server] skip=build"},
		{"''", ""},
		{"null", ""},
		{"[a]", "[a]  [5:12 [a]] skip=malformed"},
		{"nginx:1.13 # freshpin: ignore", "nginx 1.13 [5:18 1.13] ignored"},
		{"${REG}/nginx:1.13", "${REG}/nginx:1.13  [5:12 ${REG}/nginx:1.13] skip=variable"},
		{"nginx:${TAG}", "nginx ${TAG} [5:18 ${TAG}] skip=variable"},
		{"nginx:$(params.tag)", "nginx $(params.tag) [5:18 $(params.tag)] skip=variable"},
		{"'{{ .Values.image }}:1.13'", "{{ .Values.image }}:1.13  [5:13 {{ .Values.image }}:1.13] skip=variable"},
		{"{{ .Values.image }}:1.13", "{{ .Values.image }}:1.13  [5:12 {{ .Values.image }}:1.13] skip=variable"},
		{"nginx:{{ .Values.tag }}", "nginx:{{ .Values.tag }}  [5:12 nginx:{{ .Values.tag }}] skip=variable"},
	} {
		if got := shown(pod(c.image)); got != c.want {
			t.Errorf("image: %s:\n got %s\nwant %s", c.image, got, c.want)
		}
	}
}

func TestManifests(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"no manifest", "containers:\n- image: nginx:1.13\n", ""},
		{"no kind", "apiVersion: v1\n# kind\nspec: {containers: [{image: nginx:1.13}]}\n", ""},
		{"a cron job", "apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {template: {spec: {initContainers: [{image: a:1.1}], containers: [{image: b:1.2}], ephemeralContainers: [{image: c:1.3}]}}}}}\n",
			"a 1.1 [3:74 1.1]\nb 1.2 [3:104 1.2]\nc 1.3 [3:143 1.3]"},
		{"several documents, one broken, one a template", pod("a:1.1") + "\n---\nkind: [\napiVersion: v1\nimage: x\n---\n" + pod("b:{{ .x }}") + "\n---\n# nothing\n---\n" + pod("c:1.3"),
			"a 1.1 [5:14 1.1]\nkind: [  [7:1 kind: [] skip=malformed\nb:{{ .x }}  [15:12 b:{{ .x }}] skip=variable\nc 1.3 [23:14 1.3]"},
		{"a template that is no YAML", "{{- range .x }\n" + pod("a:1.1") + "\n---\n" + pod("b:1.2"), "{{- range .x }  [1:1 {{- range .x }] skip=variable\nb 1.2 [12:14 1.2]"},
		{"a template with lines of its own", "{{- if .x }}\n" + pod("a:1.1") + "\n{{- end }}\n", "a 1.1 [6:14 1.1]"},
		{"a list", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  spec: {containers: [{image: a:1.1}]}\n- apiVersion: v1\n  kind: ConfigMap\n  data: {image: b:1.2}\n", "a 1.1 [6:33 1.1]"},
		{"YAML inside of a ConfigMap", "apiVersion: v1\nkind: ConfigMap\ndata:\n  x: |\n    apiVersion: v1\n    kind: Pod\n    image: a:1.1\n  image: b:1.2\n", ""},
		{"the schema of a resource", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec: {x: {image: a:1.1}}\n", ""},
		{"annotations", "apiVersion: v1\nkind: Pod\nmetadata: {annotations: {image: a:1.1}}\nspec: {template: {metadata: {labels: {image: b:1.2}}}}\n", ""},
		{"an anchor", "apiVersion: v1\nkind: Pod\nspec:\n  initContainers: [&c {image: &i a:1.1}]\n  containers: [*c, {image: *i}, {<<: *c, name: x}]\n", "a 1.1 [4:36 1.1]"},
		{"the same image twice", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a:1.1}, {image: a:1.1}]}\n", "a 1.1 [3:31 1.1]\na 1.1 [3:47 1.1]"},
		{"a platform", "apiVersion: v1\nkind: Pod\nspec: {nodeSelector: {kubernetes.io/arch: arm64}, containers: [{image: a:1.1}]}\n", "a 1.1 [3:74 1.1] platform=linux/arm64"},
		{"an image as a volume", "apiVersion: v1\nkind: Pod\nspec: {volumes: [{image: {reference: quay.io/a:1.1, pullPolicy: Always}}]}\n", "quay.io/a 1.1 [3:48 1.1]"},
		{"Argo Workflows", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: [{container: {image: a:1.1}}, {script: {image: 'b:{{inputs.parameters.x}}'}}, {sidecars: [{image: c}]}]}\n",
			"a 1.1 [3:42 1.1]\nb:{{inputs.parameters.x}}  [3:67 b:{{inputs.parameters.x}}] skip=variable"},
		{"Tekton", "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{image: a:1.1}], stepTemplate: {image: $(params.i)}, sidecars: [{image: quay.io/b/c}]}\n",
			"a 1.1 [3:26 1.1]\n$(params.i)  [3:55 $(params.i)] skip=variable\nquay.io/b/c  [3:88 quay.io/b/c] skip=unpinned"},
		{"KEDA", "apiVersion: keda.sh/v1alpha1\nkind: ScaledJob\nspec: {jobTargetRef: {template: {spec: {containers: [{image: a:1.1}]}}}}\n", "a 1.1 [3:64 1.1]"},
		{"Knative", "apiVersion: serving.knative.dev/v1\nkind: Service\nspec: {template: {spec: {containers: [{image: a:1.1}]}}}\n", "a 1.1 [3:49 1.1]"},
		{"the Prometheus operator", "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec:\n  image: quay.io/p/p:v2.45.0\n  version: 2.45.0\n  thanos: {image: quay.io/t/t:v0.31.0, version: v0.30.0}\n",
			"quay.io/p/p v2.45.0 [4:22 v2.45.0] [5:12 2.45.0]\nquay.io/t/t v0.31.0 [6:31 v0.31.0]"},
		{"CloudNativePG", "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nspec: {imageName: 'ghcr.io/cloudnative-pg/postgresql:16.1'}\n", "ghcr.io/cloudnative-pg/postgresql 16.1 [3:54 16.1]"},
		{"an unknown resource", "apiVersion: x.io/v1\nkind: X\nspec: {image: web, bootImage: 'https://x.io/y:1', baseImage: 'r.io/a/b:1.1', image2: c:2, other: {image: {name: d:1}}}\n", "r.io/a/b 1.1 [3:72 1.1]"},
		{"related images of an operator", "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: a:1.1, env: [{name: RELATED_IMAGE_B, value: 'b:1.2'}, {name: X, value: c:1.3}, {name: POSTGRES_IMAGE, value: latest}]}]}}}\n",
			"a 1.1 [3:49 1.1]\nb 1.2 [3:94 1.2]"},
		{"OpenShift", "apiVersion: image.openshift.io/v1\nkind: ImageStream\nspec: {tags: [{from: {kind: DockerImage, name: 'a:1.1'}}, {from: {kind: ImageStreamTag, name: 'b:1.2'}}]}\n", "a 1.1 [3:51 1.1]"},
		{"Crossplane", "apiVersion: pkg.crossplane.io/v1\nkind: Provider\nspec: {package: 'xpkg.upbound.io/a/b:v1.1.0'}\n", "xpkg.upbound.io/a/b v1.1.0 [3:38 v1.1.0]"},
		{"skaffold builds its artifacts", "apiVersion: skaffold/v4beta1\nkind: Config\nbuild: {artifacts: [{image: gcr.io/a/b:1.1}]}\ndeploy: {x: {image: c:1.2}}\n", "c 1.2 [4:23 1.2]"},
		{"kind's own configuration", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: worker\n  image: kindest/node:v1.27.3@" + sha + "\n", "kindest/node v1.27.3 digest=012345 [5:23 v1.27.3] [5:31 012345]"},
		{"JSON in YAML", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\": [{\"image\": \"a:1.1\"}]}}", "a 1.1 [1:74 1.1]"},
		{"UTF-16", "\xff\xfea\x00p\x00", "app.yaml  [1:1 ] skip=malformed"},
		{"a mark of the order of bytes", "\uFEFF" + pod("a:1.1"), "a 1.1 [5:14 1.1]"},
		{"not sure where the line ends", "apiVersion: v1\rkind: Pod\rspec: {containers: [{image: a:1.1}]}\r", "a 1.1 [1:56 1.1]"},
	} {
		if got := shown(c.src); got != c.want {
			t.Errorf("%s: %q:\n got %s\nwant %s", c.name, c.src, got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for file, want := range map[string]bool{"a.yaml": true, "deep/b.yml": true, ".yaml": false, "a.json": false, "a.yaml.tpl": false, "yaml": false} {
		if got := New(nil, nil, nil).Match(file); got != want {
			t.Errorf("Match(%q) = %t", file, got)
		}
	}
	for text, want := range map[string]bool{pod("a"): true, "on: push\njobs: {}\n": false, "": false, "kind: x": false} {
		if got := New(nil, nil, nil).Marked([]byte(text)); got != want {
			t.Errorf("Marked(%q) = %t", text, got)
		}
	}
}

// Input made to be slow is cut off, and what is not read is told.
func TestHostile(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("apiVersion: v1\nkind: Pod\nx0: &a0 {image: a:1.1}\n")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&bomb, "x%d: &a%d {<<: [%s]}\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 20), ","))
	}
	for name, c := range map[string]struct{ src, want string }{
		"bomb":      {bomb.String(), "a 1.1 [3:19 1.1]"},
		"self":      {"apiVersion: v1\nkind: Pod\nspec: &s {a: *s, containers: [{image: a:1.1}]}", "a 1.1 [3:41 1.1]"},
		"deep":      {"apiVersion: v1\nkind: Pod\nimage: " + strings.Repeat("[", 500) + strings.Repeat("]", 500), "limit"},
		"schemas":   {"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nimage: |\n" + strings.Repeat("  a line of a long description\n", 100_000) + "---\n" + pod("a:1.1"), "a 1.1 [100009:14 1.1]"},
		"documents": {strings.Repeat("---\n", 20000) + pod("a:1.1"), "limit"},
	} {
		if got := shown(c.src); got != c.want && !(c.want == "limit" && strings.Contains(got, "skip=limit")) {
			t.Errorf("%s: %.300s", name, got)
		}
	}
}
