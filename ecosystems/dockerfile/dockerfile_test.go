package dockerfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/freshpin/freshpin/ecosystems"
)

const (
	sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	new = "sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
)

// show prints a dependency in one line: name, pin, where its text stands, and what is special.
func show(src string, d ecosystems.Dependency) string {
	at := d.At[0]
	line, column := ecosystems.Position([]byte(src), at.Start)
	out := fmt.Sprintf("%s|%s|%d:%d %s", d.Name, d.Pin.Text, line, column, src[at.Start:at.End])
	add := func(name, value string) {
		if value != "" {
			out += "|" + name + "=" + value
		}
	}
	add("digest", strings.TrimSuffix(strings.TrimPrefix(d.Pin.Digest, "sha256:"), sha[7+6:]))
	add("before", d.Pin.Before)
	add("after", d.Pin.After)
	add("platform", d.Pin.Platform)
	if d.Pin.Comment != nil {
		add("comment", src[d.Pin.Comment.Start:d.Pin.Comment.End])
	}
	if d.Pin.NoDigest != "" {
		out += "|nodigest"
	}
	add("skip", d.Skip.Code)
	if d.Ignored {
		out += "|ignored"
	}
	return out
}

func shown(src string) []string {
	var out []string
	for _, d := range Read("Dockerfile", src) {
		out = append(out, show(src, d))
	}
	return out
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		src  string
		want string // lines of show, separated by " ; "
	}{
		// Where variables stand.
		{"ARG PY=3.6\nFROM python:${PY}-slim", "python|3.6-slim|1:8 3.6|after=-slim|nodigest"},
		{"ARG PY=3.6\nFROM python:$PY", "python|3.6|1:8 3.6"},
		{"ARG PY=\"3.6\"\nFROM python:$PY", "python|3.6|1:9 3.6"},
		{"ARG PY='3.6'\nFROM python:$PY", "python|3.6|1:9 3.6"},
		{"ARG A=1 PY=3.6 B=2\nFROM python:$PY", "python|3.6|1:12 3.6"},
		{"ARG PY=3.6\nARG TAG=${PY}-slim\nFROM python:${TAG}", "python|3.6-slim|1:8 3.6|after=-slim|nodigest"},
		{"ARG PY=3.6\nARG TAG=$PY\nFROM python:${TAG}", "python|3.6|1:8 3.6"},
		{"ARG PY=3.5\nARG PY=3.6\nFROM python:${PY}", "python|3.6|2:8 3.6"},
		{"ARG PY=3.6\nARG PY\nFROM python:${PY}", "python|3.6|1:8 3.6"},
		{"ARG BASE=python:3.6-slim\nFROM ${BASE}", "python|3.6-slim|1:17 3.6-slim"},
		{"ARG BASE=python:3.6-slim\nFROM ${BASE} AS a\nFROM ${BASE} AS b", "python|3.6-slim|1:17 3.6-slim|nodigest"},
		{"ARG BASE=python:3.6@" + sha + "\nFROM ${BASE} AS a\nFROM ${BASE} AS b", "python|3.6|1:17 3.6|digest=012345"},
		{"ARG T=:3.6\nFROM python$T", "python|3.6|1:8 3.6"},
		{"ARG V=3.6\nFROM python:$V AS a\nFROM python:$V-slim AS b", "python|3.6|1:7 3.6|nodigest ; python|3.6-slim|1:7 3.6|after=-slim|nodigest"},
		{"ARG V=3.6\nFROM python:$V AS a\nFROM python:$V AS b", "python|3.6|1:7 3.6|nodigest"},
		{"ARG V=3.6\nFROM python:$V\nARG V\nRUN echo", "python|3.6|1:7 3.6|nodigest"},
		{"ARG V=3.6\nFROM python:$V\nRUN <<E\necho $V\nE\n", "python|3.6|1:7 3.6|nodigest"},
		{"ARG V=v3.6\nFROM app:${V#v}", "app|3.6|1:8 3.6|nodigest"},
		{"ARG V=3.6.1\nFROM app:${V%.*}", "app|3.6|1:7 3.6|nodigest"},
		{"ARG V=v3.6\nFROM app:${V#v}-slim", "app|3.6-slim|1:8 3.6|after=-slim|nodigest"},
		{"ARG V=3_6\nFROM app:${V/_/.}", "app|${V/_/.}|2:10 ${V/_/.}|skip=variable"},
		{"FROM python:${PY:-3.6}", "python|3.6|1:19 3.6"},
		{"FROM python:${PY-3.6}", "python|3.6|1:18 3.6"},
		{"ARG PY=3.6\nFROM python:${PY:+3.7}", "python|3.7|2:19 3.7"},
		{"FROM python:3.6${PY:+-$PY}", "python|3.6|1:13 3.6|nodigest"},
		{"ARG S=\nFROM python:3.6$S", "python|3.6|2:13 3.6|nodigest"},
		{"ARG PY\nFROM python:${PY:?set it}", "python:${PY:?set||2:6 python:${PY:?set|skip=malformed"},
		{"ARG PY\nFROM python:${PY:?set}", "python|${PY:?set}|2:13 ${PY:?set}|skip=variable"},
		{"ARG PY=3.6\nFROM python:${PY:?set}", "python|3.6|1:8 3.6"},
		{"FROM python:${PY}", "python|${PY}|1:13 ${PY}|skip=variable"},
		{"FROM a:1\nARG V=2\nFROM b:$V", "a|1|1:8 1 ; b|$V|3:8 $V|skip=variable"},
		{"ARG A=3\nARG B=6\nFROM python:$A.$B", "python|$A.$B|3:13 $A.$B|skip=variable"},
		{"ARG A=3.6\nARG B=slim\nFROM python:$A-$B", "python|3.6-slim|1:7 3.6|after=-slim|nodigest"},
		{"ARG B=slim\nFROM python:3.6-$B", "python|3.6-slim|2:13 3.6|after=-slim|nodigest"},
		{"ARG M=6\nFROM python:3.$M", "python|3.$M|2:13 3.$M|skip=variable"},
		{"ARG V=3.6\nFROM python:v$V", "python|v3.6|1:7 3.6|before=v|nodigest"},
		{"ARG R=docker.io\nFROM $R/python:3.6", "docker.io/python|3.6|2:16 3.6"},
		{"FROM ${R:-docker.io}/python:3.6", "docker.io/python|3.6|1:29 3.6"},
		{"FROM ${R}/python:3.6", "${R}/python:3.6||1:6 ${R}/python:3.6|skip=variable"},
		{"ARG D=" + sha + "\nFROM python:3.6@$D", "python|3.6|2:13 3.6|digest=012345"},
		{"ARG D=" + sha + "\nFROM python:3.6@$D\nFROM python:3.7@$D", "python|3.6|2:13 3.6|digest=012345|skip=variable ; python|3.7|3:13 3.7|digest=012345|skip=variable"},
		{"ARG V=3.6\nARG D=" + sha + "\nFROM python:$V@$D AS a\nFROM python:$V@$D AS b", "python|3.6|1:7 3.6|digest=012345"},
		{"FROM foo:${TARGETARCH}", "foo|${TARGETARCH}|1:10 ${TARGETARCH}|skip=variable"},
		{"FROM a:1 AS base-amd64\nFROM base-${TARGETARCH}", "a|1|1:8 1"},
		{"ARG A=$A$A\nFROM x:$A", "x|$A|2:8 $A|skip=variable"},
		{"ARG V=1.2\nFROM a:$V\nFROM b:$V", "a|1.2|1:7 1.2|nodigest ; b|1.2|1:7 1.2|nodigest"},
		// References.
		{"FROM localhost:5000/app", "localhost:5000/app||1:6 localhost:5000/app|skip=unpinned"},
		{"FROM localhost:5000/app:1.2@" + sha, "localhost:5000/app|1.2|1:25 1.2|digest=012345"},
		{"FROM python@" + sha, "python||1:13 " + sha + "|digest=012345|skip=no-tag"},
		{"# 16.7\nFROM postgres@" + sha, "postgres|16.7|2:15 " + sha + "|digest=012345|comment=16.7"},
		{"# 16.7\n\nFROM postgres@" + sha, "postgres||3:15 " + sha + "|digest=012345|skip=no-tag"},
		{"# postgres:16.7\nFROM postgres@" + sha, "postgres|16.7|2:15 " + sha + "|digest=012345|comment=16.7"},
		{"# redis:16.7\nFROM postgres@" + sha, "postgres||2:15 " + sha + "|digest=012345|skip=no-tag"},
		{"# tag: v16.7\r\nFROM postgres@" + sha, "postgres|v16.7|2:15 " + sha + "|digest=012345|comment=v16.7"},
		{"# 2 stages\nFROM postgres@" + sha, "postgres||2:15 " + sha + "|digest=012345|skip=no-tag"},
		{"# 3.6\nFROM python:3.6@" + sha, "python|3.6|2:13 3.6|digest=012345|comment=3.6"},
		{"FROM python", "python||1:6 python|skip=unpinned"},
		{"FROM python:latest", "python|latest|1:13 latest|skip=unpinned"},
		{"FROM python:latest@" + sha, "python|latest|1:13 latest|digest=012345"},
		{"FROM Python:3.6", "Python:3.6||1:6 Python:3.6|skip=malformed"},
		{"FROM python:", "python:||1:6 python:|skip=malformed"},
		{`FROM "python:3.6"`, "python|3.6|1:14 3.6"},
		{`FROM python:"3.6"-slim`, "python|3.6-slim|1:14 3.6|after=-slim|nodigest"},
		{`FROM a:"1.2"3`, `a|"1.2"3|1:8 "1.2"3|skip=unsupported`},
		{`FROM py\thon:3.6`, "python|3.6|1:14 3.6"},
		{`FROM python:3\.6`, `python|3\.6|1:13 3\.6|skip=unsupported`},
		{"FROM python:3.\\\n6", "python|3.6|1:6 python:3.\\\n6|skip=unsupported"},
		{"FROM python:3.6 # why", "python|3.6|1:13 3.6|skip=malformed"},
		{"FROM python:3.6 # freshpin: ignore", "python|3.6|1:13 3.6|skip=malformed|ignored"},
		{"FROM", "FROM||1:1 FROM|skip=malformed"},
		// Stages.
		{"FROM scratch", ""},
		{"FROM golang:1.2 AS Build\nFROM build\nCOPY --from=BUILD / /", "golang|1.2|1:13 1.2"},
		{"FROM golang AS golang", "golang||1:6 golang|skip=unpinned"},
		{"FROM b AS a\nFROM a:1 AS b", "b||1:6 b|skip=unpinned ; a|1|2:8 1"},
		{"FROM a:1\nCOPY --from=0 / /\nCOPY --from=3 / /", "a|1|1:8 1 ; 3||3:13 3|skip=malformed"},
		{"FROM a:1\nCOPY --from=last / /\nFROM b:2 AS last", "a|1|1:8 1 ; b|2|3:8 2"},
		// Instructions.
		{"FROM --platform=linux/arm64 python:3.6 AS x", "python|3.6|1:36 3.6|platform=linux/arm64"},
		{"FROM --platform=$BUILDPLATFORM python:3.6", "python|3.6|1:39 3.6"},
		{"ARG P=linux/arm64\nFROM --platform=${P} python:3.6", "python|3.6|2:29 3.6|platform=linux/arm64"},
		{"FROM scratch\nCOPY --from=busybox:1.36 /bin /bin", "busybox|1.36|2:21 1.36"},
		{"FROM scratch\nCOPY --chown=1:1 --from=busybox:1.36 --chmod=1 /bin /bin", "busybox|1.36|2:33 1.36"},
		{"FROM scratch\nCOPY --from=$X /a /b", "$X||2:13 $X|skip=variable"},
		{"FROM scratch\nRUN --mount=type=bind,from=a:1.1,target=/a --mount=from=b:2.2,type=cache x", "a|1.1|2:30 1.1 ; b|2.2|2:59 2.2"},
		{"FROM scratch\nRUN --mount=\"type=bind,from=a:1.1\" x", "a|1.1|2:31 1.1"},
		{"FROM scratch\nRUN \\\n  # a comment\n\n  --mount=type=bind,from=a:1.1 \\\n x", "a|1.1|5:28 1.1"},
		{"FROM scratch\nONBUILD COPY --from=a:1.1 / /\nonbuild run --mount=from=b:2.2 x", "a|1.1|2:23 1.1 ; b|2.2|3:28 2.2"},
		{"FROM a:1\nONBUILD FROM b:2", "a|1|1:8 1 ; ONBUILD FROM b:2||2:1 ONBUILD FROM b:2|skip=malformed"},
		{"# syntax=docker/dockerfile:1.4\nFROM scratch", "docker/dockerfile|1.4|1:28 1.4"},
		{"# SYNTAX = docker/dockerfile:1.4 \r\n# escape=`\r\nFROM a`\r\n:1", "docker/dockerfile|1.4|1:30 1.4 ; a|1|4:2 1"},
		{"#!/bin/x\n# syntax=docker/dockerfile:1.4\nFROM scratch", "docker/dockerfile|1.4|2:28 1.4"},
		{"\n# syntax=docker/dockerfile:1.4\nFROM scratch", ""},
		{"from a:1.1 as x", "a|1.1|1:8 1.1"},
		{"FROM \\\n  a:1.1 \\\n  # c\n  AS x", "a|1.1|2:5 1.1"},
		{"\uFEFFFROM a:1.1\r\nFROM b:2.2\r\n", "a|1.1|1:11 1.1 ; b|2.2|2:8 2.2"},
		{"FROM a:1\nRUN <<EOF\nFROM b:2\nEOF\nFROM c:3", "a|1|1:8 1 ; c|3|5:8 3"},
		{"FROM a:1\nRUN <<-'EOF' cat\n\tFROM b:2\n\tEOF\nFROM c:3", "a|1|1:8 1 ; c|3|5:8 3"},
		{"FROM a:1\nRUN [\"<<EOF\"]\nFROM c:3", "a|1|1:8 1 ; c|3|3:8 3"},
		{"FROM a:1\nRUN <<EOF\nFROM c:3", "a|1|1:8 1 ; RUN <<EOF||2:1 RUN <<EOF|skip=malformed ; c|3|3:8 3"},
		// Trouble.
		{"", ""},
		{"# only a comment\n", ""},
		{"FORM a:1\nFROM b:2", "FORM a:1||1:1 FORM a:1|skip=malformed ; b|2|2:8 2"},
		{"FROM b:2\nENV x", "b|2|1:8 2 ; ENV x||2:1 ENV x|skip=malformed"},
		{"# escape=x\nFROM b:2", "# escape=x||1:1 # escape=x|skip=malformed ; b|2|2:8 2"},
		{"FROM a:1\nRUN " + strings.Repeat("x", 70000) + "\nFROM c:3", "a|1|1:8 1 ; c|3|3:8 3"},
		{"FROM {{ .Base }}:{{ .Tag }} AS x\n{{ if x }}\nFROM b:2", "{{ .Base }}:{{ .Tag }}||1:6 {{ .Base }}:{{ .Tag }}|skip=variable ; b|2|3:8 2"},
		{"FROM %%BASE%%\nFROM app:%VERSION%", "%%BASE%%||1:6 %%BASE%%|skip=variable ; app:%VERSION%||2:6 app:%VERSION%|skip=variable"},
		{"ARG V={{v}}\nFROM a:$V", "a:$V||2:6 a:$V|skip=variable"},
		// Comments.
		{"# freshpin: ignore\nFROM a:1", "a|1|2:8 1|ignored"},
		{"# freshpin: ignore, it is\n# what we want\nFROM a:1", "a|1|3:8 1|ignored"},
		{"# freshpin: ignore\nARG V=1\nFROM a:$V", "a|1|2:7 1|ignored"},
		{"ARG V=1\n# freshpin: ignore\nFROM a:$V", "a|1|1:7 1|ignored"},
		{"# freshpin: ignore\n\nFROM a:1", "a|1|3:8 1"},
	} {
		got := strings.Join(shown(c.src), " ; ")
		if diff := cmp.Diff(c.want, got); diff != "" {
			src := c.src
			if len(src) > 200 {
				src = src[:200]
			}
			t.Errorf("Read(%q):\n got %s\nwant %s", src, got, c.want)
		}
	}
}
