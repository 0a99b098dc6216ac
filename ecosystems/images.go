package ecosystems

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Images reads images and their attachments from registries. It is used for images
// that will be proposed, and for those whose signatures matter. repository is the
// Name of a Package; ref is a tag or a digest.
type Images interface {
	// Image reads the image with ref. Of an index it reads the image for a
	// platform, "linux/arm64"; "" means linux/amd64, or the first one.
	Image(ctx context.Context, repository, ref, platform string) (Image, error)

	// Statements returns the unverified statements about an image that are in
	// its index or attached to it.
	Statements(ctx context.Context, repository, ref, platform string) ([]Statement, error)

	// Layers calls each for every layer of an image (not of an index), the
	// lowest first. layer is the uncompressed stream, which each need not read
	// to its end.
	Layers(ctx context.Context, repository, digest string, each func(mediaType string, layer io.Reader) error) error

	// Attached returns the artifacts that are attached to the image or index
	// with a digest, if wanted is nil or reports true for their type.
	Attached(ctx context.Context, repository, digest string, wanted func(artifactType string) bool) ([]Attached, error)

	// Tagged returns the artifact with a tag; nil if there is no such tag.
	Tagged(ctx context.Context, repository, tag string) (*Attached, error)
}

// An ImageReader is an ecosystem of container images that can be read.
type ImageReader interface {
	// Registry returns the client that reads images; nil if images cannot be read.
	Registry() Images
}

// An Image is the description of one platform's image in a registry.
type Image struct {
	Digest    string            // of the image of the platform
	Index     string            // digest of its index; "" for none
	Platform  string            // "linux/arm64"; "" if unknown
	Platforms []string          // the platforms of the index, sorted
	Created   time.Time         // zero if it is unknown or impossible
	Size      int64             // the compressed size of its layers, in bytes
	Layers    []string          // their digests, the lowest first
	Labels    map[string]string // org.opencontainers.image.*, of annotations and labels
	Config    *ImageConfig      // nil if it cannot be read
}

// An ImageConfig has the defaults for running an image (OCI image specification,
// "Image Configuration"). The publisher controls all of it.
type ImageConfig struct {
	User       string // "nginx", "65532:65532"; "" means root
	Entrypoint []string
	Cmd        []string
	Env        []string // "PATH=/usr/bin"
	Shell      []string // for RUN in the shell form; nil for the default
	Ports      []string // "8080/tcp", sorted
	Volumes    []string // "/var/lib/postgresql/data", sorted
}

// A Twin is a tag with a version that names the same image as a tag without one.
type Twin struct {
	Tag    string // "3.14-slim"; "" if no compared tag is the same now
	Digest string // of both, "sha256:…"
}

// A Variant is another build of the same version of an image.
type Variant struct {
	Reference string // as FROM names it: "python:3.13-slim"
	Size      int64  // the compressed size of its layers, in bytes
}

// A Comparer compares the images of one repository. Each call takes several
// requests, so it is used only for displayed images.
type Comparer interface {
	// Twin returns the tag with a version that currently names the same image
	// as a tag without one: "3.14" for "latest", "3.14-slim" for "slim".
	Twin(ctx context.Context, repository, tag string) (Twin, error)

	// Smaller returns the existing slim, Alpine and distroless builds of a
	// tag's version, in this order.
	Smaller(ctx context.Context, repository, tag, platform string) ([]Variant, error)
}

// The keys of labels with the origin of an image (OCI image specification,
// "Pre-Defined Annotation Keys").
const (
	labelVersion    = "org.opencontainers.image.version"
	labelRevision   = "org.opencontainers.image.revision"
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
)

// Version returns the version in the image's labels; "" for none.
func (i Image) Version() string { return i.Labels[labelVersion] }

// Revision returns the commit in the image's labels; "" for none.
func (i Image) Revision() string { return i.Labels[labelRevision] }

// Base returns the name and digest of the base image in the image's labels; "" for none.
func (i Image) Base() (name, digest string) {
	return i.Labels[labelBaseName], i.Labels[labelBaseDigest]
}

// A Statement is an unverified statement about an image (in-toto attestation
// framework, "Statement").
type Statement struct {
	PredicateType string // "https://slsa.dev/provenance/v1"
	Predicate     json.RawMessage
}

// Attached is an artifact about an image: a signature, a statement, a list of
// packages. Only its digests are verified.
type Attached struct {
	ArtifactType string // "application/vnd.dev.sigstore.bundle.v0.3+json"
	MediaType    string // of its manifest
	Digest       string // of its manifest
	Annotations  map[string]string
	Layers       []AttachedLayer
}

// An AttachedLayer is a document of an artifact.
type AttachedLayer struct {
	MediaType   string
	Annotations map[string]string
	Data        []byte // shared with the cache: do not change it
}
