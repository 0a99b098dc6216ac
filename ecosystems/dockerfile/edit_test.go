package dockerfile

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

func edited(t interface {
	Helper()
	Fatalf(string, ...any)
}, src string, d ecosystems.Dependency, to ecosystems.Target) string {
	t.Helper()
	edits, err := New(nil).Edit(d, to)
	if err != nil {
		t.Fatalf("Edit(%s) in %q: %v", d.Name, src, err)
	}
	out, err := ecosystems.Apply([]byte(src), edits)
	if err != nil {
		t.Fatalf("Apply to %q: %v", src, err)
	}
	return string(out)
}

func TestEdit(t *testing.T) {
	for _, c := range []struct{ src, tag, digest, want string }{
		{"FROM python:3.6", "3.7", "", "FROM python:3.7"},
		{"FROM python:3.6", "3.7", new, "FROM python:3.7@" + new},
		{"FROM python:3.6", "3.6", new, "FROM python:3.6@" + new},
		{"FROM python:3.6@" + sha + " AS x\r\n", "3.6.1", new, "FROM python:3.6.1@" + new + " AS x\r\n"},
		{"FROM python", "", new, "FROM python@" + new},
		{"FROM python", "3.7", new, "FROM python:3.7@" + new},
		{"FROM python:latest", "", new, "FROM python:latest@" + new},
		{"ARG V=3.6 # c\nFROM python:${V}-slim", "3.7-slim", new, "ARG V=3.7 # c\nFROM python:${V}-slim"},
		{"ARG V=3.6\nFROM python:${V}", "3.7", new, "ARG V=3.7@" + new + "\nFROM python:${V}"},
		{"ARG B=\"python:3.6@" + sha + "\"\nFROM $B", "3.7", new, "ARG B=\"python:3.7@" + new + "\"\nFROM $B"},
		{"ARG V=v3.6\nFROM a:${V#v}", "3.7", new, "ARG V=v3.7\nFROM a:${V#v}"},
		{"# 16.7\nFROM postgres@" + sha, "16.8", new, "# 16.8\nFROM postgres@" + new},
		{"# 3.6\nFROM python:3.6@" + sha, "3.7", new, "# 3.7\nFROM python:3.7@" + new},
		{"FROM python:3.6@" + sha, "3.6", "", "FROM python:3.6@" + sha},
		{"ARG V=3.6\nARG S=slim\nFROM python:${V}-${S}", "3.7-slim", "", "ARG V=3.7\nARG S=slim\nFROM python:${V}-${S}"},
		{"ARG V=3.6\nARG D=" + sha + "\nFROM python:$V-slim@$D", "3.7-slim", new, "ARG V=3.7\nARG D=" + new + "\nFROM python:$V-slim@$D"},
		{"ARG H=" + sha[7:] + "\nFROM python:3.6@sha256:$H", "3.7", new, "ARG H=" + new[7:] + "\nFROM python:3.7@sha256:$H"},
	} {
		d := Read("Dockerfile", c.src)[0]
		got := edited(t, c.src, d, ecosystems.Target{Version: dockertag.Parse(c.tag), Digest: c.digest})
		if got != c.want {
			t.Errorf("%q to %s: %q, want %q", c.src, c.tag, got, c.want)
		}
	}
}

func TestEditRefuses(t *testing.T) {
	for _, c := range []struct{ src, tag, digest, want string }{
		{"FROM python:3.6@" + sha, "3.7", "", "must not stay"},
		{"ARG V=3.6\nFROM python:${V}-slim", "3.7", "", "does not fit"},
		{"ARG V=3.6\nFROM python:${V}-slim", "-slim", "", "does not fit"},
		{"FROM python:$V", "3.7", "", "it is skipped"},
		{"ARG R=r.io\nFROM ${R}/python", "3.7", "", "put together from pieces"},
		{"FROM python:3.6", "3.7 AS x", "", "is not a tag"},
		{"FROM python:3.6", "3.7", "sha256:12", "digits"},
	} {
		d := Read("Dockerfile", c.src)[0]
		_, err := New(nil).Edit(d, ecosystems.Target{Version: dockertag.Parse(c.tag), Digest: c.digest})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Edit(%q, %s): %v, want an error with %q", c.src, c.tag, err, c.want)
		}
	}
}

// parts are lines that a Dockerfile may have, some of them odd.
var parts = []string{
	"FROM python:3.6", "FROM app:1.2.3 AS app", "FROM --platform=linux/arm64 a.b:5000/x:1.0", "from \"q:2\" as Q",
	"FROM python:${PY}", "FROM python:$PY-slim", "FROM other:v${PY}", "FROM ${BASE}", "FROM ${BASE} AS b", "FROM node:${NODE:-12.1}",
	"FROM z@" + sha, "# 9.1\nFROM y@" + sha, "FROM x:4.5@" + sha, "FROM scratch", "FROM app", "FROM nothing:$NONE", "FROM latest:latest",
	"COPY --from=copy:1.1 / /", "RUN --mount=type=bind,from=mnt:2.2 x", "RUN \\\n # c\n --mount=from=deep:3.3 y", "ONBUILD COPY --from=on:4.4 / /",
	"RUN <<E\nFROM heredoc:1\nE", "# comment", "", "  ", "ENV A=b", "LABEL x=$PY", "WHAT is this", "FROM tpl:{{ x }}", "FROM Bad:1",
}

func drawFile(t *rapid.T) string {
	lines := []string{"ARG PY=3.6", "ARG BASE='base:1.5'"}
	lines = append(lines, rapid.SliceOfN(rapid.SampledFrom(parts), 1, 12).Draw(t, "lines")...)
	src := strings.Join(lines, "\n")
	if rapid.Bool().Draw(t, "final newline") {
		src += "\n"
	}
	if rapid.Bool().Draw(t, "CRLF") {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	if rapid.Bool().Draw(t, "BOM") {
		src = byteOrderMark + src
	}
	return src
}

// An edit, read back, changes its dependency and those that share its place, and nothing else.
func TestEditReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := drawFile(t)
		before := Read("Dockerfile", src)
		for n, d := range before {
			if !d.Skip.IsZero() {
				continue
			}
			to := ecosystems.Target{Version: dockertag.Parse(d.Pin.Before + "77.8" + d.Pin.After), Digest: new}
			out := edited(t, src, d, to)
			after := Read("Dockerfile", out)
			if len(after) != len(before) {
				t.Fatalf("%q became %q: %d dependencies, not %d", src, out, len(after), len(before))
			}
			for m := range after {
				checkRead(t, before[m], after[m], d, m == n, to)
			}
		}
	})
}

