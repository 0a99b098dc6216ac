package imagepin

import (
	"context"
	"time"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/version"
)

// Registries looks up images in registries. Repositories are canonical:
// "docker.io/library/python".
type Registries interface {
	// Versions returns the tags of a repository.
	Versions(ctx context.Context, repository string) (ecosystems.Listing, error)

	// Pins returns the digest of a tag and compares it with the pin in use. The
	// zero version means the default tag, latest.
	Pins(ctx context.Context, repository string, pin ecosystems.Pin, tag version.Version) (ecosystems.Target, error)

	// Published returns when an image was built; ref is a tag or a digest. The
	// zero time means unknown.
	Published(ctx context.Context, repository, ref string) (time.Time, error)

	// Labels returns the labels of an image with keys of the OCI image
	// specification ("Pre-Defined Annotation Keys").
	Labels(ctx context.Context, repository, ref string) (map[string]string, error)
}

// A Lookup looks up images for an ecosystem. It implements the lookup methods of
// ecosystems.Ecosystem, ecosystems.Dater and ecosystems.Describer.
type Lookup struct {
	Images Registries
}

// Versions returns the tags of the image.
func (l Lookup) Versions(ctx context.Context, pkg ecosystems.Package) (ecosystems.Listing, error) {
	return l.Images.Versions(ctx, pkg.Name)
}

// Pins returns the digest of the tag v and compares it with the pin in use.
func (l Lookup) Pins(ctx context.Context, d ecosystems.Dependency, v version.Version) (ecosystems.Target, error) {
	return l.Images.Pins(ctx, d.Package.Name, d.Pin, v)
}

// Published returns when the image of v was built. For the version of the pin, it
// uses the pin's digest, because the tag may have moved.
func (l Lookup) Published(ctx context.Context, d ecosystems.Dependency, v version.Version) (time.Time, error) {
	switch {
	case v.Text == d.Pin.Text && d.Pin.Digest != "":
		return l.Images.Published(ctx, d.Package.Name, d.Pin.Digest)
	case v.IsZero():
		return l.Images.Published(ctx, d.Package.Name, "latest")
	}
	return l.Images.Published(ctx, d.Package.Name, v.Text)
}

// Edit returns the replacements that move d to the target.
func (l Lookup) Edit(d ecosystems.Dependency, to ecosystems.Target) ([]ecosystems.Edit, error) {
	return Edit(d, to)
}

// Registry returns the client that reads images, nil for none.
func (l Lookup) Registry() ecosystems.Images {
	r, _ := l.Images.(ecosystems.Images)
	return r
}
