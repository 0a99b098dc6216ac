package imagerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestLatest(t *testing.T) {
	checktest.Docker(t, Latest, []checktest.Row{
		{Src: "ARG TAG=latest\nFROM alpine:${TAG} AS a\nFROM alpine:$TAG\n", Want: "1 alpine:latest"},
		{Src: "FROM a:1\nCOPY --from=composer/composer:latest-bin /composer /usr/bin/", Want: "2 composer/composer:latest-bin"},
		{Src: "FROM python:latest@" + sha, Want: "1 python:latest info"},
		{Src: "FROM mcr.microsoft.com/x:latest AS b\n", Want: "1 mcr.microsoft.com/x:latest", Facts: twin("mcr.microsoft.com/x:latest", "9.2"), Fixed: "FROM mcr.microsoft.com/x:9.2@" + sha + " AS b\n"},
		{Src: "ARG V=latest\nFROM x:$V\n", Want: "1 x:latest", Facts: twin("x:latest", "9.2"), Fixed: "ARG V=9.2@" + sha + "\nFROM x:$V\n"},
		{Src: "FROM tests/x:latest", Name: "test/Dockerfile", Want: "1 tests/x:latest should"},
		{Src: "FROM latest:1.2", Want: ""},
		{Src: "FROM python", Want: ""},
		{Src: "FROM latest AS latest\nFROM latest", Want: ""},
		{Src: "ARG TAG\nFROM x:$TAG", Want: ""},
		{Src: "FROM x:latest-1.2\nFROM y:1-latest", Want: ""},
		{Src: "# check=skip=all\n# hadolint global ignore=DL3007\nFROM x:latest", Want: ""},
	})
}
