package imagerules

import (
	"testing"

	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestNoDigest(t *testing.T) {
	checktest.Docker(t, NoDigest, []checktest.Row{
		{Src: "ARG V=3.6\nFROM python:$V-slim\nFROM b:1@" + sha, Want: "1 images"},
		{Src: "FROM a:1\nCOPY --from=b:2 / /\nRUN --mount=from=c:3 x", Want: "1 images"},
		{Src: "FROM python:bookworm", Want: "1 images"},
		{Src: "FROM a\nFROM b:2", Want: "2 images"},
		{Src: "FROM a:1.2.3 AS x\nFROM x", Want: "1 images"},
		{Src: "FROM a:1@" + sha, Want: ""},
		{Src: "FROM a@" + sha, Want: ""},
		{Src: "FROM a\nFROM b:latest", Want: ""},
		{Src: "FROM scratch", Want: ""},
		{Src: "FROM x:$V", Want: ""},
	})
}
