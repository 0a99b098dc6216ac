package dockerfile

import (
	"testing"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/ecosystemtest"
	"github.com/freshpin/freshpin/ecosystems/internal/scheme/dockertag"
)

var _ interface {
	ecosystems.Ecosystem
	ecosystems.Dater
} = (*Ecosystem)(nil)

// another moves a pin to another version and digest.
func another(d ecosystems.Dependency) ecosystems.Target {
	to := ecosystems.Target{Version: dockertag.Parse(d.Pin.Before + "77.8" + d.Pin.After)}
	if d.Pin.NoDigest == "" {
		to.Digest = new
	}
	if d.Pin.Text == "" && d.Pin.NoDigest != "" {
		return ecosystems.Target{}
	}
	return to
}

func TestContract(t *testing.T) {
	for _, data := range []string{
		"\uFEFF# syntax=docker/dockerfile:1.4\r\nARG PY=\"3.6\" B='base:1.5'\r\nFROM python:${PY}-slim AS a\r\nFROM ${B}\r\nCOPY --from=x:1.1 / /",
		"FROM python\nFROM python:3.6 AS py\nFROM py\nFROM node:latest\n# 9.6\nFROM pg@" + sha + "\nRUN --mount=from=m:1.1@" + sha + ",type=bind \\\n  x",
		"ARG V=1.2\nFROM a:$V\nFROM b:v$V\nFROM c:$V-slim\nFROM {{ t }}\nFROM Bad\nWHAT",
	} {
		ecosystemtest.Edits(t, New(nil), "docker/Dockerfile", data, another)
	}
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }
