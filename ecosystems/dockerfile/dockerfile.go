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

	"github.com/freshpin/freshpin/ecosystems"
	"github.com/freshpin/freshpin/ecosystems/internal/imagepin"
	"github.com/freshpin/freshpin/ecosystems/lazyregexp"
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

// Info says what a Dockerfile is.
func (*Ecosystem) Info() ecosystems.Info {
	return ecosystems.Info{
		Name: Name, Files: "Dockerfiles", Kinds: []ecosystems.Kind{imagepin.Kind()},
		Dependabot: []string{"docker"}, Renovate: []string{"dockerfile", "docker"},
	}
}

// Match reports whether a file is a Dockerfile by its name: Dockerfile,
// Dockerfile.x, Dockerfile-x, Dockerfile_x, x.Dockerfile, and Containerfiles
// likewise. The ignore files beside them, and programs that are only named after
// Dockerfiles, are not.
func (*Ecosystem) Match(file string) bool {
	base := path.Base(file)
	switch {
	case !fileName.MatchString(base), otherFile.MatchString(base):
		return false
	case forLanguage.MatchString(base): // Dockerfile.go is one for a program in Go
		return true
	}
	return !program.MatchString(base)
}

var (
	fileName    = lazyregexp.New(`^(?i:dockerfile|containerfile)(?:[._-].*|[0-9A-Z].*)?$|^.+\.(?i:dockerfile|containerfile)$`)
	otherFile   = lazyregexp.New(`(?i)(?:\.(?:dockerignore|containerignore|md|mdx|rst|adoc|html?|json|ya?ml|toml|xml|svg|png|orig|rej|patch|diff|sw[op]|snap)|~)$`)
	forLanguage = lazyregexp.New(`^(?:Docker|Container)file\.[^.]+$`)
	program     = lazyregexp.New(`(?i)\.(?:c|cc|cpp|cs|css|go|h|ipynb|java|js|jsx|kts?|lua|php|pl|ps1|pyc?|rb|rs|scala|sh|swift|tmlanguage|tsx?|vim)$`)
)

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
