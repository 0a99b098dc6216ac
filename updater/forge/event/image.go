package event

import (
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// The grammar of names, tags and digests: CNCF distribution, package reference, and
// the OCI image specification, "Digests".
var (
	hostName  = lazyregexp.New(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(:[0-9]{1,5})?$`)
	imagePath = lazyregexp.New(`^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$`)
	tagWord   = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	digest    = lazyregexp.New(`^sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$`)
)

const maxName = 255 // bytes, including the host

// ImageName returns the name of an image in the form of pins, "" for an invalid
// name. Docker Hub has several hosts, and images without an owner belong to library.
// Hosts ignore letter case, repositories must be lower case.
func ImageName(host, path string) string {
	host = strings.ToLower(host)
	switch host {
	case "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com":
		host = "docker.io"
	}
	if host == "docker.io" && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	name := host + "/" + path
	if len(name) > maxName || !hostName.MatchString(host) || !imagePath.MatchString(path) {
		return ""
	}
	return name
}

// ImageNameOf returns the canonical name in a reference with a host, such as
// "registry.example:5000/team/app:1.2@sha256:…".
func ImageNameOf(reference string) string {
	reference, _, _ = strings.Cut(reference, "@")
	host, path, _ := strings.Cut(reference, "/")
	path, _, _ = strings.Cut(path, ":")
	return ImageName(host, path)
}

// Valid reports whether name and tag of a pushed image are valid.
func (i Image) Valid() bool {
	return i.Name != "" && tagWord.MatchString(i.Tag) && (i.Digest == "" || digest.MatchString(i.Digest))
}
