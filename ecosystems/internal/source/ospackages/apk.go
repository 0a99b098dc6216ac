package ospackages

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// alpineTag matches the release of Alpine in a reference: "alpine:3.20", "python:3.12-alpine3.20".
var alpineTag = lazyregexp.New(`(?:^|/)alpine:(\d+\.\d+)(?:\.\d+)?(?:[@-]|$)|alpine-?(\d+\.\d+)`)

// AlpineBranch returns the branch of an image that is built on Alpine: "v3.20"; "" if its reference does not say.
func AlpineBranch(image string) string {
	m := alpineTag.FindStringSubmatch(image)
	if m == nil {
		return ""
	}
	return "v" + m[1] + m[2]
}

func apkIndexes(branch string) []string {
	const host = "https://dl-cdn.alpinelinux.org/alpine/"
	return []string{host + branch + "/main/x86_64/APKINDEX.tar.gz", host + branch + "/community/x86_64/APKINDEX.tar.gz"}
}

// readAPK parses APKINDEX.tar.gz (wiki.alpinelinux.org, "Apk spec", "Index format V2").
func readAPK(data []byte) (map[string]entry, error) {
	// The signature before the index is a gzip stream of its own, which the reader joins.
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not compressed by gzip: %w", err)
	}
	files := tar.NewReader(&limited{packed, maxUnpacked})
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("there is no APKINDEX in it")
		}
		if err != nil {
			return nil, err
		}
		if h.Name == "APKINDEX" {
			return readStanzas(files, "P:", "V:", "t:")
		}
	}
}

// readStanzas parses blocks of lines that are separated by empty lines.
func readStanzas(r io.Reader, name, version, built string) (map[string]entry, error) {
	lines := bufio.NewScanner(r)
	// Lines with dependencies are long.
	lines.Buffer(make([]byte, 64<<10), 1<<20)
	out := map[string]entry{}
	var pkg string
	var e entry
	keep := func() {
		if pkg != "" && e.version != "" && len(out) < maxPackages {
			out[pkg] = e
		}
		pkg, e = "", entry{}
	}
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case len(line) == 0:
			keep()
		case bytes.HasPrefix(line, []byte(name)):
			pkg = string(bytes.TrimSpace(line[len(name):]))
		case bytes.HasPrefix(line, []byte(version)):
			e.version = string(bytes.TrimSpace(line[len(version):]))
		case built != "" && bytes.HasPrefix(line, []byte(built)):
			if n, err := strconv.ParseInt(string(line[len(built):]), 10, 64); err == nil {
				e.built = time.Unix(n, 0).UTC()
			}
		}
	}
	keep()
	return out, lines.Err()
}
