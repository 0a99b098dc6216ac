package helm

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/chartpin"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/semver"
)

const (
	file  = "app/values.yaml"
	hex   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	sha   = "sha256:" + hex
	other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func TestValues(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		// In parts.
		{"image:\n  repository: nginx\n  tag: \"1.13\"\n", "nginx 1.13 [3:9 1.13] nodigest"},
		{"image:\n  registry: quay.io\n  repository: acme/app\n  tag: v1.2.3 # why\n  pullPolicy: Always\n", "quay.io/acme/app v1.2.3 [4:8 v1.2.3] nodigest"},
		{"image:\n  registry: registry.k8s.io\n  image: ingress/controller\n  tag: 'v1.2'\n  digest: " + sha + "\n", "registry.k8s.io/ingress/controller v1.2 digest=012345 [4:9 v1.2] [5:11 012345]"},
		{"image: {repository: a, tag: '1.1', digest: ''}\n", "a 1.1 [1:30 1.1] nodigest"},
		{"image: {repository: a, tag: '1.1', digest: null}\n", "a 1.1 [1:30 1.1] nodigest"},
		{"image: {repository: a, tag: '1.1', sha: " + hex + "}\n", "a 1.1 digest=012345 [1:30 1.1] [1:41 " + hex + "]"},
		{"image: {repository: a, tag: '1.1', sha: ''}\n", "a 1.1 [1:30 1.1] nodigest"},
		{"image:\n  repository: a\n  tag: '1.1'\n  digest: " + sha + "\n  digestChroot: " + sha + "\n", "a  [3:8 '1.1'] skip=unsupported"},
		{"image: {repository: a, tag: '', digest: " + sha + "}\n", "a  digest=012345 [1:41 012345] skip=no-tag"},
		{"image: {repository: a, tag: ''}\n", "a  [1:21 a] nodigest skip=unsupported"},
		{"image: {repository: a, pullPolicy: Always}\n", "a  [1:21 a] nodigest skip=unsupported"},
		{"global: {imageRegistry: r.io}\ninitImage: {repository: a/b}\nweb: {repository: c/d, pullPolicy: Always}\n", "r.io/a/b  [2:25 a/b] nodigest skip=unsupported\nr.io/c/d  [3:19 c/d] nodigest skip=unsupported"},
		{"image: {repository: '{{ .x }}'}\n", "{{ .x }}  [1:22 {{ .x }}] skip=variable"},
		{"image: {name: a}\nweb: {repository: c/d}\nlogoImage: {repository: 'a b'}\nimages: [{name: b, pullPolicy: Always}]\n", ""},
		{"image: {repository: a, tag: latest}\n", "a latest [1:29 latest] nodigest skip=unpinned"},
		{"image: {repository: a, tag: latest, digest: " + sha + "}\n", "a latest digest=012345 [1:29 latest] [1:45 012345]"},
		{"image: {repository: a, tag: 1.1@" + sha + "}\n", "a 1.1 digest=012345 [1:29 1.1] [1:33 012345]"},
		{"image: {repository: a, tag: 1.10}\n", "a 1.10 [1:29 1.10] skip=unsupported"},
		{"image: {repository: a, tag: 16}\n", "a 16 [1:29 16] nodigest"},
		{"image: {repository: a, tag: 1.1}\n", "a 1.1 [1:29 1.1] nodigest"},
		{"image: {repository: a, version: 1.1.1}\n", "a 1.1.1 [1:33 1.1.1] nodigest"},
		{"image: {name: a, tag: 1.1.1}\n", "a 1.1.1 [1:23 1.1.1] nodigest"},
		{"image: {repository: '{{ .x }}', tag: 1.1.1}\n", "{{ .x }}:1.1.1  [1:38 1.1.1] skip=variable"},
		{"image: {repository: a:1.2, tag: 1.1.1}\n", "a:1.2:1.1.1  [1:33 1.1.1] skip=unsupported"},
		{"image: {repository: a:1.2, tag: ''}\n", "a 1.2 [1:23 1.2]"},
		{"initImage: {repository: a, tag: 1.1.1}\ncontroller: {image: {repository: b, tag: 1.1.2}}\nsidecars: [{image: {repository: c, tag: 1.1.3}}]\n",
			"a 1.1.1 [1:33 1.1.1] nodigest\nb 1.1.2 [2:42 1.1.2] nodigest\nc 1.1.3 [3:41 1.1.3] nodigest"},
		{"web: {repository: a/b, tag: 1.1.1}\nrepository: c/d\ntag: 1.1.2\n", "a/b 1.1.1 [1:29 1.1.1] nodigest\nc/d 1.1.2 [3:6 1.1.2] nodigest"},
		{"git: {repository: https://x.io/a.git, tag: 1.1.1}\nssh: {repository: 'git@x.io:a/b', tag: 1.1.1}\n", ""},
		{"images: {web: {repository: a, tag: 1.1.1}, job: 'r.io/b:1.1.2', c: word}\n", "a 1.1.1 [1:36 1.1.1] nodigest\nr.io/b 1.1.2 [1:57 1.1.2]"},
		{"images: ['a:1.1', b]\n", "a 1.1 [1:13 1.1]"},
		// In one text, or a name with its tag beside it.
		{"image: nginx:1.13\ninitImage: 'r.io/a:1.1@" + sha + "'\n", "nginx 1.13 [1:14 1.13]\nr.io/a 1.1 digest=012345 [2:20 1.1] [2:24 012345]"},
		{"image: nginx\ntag: 1.13.1\n", "nginx 1.13.1 [2:6 1.13.1] nodigest"},
		{"web: {image: nginx, imageTag: 1.13.1}\n", "nginx 1.13.1 [1:31 1.13.1] nodigest"},
		{"image: nginx\nversion: 1.13.1\n", ""},
		{"web: {busyboxImage: busybox, busyboxTag: '1.36', init_image: a/b, init_image_tag: '1.1'}\n", "busybox 1.36 [1:43 1.36] nodigest\na/b 1.1 [1:84 1.1] nodigest"},
		{"web: {name: web, image: nginx, imagePullPolicy: Always, logoImage: x}\nimage: acme/app\npullPolicy: Always\n", "nginx  [1:25 nginx] nodigest skip=unpinned\nacme/app  [2:8 acme/app] nodigest skip=unpinned"},
		{"image: ''\nlogoImage: logo.png\nbackgroundImage: https://x.io/a:1\n", ""},
		{"image: '{{ .Values.x }}'\n", "{{ .Values.x }}  [1:9 {{ .Values.x }}] skip=variable"},
		// The registry of all images.
		{"global: {imageRegistry: r.io}\nimage: {registry: docker.io, repository: a/b, tag: 1.1.1}\nx: {image: {repository: c/d, tag: 1.1.2}}\ny: {image: {repository: ghcr.io/e/f, tag: 1.1.3}}\n",
			"r.io/a/b 1.1.1 [2:52 1.1.1] nodigest\nr.io/c/d 1.1.2 [3:35 1.1.2] nodigest\nghcr.io/e/f 1.1.3 [4:43 1.1.3] nodigest"},
		{"global: {imageRegistry: ''}\nimage: {registry: '', repository: a/b, tag: 1.1.1}\n", "a/b 1.1.1 [2:45 1.1.1] nodigest"},
		// The rest of YAML.
		{"x: &i {repository: a/b, tag: 1.1.1}\nimage: *i\nother: {image: {<<: *i, tag: 1.1.2}}\n", "a/b 1.1.1 [1:30 1.1.1] nodigest\na/b 1.1.2 [3:30 1.1.2] nodigest"},
		{"image: {repository: a, tag: 1.1.1} # freshpin: ignore\n", "a 1.1.1 [1:29 1.1.1] nodigest ignored"},
		{"image: [\n", "image: [  [1:1 image: [] skip=malformed"},
		{"image: {repository: [a], tag: {x: y}}\n", ""},
		{"", ""},
	} {
		if got := ecosystemtest.Shown(New(nil, nil), fstest.MapFS{file: {Data: []byte(c.src)}}, file); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// The appVersion of the chart is the tag of its main image where the templates say so, or where it is written twice.
func TestAppVersion(t *testing.T) {
	const takes = "image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"\n"
	for _, c := range []struct{ chart, template, values, want string }{
		{"appVersion: 1.2.3\n", takes, "image: {repository: a, tag: ''}\n", "a 1.2.3 [app/Chart.yaml:1:13 1.2.3] nodigest"},
		{"appVersion: 1.2.3\n", takes, "image: {repository: a}\n", "a 1.2.3 [app/Chart.yaml:1:13 1.2.3] nodigest"},
		{"appVersion: 1.2.3\n", "x: {{ .Chart.AppVersion }}\n", "image: {repository: a, tag: ''}\n", "a  [1:21 a] nodigest skip=unsupported"},
		{"appVersion: main\n", takes, "image: {repository: a, tag: ''}\n", "a main [app/Chart.yaml:1:13 main] nodigest skip=unpinned"},
		{"appVersion: '1.2.3'\n", "", "image: {repository: a, tag: v1.2.3}\n", "a v1.2.3 [1:29 v1.2.3] [app/Chart.yaml:1:14 1.2.3] nodigest"},
		{"appVersion: '1.2.3'\n", "", "image: {repository: a, tag: 1.2.3, digest: " + sha + "}\n", "a 1.2.3 digest=012345 [1:29 1.2.3] [1:44 012345] [app/Chart.yaml:1:14 1.2.3]"},
		{"appVersion: '1.2.4'\n", "", "image: {repository: a, tag: 1.2.3}\nother: {image: {repository: b, tag: 1.2.4}}\n", "a 1.2.3 [1:29 1.2.3] nodigest\nb 1.2.4 [2:37 1.2.4] nodigest"},
		{"name: x\n", takes, "image: {repository: a, tag: ''}\n", "a  [1:21 a] nodigest skip=unsupported"},
	} {
		repo := fstest.MapFS{file: {Data: []byte(c.values)}, "app/Chart.yaml": {Data: []byte(c.chart)}, "app/templates/d.yaml": {Data: []byte(c.template)}}
		if got := ecosystemtest.Shown(New(nil, nil), repo, file); got != c.want {
			t.Errorf("%q, %q:\n got %s\nwant %s", c.chart, c.values, got, c.want)
		}
	}
}

func TestDependencies(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"dependencies:\n- name: redis\n  version: 17.1.2\n  repository: https://charts.x.io/stable/\n", "redis 17.1.2 [3:12 17.1.2] nodigest index=https://charts.x.io/stable"},
		{"dependencies: [{name: a, version: '1.1.1', repository: 'oci://ghcr.io/acme/charts'}]\n", "a 1.1.1 [1:36 1.1.1] nodigest index=oci"},
		{"dependencies: [{name: a, version: ~1.1.1, repository: 'https://x.io'}, {name: b, version: 1.1, repository: 'https://x.io'}]\n",
			"a ~1.1.1 [1:35 ~1.1.1] nodigest index=https://x.io\nb 1.1 [1:91 1.1] nodigest index=https://x.io"},
		{"dependencies: [{name: a, version: '>=1.2 <2', repository: 'https://x.io'}, {name: b, version: '*', repository: 'https://x.io'}, {name: c, version: 'x y', repository: 'https://x.io'}, {name: d, version: '{{ .v }}', repository: 'https://x.io'}]\n",
			"a >=1.2 <2 [1:36 >=1.2 <2] nodigest index=https://x.io\nb * [1:96 *] nodigest index=https://x.io skip=unsupported\nc x y [1:149 x y] nodigest index=https://x.io skip=malformed\nd {{ .v }} [1:204 {{ .v }}] nodigest index=https://x.io skip=variable"},
		{"dependencies: [{name: a, version: 1.1.1, repository: 'file://../a'}, {name: b, version: 1.1.1}, {name: c, version: 1.1.1, repository: '@x'}, {name: d, version: 1.1.1, repository: 'https://u:p@x.io'}]\n",
			"a 1.1.1 [1:35 1.1.1] nodigest skip=path\nb 1.1.1 [1:89 1.1.1] nodigest skip=path\nc 1.1.1 [1:116 1.1.1] nodigest skip=url\nd 1.1.1 [1:161 1.1.1] nodigest skip=url"},
		{"dependencies: [{name: a, version: 1.1.1+x, repository: 'oci://r.io/c'}, {name: b, version: 1.1.1-rc.1, repository: 'oci://r.io/c'}]\n",
			"a 1.1.1+x [1:35 1.1.1+x] nodigest index=oci\nb 1.1.1-rc.1 [1:92 1.1.1-rc.1] nodigest index=oci"},
		{"dependencies: [{name: a}, {version: 1.1.1}]\n", ""},
	} {
		if got := ecosystemtest.Shown(New(nil, nil), fstest.MapFS{"Chart.yaml": {Data: []byte(c.src)}}, "Chart.yaml"); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// A lock beside the chart holds what it names.
// What holds a chart: a lock that is not that of the chart, and archives of charts.
func TestLimit(t *testing.T) {
	const chart = "dependencies: [{name: a, version: 1.1.1, repository: 'https://x.io'}, {name: b, version: 1.1.1, repository: 'https://x.io'}]\n"
	for _, c := range []struct{ file, data, want string }{
		{"none", "", ""},
		{"Chart.lock", "dependencies:\n- name: a\n  repository: https://x.io\n  version: 1.1.1\ndigest: sha256:0\n", "Chart.lock names it too, and only helm dependency update renews both together: its digest is not that of the dependencies"},
		{"Chart.lock", "[", "Chart.lock is not one document"},
		{"Chart.lock", "dependencies: [1]", "Chart.lock is not as Helm has it"},
		{"charts/a-1.1.1.tgz", "", "the chart stands in charts too, and only helm dependency update brings another one"},
		{"charts/a/Chart.yaml", "", "the chart stands in charts too, and only helm dependency update brings another one"},
		{"charts/a-b-1.1.1.tgz", "", ""},
	} {
		repo := fstest.MapFS{"Chart.yaml": {Data: []byte(chart)}, c.file: {Data: []byte(c.data)}}
		list, err := New(nil, nil).Extract(repo, "Chart.yaml")
		if err != nil || len(list) != 2 {
			t.Fatalf("%v, %v", list, err)
		}
		got := ""
		if limit := New(nil, nil).Limit(list[0]); limit != nil {
			got = limit(dockertag.Parse("1.2.0"))
		}
		if !strings.Contains(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s %q: %q, want %q", c.file, c.data, got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for name, want := range map[string]bool{"values.yaml": true, "a/values-prod.yml": true, "prod.values.yaml": true, "prod-values.yaml": true, "values.schema.json": false, "myvalues.yaml": false, "Chart.yaml": true, "requirements.yaml": true, "Chart.lock": false, "chart.yaml": false} {
		if got := New(nil, nil).Match(name); got != want {
			t.Errorf("Match(%q) = %t", name, got)
		}
	}
}

func another(d ecosystems.Dependency) ecosystems.Target {
	if d.Package.Kind == chartpin.Word {
		return newChart(d)
	}
	text := "77.80"
	if d.Pin.Text != "" && d.Pin.Text[0] == 'v' {
		text = "v" + text
	}
	to := ecosystems.Target{Version: dockertag.Parse(text)}
	if d.Pin.NoDigest == "" {
		to.Digest = other
	}
	if d.Pin.Text == "" && d.Pin.NoDigest != "" {
		return ecosystems.Target{}
	}
	return to
}

var pieces = []string{
	"image:\n  repository: a\n  tag: 1.1\n", "web:\n  image:\n    repository: b\n    tag: 'v1.2' # why\n    digest: " + sha + "\n", "initImage: {registry: r.io, repository: c, tag: \"1.3\", sha: " + hex + "}\n", "dImage: d:1.4\n",
	"e: {image: 'e:1.5@" + sha + "'}\n", "f: {image: {repository: f, tag: ''}}\n", "g: {image: {repository: g, tag: '1.6', digest: ''}}\n", "h: {image: {repository: '{{ .x }}', tag: 2}}\n", "images: [i:1.7, {repository: j, tag: 1.8@" + sha + "}]\n",
	"k: {image: {repository: k, tag: 3}}\n", "l: &l {repository: l/l, tag: 1.9.1}\n",
}

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil, nil), file, "# values\n", pieces, another)
	for _, chart := range []string{"appVersion: 1.1.1\n", "appVersion: 'v1.1.1'\r\n"} {
		files := map[string]string{file: "image: {repository: a, tag: v1.1.1, digest: " + sha + "}\n", "app/Chart.yaml": chart}
		if err := ecosystemtest.ReadBack(New(nil, nil), files, file, another); err != nil {
			t.Error(err)
		}
	}
}

func FuzzExtract(f *testing.F) {
	ecosystemtest.Fuzzed(f, New(nil, nil), "values.yaml", pieces, another)
}

// charts are dependencies of a chart in every shape that is moved.
var charts = []string{
	"- name: a\n  version: 1.1.1\n  repository: https://x.io\n", "- {name: b, version: 'v1.1.2', repository: 'oci://r.io/c'}\n", "- name: c\n  version: ~1.1.3 # why\n  repository: https://x.io\n",
	"- {name: d, version: \"^1.4\", repository: 'https://x.io'}\n", "- {name: e, version: 1.x, repository: 'https://x.io'}\n", "- {name: f, version: '>=1.5.0 <2.0.0', repository: 'https://x.io'}\n", "- {name: g, version: 1.1.6+x, repository: 'oci://r.io/c'}\n",
}

func newChart(ecosystems.Dependency) ecosystems.Target {
	v, _ := semver.Parse("7.8.9")
	return ecosystems.Target{Version: v}
}

func TestChartEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil, nil), "app/Chart.yaml", "dependencies:\n", charts, newChart)
}

func FuzzChart(f *testing.F) {
	seeds := []string{}
	for _, c := range charts {
		seeds = append(seeds, "dependencies:\n"+c)
	}
	ecosystemtest.Fuzzed(f, New(nil, nil), "Chart.yaml", seeds, newChart)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil, nil), another) }
