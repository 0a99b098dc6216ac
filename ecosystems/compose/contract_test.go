package compose

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
	files := map[string]string{
		".env": "TAG=1.13 # c\r\nOTHER='2.2'\n",
		"docker-compose.yml": "\uFEFFx-base: &base {image: 'base:1.1'}\r\nservices:\r\n  a: {<<: *base}\r\n  b: {image: &i \"nginx:$TAG\"}\r\n  c: {image: *i}\r\n" +
			"  d:\r\n    image: app:${OTHER}-slim   # freshpin: no\r\n  e: {image: postgres}\r\n  f:\r\n    image: >-\r\n      pg@" + sha + "\r\n  g:\r\n    image: pg@" + sha + " # v9.6\r\n" +
			"  h:\r\n    build:\r\n      dockerfile_inline: |\r\n        FROM in:1.2@" + sha + "\r\n        COPY --from=x:${V:-3.3} / /",
	}
	ecosystemtest.EditsIn(t, New(nil), files, "docker-compose.yml", another)
}

func TestRealManifests(t *testing.T) { ecosystemtest.Corpus(t, New(nil), another) }