func checkRead(t *rapid.T, was, is, moved ecosystems.Dependency, target bool, to ecosystems.Target) {
	shares := was.At[0] == moved.At[0]
	switch {
	case target && is.Pin.Text != to.Version.Text,
		target && is.Pin.Digest != "" != (moved.Pin.NoDigest == "" || moved.Pin.Digest != ""),
		shares && is.Pin.Text != is.Pin.Before+"77.8"+is.Pin.After:
		t.Fatalf("%s became %s@%s, want %s", was.Name, is.Pin.Text, is.Pin.Digest, to.Version.Text)
	case !shares && (was.Name != is.Name || was.Pin.Text != is.Pin.Text || was.Pin.Digest != is.Pin.Digest || was.Skip != is.Skip):
		t.Fatalf("the edit of %s changed %+v to %+v", moved.Name, was, is)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		path string
		want bool
	}{
		{"Dockerfile", true}, {"a/b/Dockerfile.prod", true}, {"api.Dockerfile", true}, {"x.dockerfile", true}, {"dockerfile", true},
		{"Containerfile", true}, {"Containerfile.dev", true}, {"Dockerfile.dockerignore", false}, {"Dockerfiles/readme.md", false},
		{"MyDockerfile", false}, {"a.containerfile", true}, {"dockerfile.go", false}, {"Containerfile.containerignore", false},
		// case 15-dockerfile-dash-name
		{"Dockerfile-worker", true}, {"docker/Dockerfile_ci", true}, {"Containerfile-worker", true}, {"Containerfile_ci", true},
		{"dockerfile-x", true}, {"DOCKERFILE", true}, {"app.DockerFile", true}, {"x.Containerfile", true}, {"Dockerfile2", true}, {"DockerfileDev", true},
		{"Dockerfile.j2", true}, {"Dockerfile.template", true}, {"Dockerfile.go", true}, {"Dockerfile-build.dev", true},
		{"Dockerfiles", false}, {"dockerfile_test.go", false}, {"DockerfileParser.java", false}, {"dockerfile-utils.py", false},
		{"Dockerfile.md", false}, {"Dockerfile~", false}, {"Dockerfile.orig", false}, {".dockerignore", false}, {"Dockerfile-lint.yml", false},
	} {
		if got := New(nil).Match(c.path); got != c.want {
			t.Errorf("Match(%q) = %v", c.path, got)
		}
	}
}

func TestExtractOddFiles(t *testing.T) {
	repo := fstest.MapFS{
		"empty/Dockerfile":    {},
		"binary/Dockerfile":   {Data: []byte("\x7fELF\x00\x01")},
		"large/Dockerfile":    {Data: []byte(strings.Repeat("# x\n", 1<<19))},
		"folder/Dockerfile/x": {},
		"latin/Dockerfile":    {Data: []byte("# caf\xe9\nFROM a:1\nLABEL x=\xff\nRUN <<E \xe9\n\xe9\nE\n")},
	}
	for file, want := range map[string]string{
		"empty": "", "binary": "malformed not a text file in UTF-8", "large": "malformed larger than 1048576 bytes", "folder": "", "latin": " ",
	} {
		list, err := New(nil).Extract(repo, file+"/Dockerfile")
		if err != nil {
			t.Errorf("Extract(%s): %v", file, err)
		}
		var got []string
		for _, d := range list {
			got = append(got, d.Skip.Code+" "+d.Skip.Text)
		}
		if diff := cmp.Diff(want, strings.Join(got, ",")); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
	if _, err := New(nil).Extract(repo, "none/Dockerfile"); err == nil {
		t.Error("a file that is not there is no error")
	}
}

func TestPythonOf(t *testing.T) {
	repo := fstest.MapFS{
		"Dockerfile":         {Data: []byte("FROM python:3.9-slim")},
		"api/Dockerfile":     {Data: []byte("ARG V=3.11\nFROM python:${V}-slim AS b\nFROM b")},
		"node/Dockerfile":    {Data: []byte("FROM node:12")},
		"two/Dockerfile":     {Data: []byte("FROM python:3.9\nFROM python:3.10.2")},
		"copy/Dockerfile":    {Data: []byte("FROM x:1\nCOPY --from=python:3.7 / /")},
		"dev/Dockerfile.dev": {Data: []byte("FROM docker.io/library/python:3.12.1")},
		"major/Dockerfile":   {Data: []byte("FROM python:3")},
	}
	for file, want := range map[string]string{
		"requirements.txt": "3.9", "api/requirements.txt": "3.11", "api/deep/er/requirements.txt": "3.11", "node/requirements.txt": "3.9",
		"two/requirements.txt": "", "copy/requirements.txt": "3.9", "dev/r.txt": "3.12", "major/r.txt": "3.9", "gone/r.txt": "3.9",
	} {
		if got := PythonOf(repo, file); got != want {
			t.Errorf("PythonOf(%q) = %q, want %q", file, got, want)
		}
	}
}
