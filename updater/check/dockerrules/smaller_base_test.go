package dockerrules

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestSmallerBase(t *testing.T) {
	checktest.Docker(t, SmallerBase, []checktest.Row{

		{Src: "FROM python:3.13 AS b\nFROM python:3.13\n", Want: "2 python:3.13", Facts: sizes("python:3.13", 400, "python:3.13-slim", 45, "python:3.13-alpine", 18)},
		{Src: "ARG V=22\nFROM node:$V\n", Want: "2 node:$V", Facts: sizes("node:22", 400, "node:22-alpine", 50)},
		{Src: "FROM x:1 AS a\nFROM a\n", Want: "1 x:1", Facts: sizes("x:1", 100, "x:1-slim", 60)},
		{Src: "FROM golang:1.26\n", Want: "1 golang:1.26", Facts: sizes("golang:1.26", 300, "golang:1.26-alpine", 70)},
		{Src: "FROM node:22\nRUN apt-get update\n", Want: "1 node:22", Facts: sizes("node:22", 400, "node:22-alpine", 50, "node:22-slim", 80)},
		{Src: "FROM python:3.13\n", Want: "", Facts: sizes("python:3.13", 400, "python:3.13-alpine", 18)},
		{Src: "FROM node:22\nRUN apt-get update\n", Want: "", Facts: sizes("node:22", 400, "node:22-alpine", 50)},
		{Src: "FROM node:22\nCOPY . .\n", Want: "1 node:22", Facts: sizes("node:22", 400, "gcr.io/distroless/nodejs22", 50)},
		{Src: "FROM node:22\nRUN npm ci\n", Want: "", Facts: sizes("node:22", 400, "gcr.io/distroless/nodejs22", 50)},
		{Src: "FROM node:22 AS a\nFROM a\nRUN npm ci\n", Want: "", Facts: sizes("node:22", 400, "gcr.io/distroless/nodejs22", 50)},
		{Src: "FROM x:1\n", Want: "", Facts: sizes("x:1", 100, "x:1-slim", 61)},
		{Src: "FROM x:1 AS b\nFROM scratch\n", Want: "", Facts: sizes("x:1", 100, "x:1-slim", 10)},
		{Src: "FROM x:1-slim\n", Want: "", Facts: sizes("x:1-slim", 100, "x:1-alpine", 10)},
		{Src: "FROM x:1\n", Want: ""},
	})
}

// sizes answers with the size of an image, and of its smaller builds.
func sizes(ref string, size int64, smaller ...any) map[check.Question]check.Answer {
	var variants []ecosystems.Variant
	for i := 0; i+1 < len(smaller); i += 2 {
		variants = append(variants, ecosystems.Variant{Reference: smaller[i].(string), Size: int64(smaller[i+1].(int)) << 20})
	}
	return map[check.Question]check.Answer{
		{Kind: check.AskImage, Name: ref}:   {Image: ecosystems.Image{Size: size << 20}},
		{Kind: check.AskSmaller, Name: ref}: {Variants: variants},
	}
}
