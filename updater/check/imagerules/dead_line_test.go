package imagerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func ended(ref string) map[check.Question]check.Answer {
	return map[check.Question]check.Answer{{Kind: check.AskEnded, Name: ref}: {Text: "ended in 2021"}}
}

func TestDeadLine(t *testing.T) {
	checktest.Docker(t, DeadLine, []checktest.Row{
		{Src: "ARG V=3.6\nFROM python:${V}-slim AS a\nFROM a", Want: "1 python:3.6-slim", Facts: ended("python:3.6-slim")},
		{Src: "FROM a:1\nCOPY --from=node:12 / /", Want: "2 node:12", Facts: ended("node:12")},
		{Src: "FROM debian:buster", Want: "1 debian:buster", Facts: ended("debian:buster")},
		{Src: "FROM python:3.6@" + sha, Want: "1 python:3.6", Facts: ended("python:3.6@" + sha)},
		{Src: "FROM a:1\nRUN --mount=from=alpine:3.9 x", Want: "2 alpine:3.9", Facts: ended("alpine:3.9")},
		{Src: "FROM python:3.14", Want: "", Facts: map[check.Question]check.Answer{{Kind: check.AskEnded, Name: "python:3.14"}: {}}},
		{Src: "FROM python:3.6", Want: ""},
		{Src: "FROM python", Want: "", Facts: ended("python")},
		{Src: "FROM scratch", Want: ""},
		{Src: "FROM x:$V", Want: ""},
	})
}
