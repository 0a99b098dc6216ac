package rules

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"pgregory.net/rapid"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
)

// readable reports whether BuildKit's parser reads a file.
func readable(src string) bool {
	_, err := parser.Parse(strings.NewReader(src))
	return err == nil
}

// holdFixes holds each fix of a file to what it promises: the result is read by
// BuildKit where the file was, its finding is gone and no other, and nothing is
// left to be done a second time.
func holdFixes(t interface{ Errorf(string, ...any) }, repo fs.FS, file, src string) {
	before := judge(repo, file, src).Findings
	for _, f := range before {
		if !f.Fix.Writes() || len(f.Fix.Edits) == 0 {
			continue
		}
		data, err := ecosystems.Apply([]byte(src), f.Fix.Edits)
		if err != nil {
			t.Errorf("%s:%d %s: %v", file, f.Line, f.Rule, err)
			continue
		}
		if readable(src) && !readable(string(data)) {
			t.Errorf("%s:%d %s: BuildKit does not read\n%s", file, f.Line, f.Rule, data)
		}
		gone, added := compare(before, judge(repo, file, string(data)).Findings)
		if len(gone) != 1 || gone[0] != f.Identity() || len(added) > 0 {
			t.Errorf("%s:%d %s: the fix silences %v and adds %v\n%s\nbecomes\n%s", file, f.Line, f.Rule, gone, added, src, data)
		}
	}
	again := func(_, src string) []check.Finding { return judge(repo, file, src).Findings }
	once := check.ApplyFixes(before, true, map[string]string{file: src}, again)
	mended, ok := once.Files[file]
	if !ok {
		return
	}
	if readable(src) && !readable(mended) {
		t.Errorf("%s: BuildKit does not read\n%s", file, mended)
	}
	twice := check.ApplyFixes(slices.DeleteFunc(again(file, mended), func(f check.Finding) bool { return f.Fix != nil && len(f.Fix.Files) > 0 }), true, map[string]string{file: mended}, again)
	if len(twice.Files) > 0 {
		t.Errorf("%s: mended twice:\n%s\nthen\n%s", file, mended, twice.Files[file])
	}
}

// compare returns the identities that are gone, and those that came. What is for information, and one a file, may come along.
func compare(before, after []check.Finding) (gone, added []string) {
	left := map[string]int{}
	for _, f := range before {
		left[f.Identity()]++
	}
	for _, f := range after {
		left[f.Identity()]--
	}
	for id, n := range left {
		switch {
		case n > 0:
			gone = append(gone, id)
		case n < 0 && !strings.Contains(id, " user-by-name "): // strict: of a user whose id is not known
			added = append(added, id)
		}
	}
	return gone, added
}

// TestCorpusFixes holds all fixes of real Dockerfiles (FRESHPIN_CORPUS=FOLDER).
func TestCorpusFixes(t *testing.T) {
	n, unread := 0, 0
	corpus(t, func(repo fs.FS, file, src string) {
		n++
		if !readable(src) {
			unread++
		}
		holdFixes(t, repo, file, src)
	})
	t.Logf("%d files, of which BuildKit does not read %d", n, unread)
}

// pieces are lines that generated files are put together from, the ugly ones first.
var pieces = []string{
	"RUN set -e; \\\n  # why\n\n  pip install \\\n    'flask' \"redis\" uwsgi==1 \\\n    pip", "RUN <<E\npip install flask\ncurl -o /x https://x.y/1.2/x\nE",
	"RUN [\"pip\", \"install\", \"flask\"]", "RUN curl -fsSL -o /usr/bin/x https://x.y/v1.2.3/x", "ADD https://x.y/1.2/t.tgz /t.tgz", "ADD --chmod=755 \\\n  https://x.y/1.2/t.tgz /t.tgz",
	"ADD https://github.com/o/r.git#v1.2.3 /src", "LABEL org.opencontainers.image.name=x", "LABEL \"org.opencontainers.image.license\"=\"MIT\" \\\n  a=b", "USER root", "USER app",
	"RUN useradd -u 1000 app", "RUN adduser -D web && npm i -g yarn", "COPY . /app", "CMD [\"x\"]", "# starts it\nENTRYPOINT x", "EXPOSE 8080", "EXPOSE 80", "VOLUME /data", "WORKDIR /app",
	"COPY --from=busybox /bin/sh /bin/sh", "RUN --mount=from=alpine:latest,target=/x y", "ONBUILD RUN pip install flask", "ENV A=1 B=$A", "RUN apt-get update", "SHELL [\"/bin/bash\", \"-c\"]",
	"# freshpin: ignore root-user: here\nUSER root", "RUN gem install rake && cargo install ripgrep; go install example.com/x@latest", "HEALTHCHECK NONE", "RUN pip install flask && pip install flask",
}

var bases = []string{
	"FROM python", "FROM alpine:latest", "FROM node:22-alpine AS b", "FROM b", "FROM scratch", "FROM --platform=$BUILDPLATFORM golang", "FROM ${BASE}", "FROM debian:bookworm", "FROM \"ubuntu\"",
	"FROM gcr.io/distroless/static", "FROM x@" + sha, "FROM mcr.microsoft.com/dotnet/aspnet:8.0",
}

// TestGeneratedFixes holds all fixes of files put together at random.
func TestGeneratedFixes(t *testing.T) {
	repo := fstest.MapFS{".git/HEAD": {Data: []byte("x")}}
	rapid.Check(t, func(rt *rapid.T) {
		var lines []string
		if rapid.Bool().Draw(rt, "arg") {
			lines = append(lines, rapid.SampledFrom([]string{"ARG BASE=python", "ARG BASE=python:latest", "# syntax=docker/dockerfile:1", "ARG BASE"}).Draw(rt, "head"))
		}
		for range rapid.IntRange(1, 3).Draw(rt, "stages") {
			lines = append(lines, rapid.SampledFrom(bases).Draw(rt, "base"))
			lines = append(lines, rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 5).Draw(rt, "pieces")...)
		}
		eol := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(rt, "eol")
		src := strings.ReplaceAll(strings.Join(lines, "\n"), "\n", eol) + rapid.SampledFrom([]string{"", eol}).Draw(rt, "end")
		holdFixes(rt, repo, "Dockerfile", src)
	})
}
