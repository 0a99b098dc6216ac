// Package imageref parses references to container images: "python:3.6-slim",
// "localhost:5000/app@sha256:…".
//
// It is the only parser of this notation and keeps the position of each part. It
// does not know variables, files or the meaning of tags.
package imageref

import (
	"errors"
	"fmt"
	"strings"

	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
)

// A Ref is a parsed reference. Digest and Tag may both be set.
type Ref struct {
	Name       string // as written: "python", "localhost:5000/app"
	Repository string // canonical: "docker.io/library/python"
	Tag        string // "" for none
	Digest     string // "sha256:…"; "" for none

	// The byte offsets of the parts: the name is [0, NameEnd). Zero for a missing part.
	NameEnd, TagStart, TagEnd, DigestStart, DigestEnd int
}

// dockerHub is the canonical host of references without a registry.
const dockerHub = "docker.io"

const maxName = 255 // bytes of a repository with its host (CNCF distribution, package reference)

// The grammar of CNCF distribution, package reference.
var (
	component  = lazyregexp.New(`^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$`)
	hostName   = lazyregexp.New(`^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$`)
	tagText    = lazyregexp.New(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	identifier = lazyregexp.New(`^[a-f0-9]{64}$`)
	hexDigits  = lazyregexp.New(`^[a-f0-9]+$`)
)

// Parse parses a reference. An error is one sentence about the text.
func Parse(text string) (Ref, error) {
	r := Ref{NameEnd: len(text)}
	if i := strings.IndexByte(text, '@'); i >= 0 {
		r.NameEnd, r.DigestStart, r.DigestEnd = i, i+1, len(text)
		r.Digest = text[i+1:]
		if err := checkDigest(r.Digest); err != nil {
			return Ref{}, fmt.Errorf("%q: %w", text, err)
		}
	}
	// A colon before the last slash is that of a port.
	if i := strings.LastIndexByte(text[:r.NameEnd], ':'); i > strings.LastIndexByte(text[:r.NameEnd], '/') {
		r.TagStart, r.TagEnd = i+1, r.NameEnd
		r.Tag = text[i+1 : r.NameEnd]
		r.NameEnd = i
		if !tagText.MatchString(r.Tag) {
			return Ref{}, fmt.Errorf("%q: %q is not a tag", text, r.Tag)
		}
	}
	if text[:r.NameEnd] == "sha256" && identifier.MatchString(r.Tag) {
		return Ref{}, fmt.Errorf("%q: %w", text, errIdentifier)
	}
	r.Name = text[:r.NameEnd]
	var err error
	if r.Repository, err = canonical(r.Name); err != nil {
		return Ref{}, fmt.Errorf("%q: %w", text, err)
	}
	return r, nil
}

var errIdentifier = errors.New("64 hexadecimal digits are the identifier of a local image, not a name")

// digits returns the number of digits of an algorithm that the OCI image
// specification registers; 0 for any other.
func digits(algorithm string) int {
	switch algorithm {
	case "sha256":
		return 64
	case "sha384":
		return 96
	case "sha512":
		return 128
	}
	return 0
}

func checkDigest(digest string) error {
	algorithm, hex, _ := strings.Cut(digest, ":")
	n := digits(algorithm)
	switch {
	case n == 0:
		return fmt.Errorf("%q is not a digest such as sha256:0123…", digest)
	case len(hex) != n:
		return fmt.Errorf("the digest has %d digits where %s has %d", len(hex), algorithm, n)
	case !hexDigits.MatchString(hex):
		return fmt.Errorf("the digest has letters other than a to f in lower case")
	}
	return nil
}

// canonical returns the full name of a repository, with its host.
func canonical(name string) (string, error) {
	if err := checkForm(name); err != nil {
		return "", err
	}
	host, path := Split(name)
	if !hostName.MatchString(host) {
		return "", fmt.Errorf("%q is not the name of a registry", host)
	}
	for part := range strings.SplitSeq(path, "/") {
		if err := checkComponent(part); err != nil {
			return "", err
		}
	}
	if full := host + "/" + path; len(full) <= maxName {
		return full, nil
	}
	return "", fmt.Errorf("the name is longer than %d bytes", maxName)
}

func checkForm(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name of the image is missing")
	case strings.Contains(name, "://"):
		return fmt.Errorf("an image reference has no %s:// before it", name[:strings.Index(name, "://")])
	case identifier.MatchString(name):
		return errIdentifier
	}
	return nil
}

func checkComponent(part string) error {
	switch {
	case part == "":
		return fmt.Errorf("a part of the name is empty")
	case component.MatchString(part):
		return nil
	case component.MatchString(strings.ToLower(part)):
		return fmt.Errorf("the name of an image has no upper-case letters, unlike %q", part)
	}
	return fmt.Errorf("%q cannot stand in the name of an image", part)
}

// Split splits the name of a repository into the host of its registry and the
// path, both canonical: "python" becomes "docker.io" and "library/python".
func Split(name string) (host, path string) {
	host, path, found := strings.Cut(name, "/")
	if !found || !isHost(host) {
		host, path = dockerHub, name
	}
	if strings.ContainsAny(host, ".:") || strings.EqualFold(host, "localhost") {
		host = strings.ToLower(host)
	}
	if host == "index.docker.io" || host == "registry-1.docker.io" { // other names of the same registry
		host = dockerHub
	}
	if host == dockerHub && !strings.Contains(path, "/") { // official images
		path = "library/" + path
	}
	return host, path
}

// isHost reports whether the first component of a name is a host and not a part
// of the path: it has a dot, a port or an upper-case letter, or is localhost.
func isHost(s string) bool {
	return strings.ContainsAny(s, ".:") || s == "localhost" || strings.ToLower(s) != s
}
