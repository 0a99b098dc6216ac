package bake

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

const (
	sha   = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	other = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

func TestFiles(t *testing.T) {
	for _, c := range []struct{ file, src, want string }{
		{"docker-bake.hcl", "target \"x\" {\n  contexts = {\n    base = \"docker-image://alpine:3.18\" # why\n    src = \"../src\"\n    other = \"target:base\"\n  }\n}\n", "alpine 3.18 [3:35 3.18]"},
		{"docker-bake.hcl", "variable \"V\" {\n  default = \"1.21\"\n}\ntarget \"x\" {\n  contexts = { go = \"docker-image://golang:${V}-alpine\", no = \"docker-image://a:${N}\" }\n}\n",
			"golang 1.21-alpine [2:14 1.21] after=-alpine nodigest\na ${N} [5:81 ${N}] skip=variable"},
		{"docker-bake.hcl", "V = \"1.21\"\ntarget \"x\" { contexts = { go = \"docker-image://golang:${V}\" } }\n", "golang 1.21 [1:6 1.21] nodigest"},
		{"docker-bake.hcl", "target \"x\" {\n  args = { BASE_IMAGE = \"alpine:3.18@" + sha + "\", \"RUN_IMAGE\" = \"b:1.1\", GO = \"1.21\", IMAGE = \"name\", N = 3 }\n}\n",
			"alpine 3.18 digest=012345 [2:33 3.18] [2:38 012345]\nb 1.1 [2:129 1.1]"},
		{"docker-bake.hcl", "target \"x\" {\n  contexts = { a = \"docker-image://alpine@" + sha + "\" # v3.18\n  }\n}\n", "alpine v3.18 digest=012345 [2:43 012345] comment=v3.18"},
		{"docker-bake.hcl", "target \"x\" {\n  // freshpin: ignore\n  contexts = { a = \"docker-image://alpine:3.18\" }\n}\n", "alpine 3.18 [3:43 3.18] ignored"},
		{"docker-bake.hcl", "target \"x\" {\n  contexts = merge(y, {a = \"docker-image://alpine:3.18\"})\n  tags = [\"acme/app:1.0\"]\n}\ngroup \"default\" { targets = [\"x\"] }\n", ""},
		{"docker-bake.hcl", "target \"x\" {\n  contexts = { a = \"docker-image://alp\\u0069ne:3.18\", b = \"docker-image://${lower(\"A\")}:1\" }\n}\n",
			"alpine 3.18 [2:48 3.18] skip=unsupported\n${lower(\"A\")}:1  [2:75 ${lower(\"A\")}:1] skip=variable"},
		{"docker-bake.hcl", "target \"x\" {\n  contexts = {\n", "malformed"},
		{"docker-bake.hcl", "a = " + strings.Repeat("[", 5000), "limit"},
		{"docker-bake.hcl", "a = " + strings.Repeat("!", 5000), "operators"},
		{"docker-bake.json", `{"variable": {"V": {"default": "1.21"}}, "target": {"x": {"contexts": {"go": "docker-image://golang:${V}", "a": "docker-image://alpine:3.18"}, "args": {"IMAGE": "b:1.1"}}}}`,
			"golang 1.21 [1:33 1.21] nodigest\nalpine 3.18 [1:136 3.18]\nb 1.1 [1:165 1.1]"},
		{"docker-bake.json", "{", "malformed"},
	} {
		got := ecosystemtest.Shown(New(nil), fstest.MapFS{c.file: {Data: []byte(c.src)}}, c.file)
		if got != c.want && !(len(c.want) < 20 && !strings.Contains(c.want, "[") && c.want != "" && (strings.Contains(got, c.want) || strings.Contains(got, "skip=limit"))) {
			t.Errorf("%.300s:\n got %.400s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for file, want := range map[string]bool{"docker-bake.hcl": true, "a/docker-bake.override.hcl": true, "docker-bake.json": true, "ci.bake.hcl": true, "main.hcl": false, "bake.go": false, "docker-bake.yaml": false} {
		if got := New(nil).Match(file); got != want {
			t.Errorf("Match(%q) = %t", file, got)
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

var targets = []string{
	"target \"a\" {\n  contexts = { a = \"docker-image://a:1.1\" }\n}\n", "target \"b\" {\n  contexts = { b = \"docker-image://b:1.2@" + sha + "\" # why\n  }\n}\n", "target \"c\" { contexts = { c = \"docker-image://c:${V}\" } }\n",
	"target \"d\" {\n  args = { D_IMAGE = \"d:${V}-slim\", IMAGE = \"e:1.3\" }\n}\n", "target \"f\" { contexts = { f = \"docker-image://f:${W}\" } }\n", "target \"g\" { contexts = { g = \"docker-image://g@" + sha + "\" } }\n",
}

func TestEditsReadBack(t *testing.T) {
	ecosystemtest.Generated(t, New(nil), "docker-bake.hcl", "variable \"V\" { default = \"9.9\" }\n", targets, another)
}

func FuzzExtract(f *testing.F) {
	ecosystemtest.Fuzzed(f, New(nil), "docker-bake.hcl", append(targets, "V = \"1\"\ntarget \"x\" { contexts = { a = \"docker-image://a:${V}\" } }\n"), another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }
