// Package dockerfile reads and edits the images that a Dockerfile names: FROM,
// COPY --from, RUN --mount=from, ONBUILD and the frontend of "# syntax=", with
// the arguments that they are put together from.
//
// BuildKit's parser is the grammar; the positions are found here. What an image
// reference or a pin is, is known to the packages imageref and imagepin; what
// is published, to the registry.
package dockerfile

import (
	"io/fs"
	"path"
	"strings"

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
)

// Name is the word for this ecosystem in configuration and output.
const Name = "dockerfile"

// An Ecosystem reads and edits Dockerfiles. It implements ecosystems.Ecosystem,
// ecosystems.Dater and ecosystems.Describer.
type Ecosystem struct {
	imagepin.Lookup
}

// New returns the ecosystem, which asks images about what is published.
func New(images imagepin.Images) *Ecosystem {
	return &Ecosystem{imagepin.Lookup{Images: images}}
}

// Name returns "dockerfile".
func (*Ecosystem) Name() string { return Name }

// Match reports whether a file is a Dockerfile by its name: Dockerfile,
// Dockerfile.*, *.Dockerfile, Containerfile*; the ignore files beside them are not.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	switch {
	case strings.HasSuffix(base, ".dockerignore"), strings.HasSuffix(base, ".containerignore"):
		return false
	case base == "Dockerfile", base == "dockerfile":
		return true
	}
	return strings.HasPrefix(base, "Dockerfile.") || strings.HasSuffix(base, ".Dockerfile") ||
		strings.HasSuffix(base, ".dockerfile") || strings.HasPrefix(base, "Containerfile")
}

// Extract reads a Dockerfile.
func (*Ecosystem) Extract(repo fs.FS, file string) ([]ecosystems.Dependency, error) {
	src, why, err := imagepin.Load(repo, file)
	if err != nil {
		return nil, err
	}
	if !why.IsZero() {
		return []ecosystems.Dependency{imagepin.Trouble(Name, path.Base(file), ecosystems.Span{File: file}, why)}, nil
	}
	return Read(file, src), nil
}
