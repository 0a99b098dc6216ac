package ecosystems

import (
	"context"
	"encoding/json"
	"io"
	"time"
)

// Images reads what registries hold of images and beside them. It is asked for
// images that will be proposed, or whose signatures decide. A repository is the
// name of a Package; ref, a tag or a digest.
type Images interface {
	// Image reads what ref names: for a platform ("linux/arm64"; "" is
	// linux/amd64, or the first there is) of an index.
	Image(ctx context.Context, repository, ref, platform string) (Image, error)

	// Statements returns what is said about the image, unverified: in its index
	// or attached to it.
	Statements(ctx context.Context, repository, ref, platform string) ([]Statement, error)

	// Layers reads the layers of an image, not of an index, the lowest first:
	// each is called with every one as it comes, uncompressed, and need not read
	// it to its end.
	Layers(ctx context.Context, repository, digest string, each func(mediaType string, layer io.Reader) error) error

	// Attached returns what is attached to the image or index that a digest
	// names, where wanted is nil or agrees to the type.
	Attached(ctx context.Context, repository, digest string, wanted func(artifactType string) bool) ([]Attached, error)

	// Tagged returns the artifact that a tag names; nil where there is no such tag.
	Tagged(ctx context.Context, repository, tag string) (*Attached, error)
}

// An ImageReader is an ecosystem of container images that can be read.
type ImageReader interface {
	Registry() Images // nil where nothing can be read
}

// An Image is what a registry tells about the image of one platform.
type Image struct {
	Digest    string            // of the image of the platform
	Index     string            // digest of the index that it stands in; "" for none
	Platform  string            // "linux/arm64"; "" where it does not tell
	Platforms []string          // that the index has, sorted
	Created   time.Time         // zero where it is not told, or cannot be true
	Size      int64             // of its layers as they are transferred, in bytes
	Layers    []string          // their digests, the lowest first
	Labels    map[string]string // org.opencontainers.image.*, of annotations and labels
	Config    *ImageConfig      // nil where it is not readable
}

// An ImageConfig is how an image runs where nothing else is said (OCI image
// specification, "Image Configuration"). All of it comes from outside.
type ImageConfig struct {
	User       string // "nginx", "65532:65532"; "" is root
	Entrypoint []string
	Cmd        []string
	Env        []string // "PATH=/usr/bin", as it stands
	Shell      []string // of RUN in the shell form; nil for the default
	Ports      []string // "8080/tcp", sorted
	Volumes    []string // "/var/lib/postgresql/data", sorted
}

// A Twin is a tag with a version that names the same image as a tag without one.
type Twin struct {
	Tag    string // "3.14-slim"; "" where no tag that was looked at is the same today
	Digest string // of both, "sha256:…"
}

// A Variant is another build of the same version of an image.
type Variant struct {
	Reference string // as FROM names it: "python:3.13-slim"
	Size      int64  // of its layers as they are transferred, in bytes
}

// A Comparer knows how the images of one repository relate to each other. Its
// answers cost several requests each, so it is asked only for what is shown.
type Comparer interface {
	// Twin looks for the tag with a version that names what a tag without one
	// names today: "3.14" for "latest", "3.14-slim" for "slim".
	Twin(ctx context.Context, repository, tag string) (Twin, error)

	// Smaller returns the slim, Alpine and distroless builds of the version that
	// a tag names, those that exist, in that order.
	Smaller(ctx context.Context, repository, tag, platform string) ([]Variant, error)
}

// What an image says about where it comes from (OCI image specification,
// "Pre-Defined Annotation Keys").
const (
	labelVersion    = "org.opencontainers.image.version"
	labelRevision   = "org.opencontainers.image.revision"
	labelBaseName   = "org.opencontainers.image.base.name"
	labelBaseDigest = "org.opencontainers.image.base.digest"
)

// Version returns what its publisher calls this version.
func (i Image) Version() string { return i.Labels[labelVersion] }

// Revision returns the commit that it was built from, as the image has it.
func (i Image) Revision() string { return i.Labels[labelRevision] }

// Base returns name and digest of the image that it was built on.
func (i Image) Base() (name, digest string) {
	return i.Labels[labelBaseName], i.Labels[labelBaseDigest]
}

// A Statement is what somebody says about an image, unverified (in-toto
// attestation framework, "Statement").
type Statement struct {
	PredicateType string // "https://slsa.dev/provenance/v1"
	Predicate     json.RawMessage
}

// Attached is an artifact that tells something about an image: a signature, a
// statement, a list of packages. Nothing in it was verified but its digests.
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
	Data        []byte // shared with the cache: not to be changed
}
