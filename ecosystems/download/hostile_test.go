package download

import (
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHostileSize reads files of a quarter of the largest size. What copies a text for
// each of its lines, words or variables allocates many gigabytes for them.
func TestHostileSize(t *testing.T) {
	const size = 1 << 18
	for _, c := range []struct{ name, head, part, tail string }{
		{"a document of short lines", "FROM debian:12\nRUN <<E\n", "a\n", "E\n"},
		{"a document of comments", "FROM debian:12\nRUN <<E\n", "#\n", "E\n"},
		{"assignments", "FROM debian:12\nRUN ", "a=$a;", "\n"},
		{"variables of ENV", "FROM debian:12\n", "ENV A=$A$A\n", ""},
		{"brackets", "FROM debian:12\nRUN x", "${", "\n"},
		{"words", "FROM debian:12\nRUN x", " $a", "\n"},
		{"addresses", "FROM debian:12\nRUN x", " https://x.io/1.2.zip", "\n"},
		{"clones", "FROM debian:12\nRUN x", ";git clone -b v1 https://x.io/a", "\n"},
		{"annotations", "FROM debian:12\n", "# renovate: datasource=pypi depName=a\n", ""},
		{"stages", "", "FROM debian:12\n", ""},
		{"installs", "FROM debian:12\nRUN apk add", " a=1-r0", "\n"},
		{"checksums", "FROM debian:12\nRUN x", " 0123456789012345678901234567890123456789012345678901234567890123", "\n"},
	} {
		src := c.head + strings.Repeat(c.part, (size-1000)/len(c.part)) + c.tail
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := New(nil, nil, nil).Extract(fstest.MapFS{"Dockerfile": {Data: []byte(src)}}, "Dockerfile")
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) >> 20; err != nil || got > 1000 {
			t.Errorf("%s: %d MB allocated, %v", c.name, got, err)
		}
	}
}
