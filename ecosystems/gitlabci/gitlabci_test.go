package gitlabci

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

const (
	file  = ".gitlab-ci.yml"
	sha   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func TestPipelines(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"image: node:18.1\n", "node 18.1 [1:13 18.1]"},
		{"default:\n  image: {name: 'node:18.1', entrypoint: ['']}\n  services: [postgres:15.1, {name: \"redis:7.0\", alias: r}]\n", "node 18.1 [2:23 18.1]\npostgres 15.1 [3:23 15.1]\nredis 7.0 [3:43 7.0]"},
		{"test:\n  image: node:18.1@" + sha + "\n  script: [image: x]\n.hidden:\n  image: alpine\n", "node 18.1 digest=012345 [2:15 18.1] [2:20 012345]\nalpine  [5:10 alpine] skip=unpinned"},
		{"variables: {V: '18.1'}\ntest: {image: 'node:$V'}\nlint: {image: 'node:${V}-alpine'}\n", "node 18.1 [1:17 18.1] nodigest\nnode 18.1-alpine [1:17 18.1] after=-alpine nodigest"},
		{"variables: {V: {value: '18.1', description: x}}\ntest: {image: 'node:$V'}\n", "node 18.1 [1:25 18.1] nodigest"},
		{"variables: {V: '18.1'}\ntest: {image: 'node:$V', variables: {V: '16.1'}}\n", "node $V [2:21 $V] skip=variable"},
		{"test: {image: $CI_REGISTRY_IMAGE/app:1.1}\n", "$CI_REGISTRY_IMAGE/app:1.1  [1:15 $CI_REGISTRY_IMAGE/app:1.1] skip=variable"},
		{"test: {image: '${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/node:18.1'}\n", "docker.io/node 18.1 [1:63 18.1]"},
		{"test: {image: '$[[ inputs.image ]]:1.1'}\n", "$[[ inputs.image ]]:1.1  [1:16 $[[ inputs.image ]]:1.1] skip=variable"},
		{"spec: {inputs: {x: {}}}\n---\ntest: {image: node:18.1}\n", "node 18.1 [3:20 18.1]"},
		{"test: {image: !reference [.x, image], services: !reference [.x, services]}\n.x: {image: a:1.1, services: [!reference [.y, services], b:1.2]}\n", "a 1.1 [2:15 1.1]\nb 1.2 [2:60 1.2]"},
		{".b: &b {image: a:1.1}\nx: {<<: *b}\ny: {<<: *b, image: b:1.2}\n", "a 1.1 [1:18 1.1]\nb 1.2 [3:22 1.2]"},
		{"test: {image: {docker: {platform: x}}}\n", ""},
		{"image: [a:1.1]\n", "[a:1.1]  [1:8 [a:1.1]] skip=malformed"},
		{"image: node:18.1 # freshpin: ignore\n", "node 18.1 [1:13 18.1] ignored"},
		{"- image: node:18.1\n", ""},
		{"test:\n  - image: [\n", "- image: [  [2:3 - image: [] skip=malformed"},
	} {
		if got := ecosystemtest.Shown(New(nil), fstest.MapFS{file: {Data: []byte(c.src)}}, file); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestFollow(t *testing.T) {
	repo := fstest.MapFS{
		"ci/a.yml": {}, "ci/b.yaml": {}, "ci/c.txt": {}, "d.yml": {}, "e.yml": {}, "f.yml": {},
		file: {Data: []byte("include:\n- ci/*\n- local: /d.yml\n- 'https://x.io/e.yml'\n- {project: p, file: /e.yml}\n- {local: ../f.yml}\n- {local: /gone.yml}\n- {local: $X.yml}\n- " + file + "\n")},
	}
	if got, want := New(nil).Follow(repo, file), []string{"ci/a.yml", "ci/b.yaml", "d.yml"}; !slices.Equal(got, want) {
		t.Errorf("it leads to %q, want %q", got, want)
	}
	for src, want := range map[string]int{"include: d.yml\n": 1, "include: {local: d.yml}\n": 1, "include: [[d.yml]]\n": 0, "include: [\n": 0} {
		repo[file] = &fstest.MapFile{Data: []byte(src)}
		if got := New(nil).Follow(repo, file); len(got) != want {
			t.Errorf("%q leads to %q", src, got)
		}
	}
}

func another(d ecosystems.Dependency) ecosystems.Target {
	to := ecosystems.Target{Version: dockertag.Parse(d.Pin.Before + "77.8" + d.Pin.After)}
	if d.Pin.NoDigest == "" {
		to.Digest = other
	}
	return to
}

var jobs = []string{
	"a: {image: a:1.1}\n", "b:\n  image: 'b:1.2' # why\n", "c:\n  image:\n    name: \"c:1.3@" + sha + "\"\n", "d: {services: [d:1.4, {name: d2:1.5}]}\n", "e: {image: 'e:$V'}\n", "f: {image: $X}\n",
	"g: {image: 'g:${V}-slim'}\n", "h: &h {image: h:1.6}\n", "i: {image: !reference [a, image]}\n",
}

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil), file, "variables:\n  V: '9.9'\n", jobs, another)
}

func FuzzExtract(f *testing.F) {
	ecosystemtest.Fuzzed(f, New(nil), file, append(jobs, "variables: {V: {value: 1.1}}\na: {image: x:$V}\n"), another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }
