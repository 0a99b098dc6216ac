package devcontainer

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

const (
	file  = ".devcontainer/devcontainer.json"
	sha   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func TestContainers(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`{"image": "mcr.microsoft.com/devcontainers/go:1.21"}`, "mcr.microsoft.com/devcontainers/go 1.21 [1:47 1.21]"},
		{"// why\n{\n  /* x */ \"image\": \"node:18.1@" + sha + "\", // freshpin: ignore\n}\n", "node 18.1 digest=012345 [3:26 18.1] [3:31 012345] ignored"},
		{`{"image": "node:18\u002e1"}`, "node 18.1 [1:12 node:18\\u002e1] skip=unsupported"},
		{`{"image": "node:${localEnv:V}"}`, "node ${localEnv:V} [1:17 ${localEnv:V}] skip=variable"},
		{`{"image": ["a:1"], "build": {"dockerfile": "Dockerfile"}}`, ""},
		{`{"features": {"ghcr.io/devcontainers/features/go:1.2.3": {"version": "1.21"}, "./local": {}, "docker-in-docker": "latest", "https://x.io/f.tgz": {}, "ghcr.io/a/b": {}}}`,
			"ghcr.io/devcontainers/features/go 1.2.3 [1:50 1.2.3] nodigest\nghcr.io/a/b  [1:151 ghcr.io/a/b] nodigest skip=unpinned"},
		{`{"features": {"ghcr.io/a/b@` + sha + `": {}}}`, "ghcr.io/a/b  digest=012345 [1:28 012345] nodigest skip=no-tag"},
		{`{"features": ["ghcr.io/a/b:1"]}`, ""},
		{"{\n  \"image\": \"a:1\n}", "}  [3:1 }] skip=malformed"},
		{`"image"`, ""},
		{"", "[1:1 ] skip=malformed"},
		{strings.Repeat("[", 5000), "limit"},
		{"\uFEFF{\"image\": \"node:18.1\"}", "node 18.1 [1:20 18.1]"},
	} {
		got := ecosystemtest.Shown(New(nil), fstest.MapFS{file: {Data: []byte(c.src)}}, file)
		if got != c.want && !(c.want == "limit" && strings.Contains(got, "skip=limit")) {
			t.Errorf("%.200q:\n got %.300s\nwant %s", c.src, got, c.want)
		}
	}
}

// A lock holds the features, not the image.
func TestLock(t *testing.T) {
	repo := fstest.MapFS{file: {Data: []byte(`{"image": "a:1.1", "features": {"ghcr.io/a/b:1.1.1": {}}}`)}, ".devcontainer/devcontainer-lock.json": {Data: []byte("{}")}}
	list, err := New(nil).Extract(repo, file)
	if err != nil || len(list) != 2 || New(nil).Limit(list[0]) != nil || New(nil).Limit(list[1]) == nil {
		t.Fatalf("%v, %v", list, err)
	}
	if why := New(nil).Limit(list[1])(dockertag.Parse("1.1.2")); !strings.Contains(why, "lock") {
		t.Errorf("it says %q", why)
	}
}

func another(d ecosystems.Dependency) ecosystems.Target {
	if d.Pin.Text == "" && d.Pin.Digest == "" && d.Pin.NoDigest != "" {
		return ecosystems.Target{} // a feature without a version has no place for one
	}
	to := ecosystems.Target{Version: dockertag.Parse("77.8.9")}
	if d.Pin.NoDigest == "" {
		to.Digest = other
	}
	return to
}

var members = []string{
	"  \"image\": \"a:1.1\",\n", "  // why\n  \"image\": \"b:1.2@" + sha + "\",\n", "  \"features\": {\n    \"ghcr.io/a/f:1.2.3\": {}, /* x */\n    \"ghcr.io/a/g:2\": {},\n  },\n", "  \"x\": {\"image\": \"no:1\"},\n",
	"  \"image\": \"c:${X}\",\n", "  \"image\": \"d\\u003a1.1\",\n",
}

func TestEditsReadBack(t *testing.T) {
	for n := range members {
		for m := range members {
			src := "{\n" + members[n] + members[m] + "}\n"
			if err := ecosystemtest.ReadBack(New(nil), map[string]string{file: src}, file, another); err != nil {
				t.Errorf("%q: %v", src, err)
			}
		}
	}
}

func FuzzExtract(f *testing.F) {
	var seeds []string
	for _, m := range members {
		seeds = append(seeds, "{\n"+m+"}\n")
	}
	ecosystemtest.Fuzzed(f, New(nil), file, seeds, another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }
