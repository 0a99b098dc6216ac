package users

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/updater/check"
	"github.com/freshpin/freshpin/updater/check/checktest"
)

func TestRootUser(t *testing.T) {
	checktest.Docker(t, RootUser, []checktest.Row{

		// Who runs it.
		{Src: "FROM python\nRUN x\n", Want: "1 root", Facts: base("python", ""), Fixed: "FROM python\nRUN x\n" + gnuUser + "\nUSER 10001\n"},
		{Src: "FROM a AS b\nUSER app\nFROM b AS c\nUSER 0:0\nFROM c\nCMD x", Want: "4 root", Fixed: "refused: how users are created in the base image is not known"},
		{Src: "FROM scratch\nCOPY x /\n# starts it\nENTRYPOINT [\"/x\"]\n", Want: "1 root", Fixed: "FROM scratch\nCOPY x /\nUSER 65532:65532\n# starts it\nENTRYPOINT [\"/x\"]\n"},
		{Src: "FROM node:22-alpine\r\nRUN npm ci\r\nENTRYPOINT [\"tini\"]\r\nCMD [\"node\", \"x.js\"]", Want: "1 root", Facts: base("node:22-alpine", "root"), Fixed: "FROM node:22-alpine\r\nRUN npm ci\r\nUSER 1000\r\nENTRYPOINT [\"tini\"]\r\nCMD [\"node\", \"x.js\"]"},
		{Src: "FROM alpine:3.20\nRUN adduser -D web\nUSER web\nRUN x\nUSER root\nCMD [\"x\"]", Want: "5 root", Fixed: "FROM alpine:3.20\nRUN adduser -D web\nUSER web\nRUN x\nUSER root\nUSER web\nCMD [\"x\"]"},
		{Src: "ARG V=3.20\nFROM alpine:$V\nCMD [\"x\"]\nRUN y <<E\nz\nE", Want: "2 root", Facts: base("alpine:3.20", ""), Fixed: "ARG V=3.20\nFROM alpine:$V\nCMD [\"x\"]\nRUN y <<E\nz\nE\n" + alpineUser + "\nUSER 10001\n"},
		{Src: "FROM a AS dev\nCMD x\nFROM b\nUSER 1", Want: "1 root", Facts: base("a", "0"), Around: check.Surroundings{Targets: []string{"dev"}}},
		{Src: "FROM python\nEXPOSE 8000 80/tcp\n", Want: "1 root", Facts: base("python", ""), Fixed: "refused: it listens on port 80, which outside of Docker only root may"},
		{Src: "FROM debian\nVOLUME [\"/data\"]\nCMD [\"x\"]", Want: "1 root", Facts: base("debian", ""), Fixed: "refused: the volume /data belongs to root"},
		// Root for a reason.
		{Src: "FROM a\nCOPY docker/entry.sh /entry.sh\nENTRYPOINT [\"/entry.sh\"]", Want: "1 root info", Facts: base("a", ""), Around: checktest.Files("docker/entry.sh", "#!/bin/sh\nset -e\nexec su-exec app \"$@\"\n")},
		{Src: "FROM postgres:16\nCOPY init.sql /docker-entrypoint-initdb.d/", Want: "1 root info", Facts: base("postgres:16", "")},
		{Src: "FROM debian\nRUN apt-get install -y nginx\nCMD [\"nginx\", \"-g\", \"daemon off;\"]", Want: "1 root info", Facts: base("debian", "")},
		{Src: "FROM python\nCMD [\"python3\"]", Want: "1 root info", Facts: base("python", "")},
		{Src: "FROM python\nCMD [\"x\"]", Want: "1 root info", Facts: base("python", ""), Around: check.Surroundings{Uses: []check.Use{{Service: "a", User: "1000:1000"}, {Service: "b", User: "app"}}}},
		{Src: "FROM python\nCMD [\"x\"]", Want: "1 root", Facts: base("python", ""), Around: check.Surroundings{Uses: []check.Use{{Service: "a", User: "1000"}, {Service: "b"}}}},
		// Not root, or not known.
		{Src: "FROM python\nUSER 1000\nCMD x", Want: "", Facts: base("python", "")},
		{Src: "FROM a AS b\nUSER app\nFROM b\nCMD x", Want: ""},
		{Src: "FROM gcr.io/distroless/static:nonroot\n", Want: "", Facts: base("gcr.io/distroless/static:nonroot", "65532")},
		{Src: "FROM a\nFROM $B\nARG U\nUSER $U", Want: ""},
		{Src: "FROM python", Want: ""},
		{Src: "FROM scratch\nLABEL a=b\nCOPY --from=0 / /\n", Want: ""}, // shape of a public file: a base image, or files to export
		{Src: "FROM scratch AS files\nENTRYPOINT [\"/x\"]\nFROM files\nCOPY y /\n", Want: "3 root", Fixed: "FROM scratch AS files\nENTRYPOINT [\"/x\"]\nFROM files\nCOPY y /\nUSER 65532:65532\n"},
		{Src: "FROM mcr.microsoft.com/windows/servercore:ltsc2022\nCMD x", Want: "", Facts: base("mcr.microsoft.com/windows/servercore:ltsc2022", "")},
		{Src: "FROM a\nARG UID=1000\nUSER ${UID}:${UID}", Want: ""},
		{Src: "FROM python\n# hadolint ignore=DL3002\nUSER root", Want: ""},
		{Src: "# freshpin: ignore root-user: runs in a VM\nFROM python", Want: "", Facts: base("python", "")},
	})
}

// base answers with the user of an image.
func base(ref, user string) map[check.Question]check.Answer {
	return checktest.Image(ref, ecosystems.ImageConfig{User: user})
}
