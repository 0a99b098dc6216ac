package dockerfile

import (
	"strings"
	"testing"
	"time"
)

// Rows of Renovate's tests of its dockerfile manager, with what is right for Docker.
func TestRowsOfRenovate(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"no from!", "no from!||1:1 no from!|skip=malformed"},
		{"# syntax=docker/dockerfile:1.9.0\n", "docker/dockerfile|1.9.0|1:28 1.9.0"},
		{"FROM scratch as build\nFROM scratch as final\nRUN --mount=from=ghcr.io/astral-sh/uv,source=/uv uv\nRUN --mount=type=bind,from=build,source=/p x\n",
			"ghcr.io/astral-sh/uv||3:18 ghcr.io/astral-sh/uv|skip=unpinned"},
		{"FROM    registry.allmine.info:5005/node:8.7.0\n\n", "registry.allmine.info:5005/node|8.7.0|1:41 8.7.0"},
		{"FROM alpine:3.5\n\nRUN something \\", "alpine|3.5|1:13 3.5"},
		{"FROM \\ \nnginx:1.20\n", "nginx|1.20|2:7 1.20"},
		{"ARG patch1=\"\"\nARG patch2=\nFROM nginx:1.20${patch1}$patch2\n", "nginx|1.20|3:12 1.20|nodigest"},
		{"ARG DOCKER_HUB_MIRROR=''\nARG NODE_VERSION=21\nFROM ${DOCKER_HUB_MIRROR}node:${NODE_VERSION}-alpine\n", "node|21-alpine|2:18 21|after=-alpine|nodigest"},
		{"ARG\tVARIANT=\"1.60.0-bullseye\" \nFROM\trust:${VARIANT}\n", "rust|1.60.0-bullseye|1:14 1.60.0-bullseye"},
		{"ARG IMAGE_VERSION=${IMAGE_VERSION:-ubuntu:16.04}\nfrom ${IMAGE_VERSION} as base\n", "ubuntu|16.04|1:43 16.04"},
		{"ARG d=" + sha + "\n      FROM gcr.io/distroless/java17@$d", "gcr.io/distroless/java17||1:7 " + sha + "|digest=012345|skip=no-tag"},
		{"ARG base=nginx:1.19\nFROM $base as stage1\nARG base=nginx:1.20\nFROM --platform=amd64 $base as stage2\n", "nginx|1.19|1:16 1.19|nodigest"},
		{"ARG CUDA=9.2\nARG LINUX_VERSION ubuntu16.04\nFROM nvidia/cuda:${CUDA}-devel-${LINUX_VERSION}\n",
			"nvidia/cuda|${CUDA}-devel-${LINUX_VERSION}|3:18 ${CUDA}-devel-${LINUX_VERSION}|skip=variable"},
		{"ARG img=\"scratch\"\nFROM $img as base\n", ""},
		{" ARG \\\n\t# multi-line arg\n   ALPINE_VERSION=alpine:3.15.4\n\nFROM \\\n${ALPINE_VERSION} as stage1\n", "alpine|3.15.4|3:26 3.15.4"},
		{"ARG   \\\n  \\\n # multi-line arg\n # and multi-line comment\n   v=\"nginx:18.04@" + sha + "\"\n\nFROM $v as s", "nginx|18.04|5:13 18.04|digest=012345"},
		{"# dummy\n# escape = `\n\nFROM\\\nnginx:1.20", "FROM\\||4:1 FROM\\|skip=malformed"}, // joined without a space it is no FROM
		{"ARG R=${R:-\"gcr.io/distroless/static:1.1@" + sha + "\"}\nfrom ${R}", "gcr.io/distroless/static|1.1|1:38 1.1|digest=012345"},
		{"ARG IMAGE_TAG=14.04\r\n#something unrelated\r\nFROM ubuntu:$IMAGE_TAG@" + sha + "\r\n", "ubuntu|14.04|1:15 14.04|digest=012345"},
		{"ARG H=\"@" + sha + "\"\nARG R=\"docker.io/library/\"\nARG N=node\nARG T=\"16.14.2-alpine3.14\"\nARG P=\nFROM ${P}${R}${N}:${T}${H} as yarn\n",
			"docker.io/library/node|16.14.2-alpine3.14|4:8 16.14.2-alpine3.14|digest=012345"},
		{"ARG CUDA=9.2\nARG LINUX_VERSION=ubuntu16.04\nFROM nvidia/cuda:${CUDA}-devel-${LINUX_VERSION}\n", "nvidia/cuda|9.2-devel-ubuntu16.04|1:10 9.2|after=-devel-ubuntu16.04|nodigest"},
		{"ARG DOCKER=docker\nFROM ${DOCKER}.io/library/${DOCKER}:29.1.1-dind", "docker.io/library/docker|29.1.1-dind|2:37 29.1.1-dind"},
		{"FROM alpine:3.13.5\n# syntax=docker/dockerfile:1.1.7\n", "alpine|3.13.5|1:13 3.13.5"},
		{"FROM docker.io/${PREFIX}/alpine:3.15", "docker.io/${PREFIX}/alpine:3.15||1:6 docker.io/${PREFIX}/alpine:3.15|skip=variable"},
		{"FROM mcr.microsoft.com/dotnet/sdk:5.0${IMAGESUFFIX}", "mcr.microsoft.com/dotnet/sdk|5.0${IMAGESUFFIX}|1:35 5.0${IMAGESUFFIX}|skip=variable"},
		{"FROM nginx:\\$version", "nginx:\\$version||1:6 nginx:\\$version|skip=malformed"},
	} {
		if got := strings.Join(shown(c.src), " ; "); got != c.want {
			t.Errorf("Read(%q):\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Rows of other tools' reports and tests, with what is right for Docker.
func TestRowsOfOthers(t *testing.T) {
	for _, c := range []struct{ report, src, want string }{
		{"dependabot docker, a name and a tag in the comment", "# python 3.6\nFROM python@" + sha, "python|3.6|2:13 " + sha + "|digest=012345|comment=3.6"},
		{"a comment behind FROM is no comment", "FROM img@" + sha + " # 3.6", "img||1:10 " + sha + "|digest=012345|skip=malformed"},
		{"the mark behind the default of an argument", "ARG V=3.6 # freshpin: ignore\nFROM a:$V", "a|3.6|1:7 3.6|ignored"},
		{"an argument that a stage gives its own default", "ARG V=3.6\nFROM a:$V\nARG V=4.0\nRUN x", "a|3.6|1:7 3.6"},
		{"a value of several pieces of quotes", "ARG V=\"3.6\"\nFROM \"a:${V}\"", "a|3.6|1:8 3.6"},
		{"Azure's replace tokens", "FROM a:#{TAG}#", "a:#{TAG}#||1:6 a:#{TAG}#|skip=variable"},
		{"hadolint, a tag with an expression of the shell", "FROM a:$(cat version)", "a:$(cat||1:6 a:$(cat|skip=malformed"},
		{"buildkit, escape with a backtick", "# escape=`\nFROM a`\n:3.6 `\n  AS b\nRUN c:\\x", "a|3.6|3:2 3.6"},
		{"buildkit, a heredoc that names images", "FROM a:3.6\nCOPY <<-\"EOF\" <<B /x/\nFROM no:1\n\tEOF\nFROM no:2\nB\nFROM b:1.2", "a|3.6|1:8 3.6 ; b|1.2|7:8 1.2"},
		{"buildkit, quotes of CSV around a mount", "FROM a:3.6\nRUN --mount=\"type=bind,from=b:1.2\" x", "a|3.6|1:8 3.6 ; b|1.2|2:31 1.2"},
		{"buildkit, ADD knows no from", "FROM a:3.6\nADD --from=c:1 a b", "a|3.6|1:8 3.6"},
		{"a platform with a default", "FROM --platform=${TARGETPLATFORM:-linux/amd64} a:3.6", "a|3.6|1:50 3.6"},
		{"a platform from an argument", "ARG P=linux/arm64\nFROM --platform=$P a:3.6", "a|3.6|2:22 3.6|platform=linux/arm64"},
		{"tabs, BOM and no last line end", "\uFEFFFROM\ta:3.6\t\tAS\tb\t", "a|3.6|1:11 3.6"},
		{"the digest in an argument of its own", "ARG D=" + sha + "\nFROM a:3.6@${D}", "a|3.6|2:8 3.6|digest=012345"},
		{"buildx, the base system in an argument of its own", "ARG GO_VERSION=1.21.0\nARG ALPINE_VERSION=3.18\nFROM --platform=$BUILDPLATFORM golang:${GO_VERSION}-alpine${ALPINE_VERSION} AS base",
			"golang|1.21.0-alpine3.18|1:16 1.21.0|after=-alpine3.18|nodigest"},
		{"sava-core, a version of one number among three texts", "ARG JAVA_VERSION=26\nARG ALPINE_VERSION=3.23\nFROM amazoncorretto:${JAVA_VERSION}-alpine${ALPINE_VERSION}-jdk AS jlink",
			"amazoncorretto|26-alpine3.23-jdk|1:18 26|after=-alpine3.23-jdk|nodigest"},
		{"a second version behind the base", "ARG NODE=20.15.1\nARG ALPINE=3.20\nARG NPM=10.8.2\nFROM ghcr.io/tjsr/node_patched_npm:${NODE}-alpine${ALPINE}-npm${NPM}",
			"ghcr.io/tjsr/node_patched_npm|20.15.1-alpine3.20-npm10.8.2|1:10 20.15.1|after=-alpine3.20-npm10.8.2|nodigest"},
		{"a tag in an argument that is made of others", "ARG CUDA=12.2.2\nARG OS=22.04\nARG TAG=${CUDA}-cudnn8-devel-ubuntu${OS}\nFROM nvidia/cuda:${TAG}",
			"nvidia/cuda|12.2.2-cudnn8-devel-ubuntu22.04|1:10 12.2.2|after=-cudnn8-devel-ubuntu22.04|nodigest"},
		{"a codename and a day", "ARG DATE=20240110\nARG CODE=bookworm\nFROM debian:${CODE}-${DATE}-slim", "debian|bookworm-20240110-slim|1:10 20240110|before=bookworm-|after=-slim|nodigest"},
		{"the numbers of one version in several arguments", "ARG MAJOR=3\nARG MINOR=11\nFROM python:${MAJOR}.${MINOR}-slim", "python|${MAJOR}.${MINOR}-slim|3:13 ${MAJOR}.${MINOR}-slim|skip=variable"},
		{"kustomize's own Dockerfile, tag and digest", "ARG T=v5.0.0\nARG D=" + sha + "\nFROM registry.k8s.io/kustomize/kustomize:${T}@${D}", "registry.k8s.io/kustomize/kustomize|v5.0.0|1:7 v5.0.0|digest=012345"},
	} {
		if got := strings.Join(shown(c.src), " ; "); got != c.want {
			t.Errorf("%s: Read(%q):\n got %s\nwant %s", c.report, c.src, got, c.want)
		}
	}
}

// What a person names is told by its content.
func TestRecognizes(t *testing.T) {
	for text, want := range map[string]bool{
		"FROM a:1\n": true, "# c\nARG V=1\nFROM a:$V AS b\nRUN x\n": true, "RUN x\nFROM a\n": false, "FROM a:1\nnonsense\n": false, "": false, "ARG V\n": false,
		"from here on these are notes\n": false, "from os import path\n": false, "FROM a:1\x00": false, "FROM UPPER:1\n": false,
	} {
		if got := New(nil).Recognizes(text); got != want {
			t.Errorf("Recognizes(%q) = %v", text, got)
		}
	}
}

// Hostile input must not be slow: each of these took unacceptably long before there was a limit.
func TestHostileInput(t *testing.T) {
	const size = 1 << 16
	for name, line := range map[string]string{
		"heredocs": "RUN <<E%\n", "stages": "FROM a AS s%\n", "unknown": "FROM x-${Y}-%\n", "args": "ARG A=$A$A%\nFROM x:$A\n",
		"defaults": "FROM ${A:-${B:-%\n", "mounts": "RUN --mount=from=a:1,from=b:2 \\\n", "patterns": "FROM a:${X##*%*}\n", "comments": "# c\n",
	} {
		var b strings.Builder
		b.WriteString("ARG X=" + strings.Repeat("ab", 100) + "\n")
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.ReplaceAll(line, "%", strings.Repeat("z", i%9)))
		}
		start := time.Now()
		Read("Dockerfile", b.String())
		t.Logf("%s: %v", name, time.Since(start))
	}
}
