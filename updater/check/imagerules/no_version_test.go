package imagerules

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

const sha = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// twin answers that an image is the same as a tag with a version.
func twin(ref, tag string) map[check.Question]check.Answer {
	return map[check.Question]check.Answer{{Kind: check.AskTwin, Name: ref}: {Twin: ecosystems.Twin{Tag: tag, Digest: sha}}}
}

func TestNoVersion(t *testing.T) {
	checktest.Docker(t, NoVersion, []checktest.Row{
		{Src: "ARG BASE=localhost:5000/app\r\nFROM --platform=$BUILDPLATFORM ${BASE} AS b\r\n", Want: "1 localhost:5000/app"},
		{Src: "FROM a:1\nRUN --mount=type=bind,from=busybox,target=/b \\\n  # why\n x\nCOPY --from=ghcr.io/astral-sh/uv /uv /bin/", Want: "2 busybox; 5 ghcr.io/astral-sh/uv"},
		{Src: "FROM python\nRUN pip install Flask uWSGI requests redis\n", Want: "1 python", Facts: twin("python", "3.14"), Fixed: "FROM python:3.14@" + sha + "\nRUN pip install Flask uWSGI requests redis\n"},
		{Src: "ARG B=python\nFROM $B AS x\nFROM $B\n", Want: "1 python", Facts: twin("python", "3.14"), Fixed: "refused: the reference is put together from variables"},
		{Src: "FROM node AS node\nFROM node\nONBUILD COPY --from=nginx / /", Want: "1 node; 3 nginx"},
		{Src: "FROM \"python\"", Want: "1 python"},
		{Src: "# syntax=docker/dockerfile\nFROM scratch\n", Want: ""},
		{Src: "FROM a:1 AS build\nFROM build\nCOPY --from=0 / /\nCOPY --from=BUILD / /", Want: ""},
		{Src: "ARG TAG\nFROM python:${TAG}\nFROM $B\nFROM {{ x }}", Want: ""},
		{Src: "FROM python@" + sha, Want: ""},
		{Src: "FROM python:latest\nFROM python:slim", Want: ""},
		{Src: "# freshpin: ignore no-version: built here\nFROM python\n", Want: ""},
		{Src: "# hadolint ignore=DL3006\nFROM python\n", Want: ""},
		{Src: "FROM python\n#checkov:skip=CKV_DOCKER_7:latest is wanted\n", Want: ""},
	})
}
